"""Building and sending mails, in the language and time zone of the person they go to."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.links import confirmation_link, invitation_link, reset_link, site_link
from accounts.models import LoginSession, OutgoingMail, User

Context = dict[str, Any]
Kind = OutgoingMail.Kind
_TO_THE_KEY = {
    Kind.EMAIL_CHANGE,
    Kind.EMAIL_CHANGE_ASKED,
    Kind.EMAIL_CHANGED,
}  # the new, the old, the former one


def send(
    *, user: User, template: str, context: Mapping[str, Any], to: str = "", message_id: str | None = None
) -> None:
    """Send `templates/emails/<template>_{subject.txt,body.txt,body.html}` to a person, now.

    The templates also know `person`, `name`, `site_name` and `site_url`; `action_url` and `action_text` of the
    context become a button. `to` replaces the person's own address, `message_id` (in angle brackets) makes a
    mail that goes out twice one in the mailbox. Raises what the mail backend raises (OSError).
    """
    with translation.override(user.locale), timezone.override(ZoneInfo(user.time_zone)):
        known = {
            "person": user,
            "name": user.full_name,
            "site_name": _(settings.SITE_NAME),
            "site_url": settings.SITE_URL,
        }
        values = {**known, **context}
        subject = " ".join(render_to_string(f"emails/{template}_subject.txt", values).split())
        mail = EmailMultiAlternatives(
            subject,
            render_to_string(f"emails/{template}_body.txt", values).strip() + "\n",
            to=[to or user.email],
            headers={"Message-ID": message_id} if message_id else None,
        )
        mail.attach_alternative(render_to_string(f"emails/{template}_body.html", values), "text/html")
    mail.send()


def send_farewell(address: str, *, locale: str, time_zone: str) -> None:
    """Tell an address that the account behind it is erased. Raises OSError."""
    nobody = User(email=address, locale=locale, time_zone=time_zone)
    send(user=nobody, template="accounts_erased", context={})


def send_outgoing(mail: OutgoingMail) -> bool:
    """Send one queued mail; False when it is no longer needed. Links are made here, so none is stored."""
    user = mail.user
    if not user.is_active and mail.kind != Kind.DEACTIVATED:
        return False
    with translation.override(user.locale):
        context = _CONTEXTS[Kind(mail.kind)](mail)
    if context is None:
        return False
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    send(
        user=user,
        template=f"accounts_{mail.kind}",
        context=context,
        to=mail.key if mail.kind in _TO_THE_KEY else "",
        message_id=f"<{mail.pk}@{host}>",
    )
    return True


def _button(url: str, text: str) -> Context:
    return {"action_url": url, "action_text": text}


def _email_change(mail: OutgoingMail) -> Context | None:
    waits = EmailAddress.objects.filter(user=mail.user, email=mail.key, verified=False)
    address = waits.exclude(email=mail.user.email).first()
    return _button(confirmation_link(address), _("Confirm my new e-mail")) if address else None


def _email_change_asked(mail: OutgoingMail) -> Context | None:
    waits = EmailAddress.objects.filter(user=mail.user, verified=False).exclude(email=mail.user.email).first()
    return {"new_email": waits.email, "at": mail.created_at, **_ask_for_reset()} if waits else None


def _email_changed(mail: OutgoingMail) -> Context:
    return {"new_email": mail.user.email, "at": mail.created_at}


def _under_attack(mail: OutgoingMail) -> Context:
    return {"at": mail.created_at, **_reset(mail)}


def _signed_out(mail: OutgoingMail) -> Context:
    return {"at": mail.created_at, **_button(site_link(reverse("account_login")), _("Log in"))}


def _deactivated(mail: OutgoingMail) -> Context:
    asked_at = mail.user.erasure_requested_at
    return {"erased_on": asked_at + timedelta(days=settings.ERASURE_AFTER_DAYS) if asked_at else None}


def _verify(mail: OutgoingMail) -> Context | None:
    address = EmailAddress.objects.filter(user=mail.user, email=mail.user.email, verified=False).first()
    return _button(confirmation_link(address), _("Confirm my e-mail")) if address else None


def _welcome(mail: OutgoingMail) -> Context:
    return _button(site_link(reverse("home")), _("Find a course"))


def _already_registered(mail: OutgoingMail) -> Context:
    return _button(site_link(reverse("account_login")), _("Log in"))


def _reset(mail: OutgoingMail) -> Context:
    return _button(reset_link(mail.user), _("Choose a new password"))


def _invitation(mail: OutgoingMail) -> Context | None:
    if mail.user.has_usable_password():
        return None
    return _button(invitation_link(mail.user), _("Choose a password"))


def _password_changed(mail: OutgoingMail) -> Context:
    return {"at": mail.created_at, **_ask_for_reset()}


def _token_reused(mail: OutgoingMail) -> Context | None:
    session = LoginSession.objects.filter(pk=mail.key).first()
    return {"session": session, "at": mail.created_at, **_ask_for_reset()} if session else None


def _factor_changed(mail: OutgoingMail) -> Context:
    return {"factor": mail.key, "at": mail.created_at, **_ask_for_reset()}


def _recovery_code_used(mail: OutgoingMail) -> Context:
    button = _button(site_link(reverse("mfa_index")), _("See my second factors"))
    return {"left": int(mail.key), "at": mail.created_at, **button}


def _ask_for_reset() -> Context:
    return _button(site_link(reverse("account_reset_password")), _("Choose a new password"))


_CONTEXTS: dict[OutgoingMail.Kind, Callable[[OutgoingMail], Context | None]] = {
    Kind.VERIFY: _verify,
    Kind.WELCOME: _welcome,
    Kind.ALREADY_REGISTERED: _already_registered,
    Kind.INVITATION: _invitation,
    Kind.PASSWORD_RESET: _reset,
    Kind.PASSWORD_CHANGED: _password_changed,
    Kind.EMAIL_CHANGE: _email_change,
    Kind.EMAIL_CHANGE_ASKED: _email_change_asked,
    Kind.EMAIL_CHANGED: _email_changed,
    Kind.FACTOR_ADDED: _factor_changed,
    Kind.FACTOR_REMOVED: _factor_changed,
    Kind.RECOVERY_CODE_USED: _recovery_code_used,
    Kind.TOKEN_REUSED: _token_reused,
    Kind.UNDER_ATTACK: _under_attack,
    Kind.SIGNED_OUT: _signed_out,
    Kind.DEACTIVATED: _deactivated,
}
