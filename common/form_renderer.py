"""How Django writes forms: label, hint, error, widget, from templates/forms."""

from django.forms.renderers import TemplatesSetting


class GagyoFormRenderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
