"""Forms of the account pages. They take what was typed; the verbs of accounts.services decide."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as allauth_forms
from allauth.account.models import Login
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.crowd import signing_in
from accounts.exceptions import BadCredentials
from accounts.models import InstructorProfile, User
from accounts.throttling import check_sign_in_throttle
from accounts.validators import password_rules
from lms.lib.errors import DomainError

FEW_TRIES = 5  # from here on the page says how many are left


class RefusableMixin:
    """Shows what a verb refused at the fields; `refusal` is the error, for pages that say more about it.

    `field_names` maps the verb's names to the form's.
    """

    field_names: Mapping[str, str] = {}
    refusal: DomainError | None = None

    def refuse(self: Any, error: DomainError) -> None:
        """Put every entry of the refusal at its field, the rest on top."""
        self.refusal = error
        for entry in error.errors:
            name = self.field_names.get(entry.field, entry.field)
            place = name if name in self.fields else None
            self.add_error(place, ValidationError(str(entry.message), code=entry.code))
        if not error.errors:
            self.add_error(None, ValidationError(str(error), code=error.code))


def _email_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
    )


def _password_field(label: Any, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": autocomplete})
    )


class NewPasswordMixin:
    """A form with a new password."""

    @property
    def password_hint(self) -> str:
        """The rules as a list under the field; a script ticks them as one types."""
        values = {"rules": password_rules(), "min_length": settings.PASSWORD_MIN_LENGTH}
        return render_to_string("account/_password_rules.html", values)


class SignupForm(NewPasswordMixin, RefusableMixin, allauth_forms.SignupForm):
    """E-mail, name, password. There is no other field to read: whoever signs up is a student."""

    full_name = forms.CharField(
        label=_("Full name"), max_length=255, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""})
    )
    field_names = {"password": "password1"}
    field_order = ["full_name", "email", "password1", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _email_field()
        self.fields["password1"] = _password_field(_("Password"), "new-password")
        self.order_fields(self.field_order)

    def validate_unique_email(self, value: str) -> str:
        """Leave it to the constraint, which also decides between two at once."""
        return value

    def clean(self) -> dict[str, Any]:
        """Leave the password to the verb: allauth's own look would say everything twice."""
        data: dict[str, Any] = self.cleaned_data
        return data

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponseBase | None]:
        """Register; raise what `services.register` raises."""
        data = self.cleaned_data
        zone = data["time_zone"] if data["time_zone"] in available_timezones() else ""
        with signing_in():
            user = services.register(
                email=data["email"],
                password=data["password1"],
                full_name=data["full_name"],
                locale=(get_language() or "")[:2],
                time_zone=zone,
            )
        # With mandatory proof nobody is inside yet, and known and new addresses get the very same answer.
        waits = settings.EMAIL_VERIFICATION == "mandatory"
        return user, redirect("account_email_verification_sent") if waits else None


