from django import forms
from django.utils.translation import gettext_lazy as _


class SilenceForm(forms.Form):
    note = forms.CharField(label=_("What you did"), required=False, max_length=300)
