"""Forms about people."""

from django import forms


class SignupForm(forms.Form):
    """Extra fields of the sign-up page."""