class LoginForm(RefusableMixin, allauth_forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _email_field()
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"] = _password_field(_("Password"), "current-password")
        self.fields["remember"] = forms.BooleanField(
            label=_("Keep me logged in on this device"), required=False, initial=True
        )
        self.order_fields(["login", "password", "remember"])

    def clean(self) -> dict[str, Any]:
        """Shape only; `login` asks whether they go together."""
        data: dict[str, Any] = self.cleaned_data
        return data

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        """Sign in and open the browser session; raise what `services.sign_in` raises."""
        credentials = {"email": self.cleaned_data["login"], "password": self.cleaned_data["password"]}
        check_sign_in_throttle(request)
        with signing_in():
            user = authenticate(request, **credentials)
        self._login = Login(user=user, email=user.email if user else None)
        response: HttpResponseBase = self._login_with_password(
            request, redirect_url, {"email": self._login.email}
        )
        return response

    def refuse(self, error: DomainError) -> None:
        """At the password stands how many tries are left; the rest of the sentence is on top of the page."""
        if not isinstance(error, BadCredentials):
            return super().refuse(error)
        self.refusal = error
        sentence = str(_("Check the password."))
        if 0 < error.tries_left <= FEW_TRIES:
            left = ngettext(
                "%(count)d try is left before a pause.",
                "%(count)d tries are left before a pause.",
                error.tries_left,
            )
            sentence = f"{sentence} {left % {'count': error.tries_left}}"
        self.add_error("password", ValidationError(sentence, code=error.code))


class ResetPasswordForm(RefusableMixin, allauth_forms.ResetPasswordForm):
    """Asks for the mail with the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = _email_field()

    def clean_email(self) -> str:
        """Look nobody up here: the answer is the same for every address."""
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Queue the mail."""
        email: str = self.cleaned_data["email"]
        services.request_password_reset(email=email)
        return email


class ResetPasswordKeyForm(NewPasswordMixin, RefusableMixin, allauth_forms.ResetPasswordKeyForm):
    """The new password, behind a link."""

    field_names = {"new_password": "password1"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"] = _password_field(_("New password"), "new-password")
        del self.fields["password2"]

    def save(self) -> None:
        """Set it; raise what `services.reset_password` raises."""
        token = f"{user_pk_to_url_str(self.user)}-{self.temp_key}"
        services.reset_password(token=token, new_password=self.cleaned_data["password1"])


class ChangePasswordForm(NewPasswordMixin, RefusableMixin, allauth_forms.ChangePasswordForm):
    """The present password, and a new one. `keep_browser` is the key of the session that stays."""

    field_names = {"current_password": "oldpassword", "new_password": "password1"}

    def __init__(self, *args: Any, keep_browser: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep_browser = keep_browser
        self.fields["oldpassword"] = _password_field(_("Current password"), "current-password")
        self.fields["password1"] = _password_field(_("New password"), "new-password")
        del self.fields["password2"]

    def clean_oldpassword(self) -> str:
        """Leave it to the verb, which counts the tries."""
        typed: str = self.cleaned_data["oldpassword"]
        return typed

    def save(self) -> None:
        """Set it; raise what `services.change_password` raises."""
        services.change_password(
            user=self.user,
            current_password=self.cleaned_data["oldpassword"],
            new_password=self.cleaned_data["password1"],
            keep_browser=self.keep_browser,
        )


class EmailChangeForm(RefusableMixin, forms.Form):
    """The new address, and the password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_email"] = _email_field()
        self.fields["new_email"].label = _("New e-mail")
        self.fields["password"] = _password_field(_("Current password"), "current-password")


class CloseAccountForm(RefusableMixin, forms.Form):
    """The password once more, before the account is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = _password_field(_("Current password"), "current-password")


def time_zone_choices() -> list[tuple[str, str]]:
    """Return every zone with a place in its name, and UTC."""
    return [
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name or name == "UTC"
    ]


class ProfileForm(RefusableMixin, forms.ModelForm[User]):
    """What people say about themselves."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    class Meta:
        model = User
        fields = ["full_name", "bio", "phone", "locale", "time_zone"]
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "bio": forms.Textarea(attrs={"rows": 4}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "dir": "ltr"}),
        }

    def _post_clean(self) -> None:
        """Leave the row alone: the verb cleans, checks and writes it."""


class AvatarForm(RefusableMixin, forms.Form):
    """A new picture."""

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, GIF or WebP, at most 10 MB. The middle square is shown."),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/gif,image/webp", "data-crop-preview": "crop-preview"}
        ),
    )


class InstructorProfileForm(RefusableMixin, forms.ModelForm[InstructorProfile]):
    """What the public sees of a teacher."""

    website_url = forms.URLField(label=_("Website"), max_length=500, required=False, assume_scheme="https")
    linkedin_url = forms.URLField(label=_("LinkedIn"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = InstructorProfile
        fields = ["headline", "specialization", "website_url", "linkedin_url"]

    def _post_clean(self) -> None:
        """Leave the row alone: the verb cleans, checks and writes it."""
