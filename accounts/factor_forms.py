"""Forms of the pages of second factors. They take what was typed; the verbs of accounts.services decide."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import passkeys, services
from accounts.forms import RefusableMixin
from accounts.models import User
from lms.lib.errors import DomainError


def _code_field(label: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "autocapitalize": "none"}
    return forms.CharField(label=label, max_length=64, widget=forms.TextInput(attrs=attrs))


class PasswordAgainForm(RefusableMixin, forms.Form):
    """The password, before something that matters."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SetupCodeForm(RefusableMixin, forms.Form):
    """The first code of an authenticator app."""

    code = _code_field(_("Code that the app shows"))


class PasskeyForm(RefusableMixin, forms.Form):
    """A new passkey; `credential` is filled in by the browser."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=60,
        help_text=_("So that you know it again, for instance: my phone."),
    )
    credential = forms.CharField(widget=forms.HiddenInput)


class PasskeyNameForm(forms.Form):
    """Another name for a passkey."""

    name = forms.CharField(label=_("Name"), max_length=60)


class SecondStepForm(RefusableMixin, forms.Form):
    """The second step of signing in, with a code."""

    code = _code_field(_("Code"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_code(self) -> str:
        """Use the code up; what is refused stands at the field."""
        code: str = self.cleaned_data["code"]
        try:
            services.check_code(user=self.user, code=code)
        except DomainError as error:
            self.refusal = error
            raise ValidationError(str(error), code=error.code) from None
        return code

    def save(self) -> None:
        """Note in the session how this person signs in."""
        record_authentication(context.request, self.user, "mfa", type="code")


class SecondStepPasskeyForm(RefusableMixin, forms.Form):
    """The second step of signing in, with a passkey."""

    credential = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_credential(self) -> Any:
        """Return the passkey that answered."""
        try:
            return passkeys.passkey_used(self.cleaned_data["credential"], self.user)
        except DomainError as error:
            self.refusal = error
            raise ValidationError(str(error.errors[0].message), code=error.code) from None

    def save(self) -> None:
        """Note in the session how this person signs in, and on the passkey that it was used."""
        post_authentication(context.request, self.cleaned_data["credential"])
