"""What accounts refuse, each with its code."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.lib.errors import DomainError, FieldError


def _seconds_until(time: datetime) -> int:
    return max(1, round((time - timezone.now()).total_seconds()))


class InvalidFields(DomainError):
    """Values that cannot be used, one entry for each broken rule: 422."""

    status = 422
    code = "validation_error"
    message = gettext_lazy("Some of what was sent cannot be used. See errors.")

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__(errors=errors)


class PasswordWrong(InvalidFields):
    """The current password, asked for again, is not right."""

    def __init__(self, field: str = "current_password") -> None:
        super().__init__([FieldError(field, "password_wrong", _("That is not your current password."))])


class LinkInvalid(InvalidFields):
    """A link from a mail that was used, is too old, or was never ours."""

    def __init__(self, field: str) -> None:
        sentence = _("This link was used already, is too old, or is not complete. Ask for a new one.")
        super().__init__([FieldError(field, "link_invalid", sentence)])


class ImageInvalid(InvalidFields):
    """What came is no picture that we read."""

    def __init__(self, sentence: str = "") -> None:
        text = sentence or _("Choose a picture: JPEG, PNG, GIF or WebP.")
        super().__init__([FieldError("file", "image_invalid", text)])


class ImageTooLarge(DomainError):
    """A picture of too many bytes."""

    status = 413
    code = "too_large"

    def __init__(self, limit: int) -> None:
        sentence = _("A picture may have at most %(megabytes)d MB.") % {"megabytes": limit // 1024**2}
        super().__init__(sentence, errors=[FieldError("file", self.code, sentence)])


class RegistrationClosed(DomainError):
    """New accounts are made by admins only."""

    status = 403
    code = "registration_closed"
    message = gettext_lazy("Nobody can sign up here at the moment. Ask an administrator for an account.")


class EmailTaken(DomainError):
    """There is an account with this e-mail."""

    code = "email_taken"
    message = gettext_lazy("There is already an account with this e-mail.")

    def __init__(self, field: str = "email") -> None:
        super().__init__(errors=[FieldError(field, self.code, self.message)])


class AlreadyVerified(DomainError):
    """The e-mail was proven before."""

    code = "already_verified"
    message = gettext_lazy("Your e-mail is confirmed already.")


class Throttled(DomainError):
    """Too many requests of one kind, until a time."""

    status = 429
    code = "throttled"
    message = gettext_lazy("Too many requests. Wait a moment and try again.")

    def __init__(self, until: datetime) -> None:
        super().__init__(headers={"Retry-After": str(_seconds_until(until))})


class TooManyAttempts(DomainError):
    """Too many wrong passwords for this account from this address, until a time."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, until: datetime) -> None:
        self.until = until
        seconds = _seconds_until(until)
        minutes = -(-seconds // 60)
        local = timezone.localtime(until)
        clock = f"{time_format(local, 'TIME_FORMAT')} ({local.tzname()})"
        values = {"minutes": minutes, "hours": -(-minutes // 60), "time": clock}
        super().__init__(self._sentence(values) % values, headers={"Retry-After": str(seconds)})

    @staticmethod
    def _sentence(values: dict[str, Any]) -> str:
        if values["minutes"] > 120:
            return ngettext(
                "Too many wrong tries. You can try again in %(hours)d hour, at %(time)s.",
                "Too many wrong tries. You can try again in %(hours)d hours, at %(time)s.",
                values["hours"],
            )
        return ngettext(
            "Too many wrong tries. You can try again in %(minutes)d minute, at %(time)s.",
            "Too many wrong tries. You can try again in %(minutes)d minutes, at %(time)s.",
            values["minutes"],
        )


class Busy(DomainError):
    """All places where passwords are hashed were taken for too long."""

    status = 503
    code = "busy"
    message = gettext_lazy("The server is busy. Try again in a moment.")

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})


class AccountInactive(DomainError):
    """The account was deactivated."""

    status = 403
    code = "account_inactive"
    message = gettext_lazy("This account is deactivated. Ask an administrator.")


class EmailNotVerified(DomainError):
    """Nobody signs in here before the e-mail is proven."""

    status = 403
    code = "email_not_verified"
    message = gettext_lazy("Confirm your e-mail first: open the link that we sent to it.")


class CsrfFailed(DomainError):
    """A write of the browser session without its CSRF token."""

    status = 403
    code = "csrf_failed"
    message = gettext_lazy("The page was open for too long, or its security token is missing. Load it again.")


class Unauthorised(DomainError):
    """Credentials that do not count: 401 with the challenge that HTTP asks for."""

    status = 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="api"'})


class BadCredentials(Unauthorised):
    """Unknown e-mail or wrong password: the two look the same. `tries_left` before a pause."""

    code = "bad_credentials"
    message = gettext_lazy("That e-mail and password do not go together.")

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        super().__init__()


class TokenMissing(Unauthorised):
    """No token where one is needed."""

    code = "token_missing"
    message = gettext_lazy("Send an access token, or sign in.")


class TokenInvalid(Unauthorised):
    """No token of ours, or one of another kind."""

    code = "token_invalid"
    message = gettext_lazy("This is not a valid token.")


class TokenExpired(Unauthorised):
    """A token past its time."""

    code = "token_expired"
    message = gettext_lazy("The token has expired.")


class TokenRevoked(Unauthorised):
    """A token of a login that was ended."""

    code = "token_revoked"
    message = gettext_lazy("This login was ended. Log in again.")


class TokenReused(Unauthorised):
    """A refresh token that was exchanged before: somebody may have copied it, so the login ends."""

    code = "token_reused"
    message = gettext_lazy("This refresh token was used before. The login is ended for safety. Log in again.")


class MfaRequired(Unauthorised):
    """The password was right, and a second factor is on: `mfa_token` and a code finish signing in.

    `methods` are what this person may finish with: totp, recovery_code, passkey.
    """

    code = "mfa_required"
    message = gettext_lazy("Enter the code of your authenticator app, or a recovery code.")

    def __init__(self, mfa_token: str, methods: list[str]) -> None:
        super().__init__()
        self.extra = {"mfa_token": mfa_token, "methods": methods}


class MfaTokenInvalid(Unauthorised):
    """The first step of signing in is too long ago, or the password has changed since."""

    code = "mfa_token_invalid"
    message = gettext_lazy("Signing in took too long, or your password has changed. Start again.")


class MfaCodeInvalid(Unauthorised):
    """A code that does not fit, or was used before."""

    code = "mfa_code_invalid"
    message = gettext_lazy("That code is not right, or it was used before.")

    def __init__(self) -> None:
        super().__init__()
        self.errors = [FieldError("code", self.code, self.message)]


class SetupCodeWrong(InvalidFields):
    """The first code of an authenticator app that is being set up does not fit."""

    def __init__(self) -> None:
        sentence = _("That code does not fit. Check the clock of your phone and enter the next code.")
        super().__init__([FieldError("code", "mfa_code_invalid", sentence)])


class PasskeyInvalid(InvalidFields):
    """What the browser sent is no passkey that was asked for."""

    def __init__(self) -> None:
        sentence = _("This passkey could not be used. Try again.")
        super().__init__([FieldError("credential", "passkey_invalid", sentence)])


class MfaAlreadyOn(DomainError):
    """There is an authenticator app already."""

    code = "mfa_already_on"
    message = gettext_lazy("An authenticator app is set up already. Remove it before you set up another.")


class MfaNotOn(DomainError):
    """Recovery codes stand in for a factor, and there is none."""

    code = "mfa_not_on"
    message = gettext_lazy("Set up an authenticator app or a passkey first.")


class MfaRequiredByPolicy(DomainError):
    """Staff keep at least one second factor here."""

    code = "mfa_required_by_policy"
    message = gettext_lazy(
        "Your role needs a second factor here. Add another one before you remove this one."
    )


class MfaSetupRequired(DomainError):
    """Staff go on only with a second factor."""

    status = 403
    code = "mfa_setup_required"
    message = gettext_lazy("Your role needs a second factor here. Set one up first.")


class ProviderFailed(DomainError):
    """The provider did not answer as it should, or what came back was not asked for by this browser."""

    status = 401
    code = "provider_failed"
    message = gettext_lazy("Logging in there did not work. Try again, or log in with your password.")


class ProviderTellsNoEmail(DomainError):
    """Accounts here hang on an e-mail, and the provider gave none."""

    status = 403
    code = "provider_email_missing"
    message = gettext_lazy(
        "The other site did not tell us your e-mail. Allow it there, or sign up with an e-mail."
    )


class ProviderEmailTaken(DomainError):
    """There is an account with this e-mail, and the provider's word alone does not connect the two."""

    code = "email_taken"
    message = gettext_lazy(
        "There is already an account with this e-mail. Log in to it, then connect in the settings."
    )


class EmailDomainNotAllowed(DomainError):
    """Only people with an e-mail of certain domains may have an account here."""

    status = 403
    code = "email_domain_not_allowed"


class LinkedElsewhere(DomainError):
    """This account of the provider belongs to somebody else here."""

    code = "provider_linked_elsewhere"
    message = gettext_lazy("That account is connected to another person here. Disconnect it there first.")


class LastLoginMethod(DomainError):
    """Without this one nobody could log in to the account any more."""

    code = "last_login_method"
    message = gettext_lazy("This is your only way to log in. Set a password first.")


class OwnRole(DomainError):
    """Nobody changes their own role."""

    code = "own_role"
    message = gettext_lazy("You cannot change your own role. Ask another admin.")


class OwnAccount(DomainError):
    """Nobody deactivates themselves here."""

    code = "own_account"
    message = gettext_lazy("You cannot deactivate your own account here. Ask another admin.")


class LastAdmin(DomainError):
    """Somebody must be left to administer the site."""

    code = "last_admin"
    message = gettext_lazy("This is the last active admin. Make somebody else an admin first.")


class StaffAccount(DomainError):
    """Who teaches or administers does not close the account by themselves."""

    code = "staff_account"
    message = gettext_lazy(
        "Accounts of instructors and admins are closed by another admin: courses may depend on them."
    )


class NotActive(DomainError):
    """What was asked for needs an account that is active."""

    code = "account_inactive"
    message = gettext_lazy("This account is deactivated. Activate it first.")


class AccountErased(DomainError):
    """The person's data are gone; there is no way back."""

    code = "account_erased"
    message = gettext_lazy("The data of this account were erased. It cannot be used or changed any more.")
