"""Signing in with an account elsewhere (OpenID Connect), and connecting such accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.exceptions import (
    AccountInactive,
    EmailDomainNotAllowed,
    EmailNotVerified,
    LastLoginMethod,
    LinkedElsewhere,
    ProviderEmailTaken,
    ProviderTellsNoEmail,
    RegistrationClosed,
)
from accounts.models import OutgoingMail, User
from accounts.services.email_proof import prove_email
from accounts.services.first_proof import forget_earlier_setup
from accounts.services.mails import queue_mail
from accounts.services.registration import domain_errors, register_without_password, remind_owner

Kind = OutgoingMail.Kind
log = structlog.get_logger("security")


@dataclass(frozen=True)
class Identity:
    """Whom a provider says somebody is: its own id of them, their e-mail or "", and names, the best first.

    `is_proof`: the provider calls the e-mail verified, and is trusted with that. What else it claims, a role for
    instance, is not even here.
    """

    provider: str
    uid: str
    email: str
    is_proof: bool
    names: Sequence[str]


def sign_in_with_provider(*, identity: Identity, locale: str = "") -> User:
    """Return the person who has connected this account elsewhere; a new student when nobody has.

    An e-mail that has an account is linked only when a trusted provider proves it. Raises ProviderTellsNoEmail,
    RegistrationClosed, EmailDomainNotAllowed, AccountInactive, and ProviderEmailTaken (with mandatory proof
    EmailNotVerified, as for a new person). Opens no session and skips no second factor.
    """
    linked = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid)
    account = linked.select_related("user").first()
    if account is not None:
        person: User = account.user
        return person
    if not identity.email:
        raise ProviderTellsNoEmail
    owner = User.objects.filter(email=User.clean_email(identity.email)).first()
    if owner is not None:
        return _link_owner(owner, identity)
    return _register(identity, locale)


def _link_owner(owner: User, identity: Identity) -> User:
    if not identity.is_proof:
        if settings.EMAIL_VERIFICATION == "mandatory":
            remind_owner(owner.email)
            raise EmailNotVerified
        raise ProviderEmailTaken
    if not owner.is_active:
        raise AccountInactive
    with transaction.atomic():
        if not owner.email_verified:
            owner.set_unusable_password()
            owner.save(update_fields=["password", "updated_at"])
            forget_earlier_setup(user=owner)
        prove_email(user=owner)
        _link(owner, identity)
    log.info("provider_linked", user=str(owner.pk), provider=identity.provider, by="email")
    return owner


def _register(identity: Identity, locale: str) -> User:
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed
    email = User.clean_email(identity.email)
    for error in domain_errors(email):
        raise EmailDomainNotAllowed(error.message)
    try:
        with transaction.atomic():
            names = [*identity.names, email.partition("@")[0], str(_("Student"))]
            user = register_without_password(email=email, names=names, locale=locale)
            if identity.is_proof:
                prove_email(user=user)
            queue_mail(user=user, kind=Kind.WELCOME if _is_done(user) else Kind.VERIFY)
            _link(user, identity)
    except IntegrityError:  # somebody with this address, or these very people in another tab, was first
        return sign_in_with_provider(identity=identity, locale=locale)
    log.info("registered", user=str(user.pk), provider=identity.provider)
    return user


def _is_done(user: User) -> bool:
    return settings.EMAIL_VERIFICATION == "none" or user.email_verified


def connect_provider(*, user: User, identity: Identity) -> None:
    """Let a person sign in with an account elsewhere; again is fine. Raises LinkedElsewhere."""
    try:
        with transaction.atomic():
            _link(user, identity)
    except IntegrityError:
        known = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid, user=user)
        if not known.exists():
            raise LinkedElsewhere from None
    log.info("provider_linked", user=str(user.pk), provider=identity.provider, by="settings")


def _link(user: User, identity: Identity) -> None:
    SocialAccount.objects.create(
        user=user, provider=identity.provider, uid=identity.uid, extra_data={"email": identity.email}
    )


@transaction.atomic
def disconnect_provider(*, user: User, account_id: int) -> None:
    """Take back what `connect_provider` did; raise Http404 for somebody else's, LastLoginMethod."""
    # Of two who take the last two away at once the second is looked at after the first.
    list(User.objects.get_queryset().select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))
    own = SocialAccount.objects.filter(user=user)
    account = own.filter(pk=account_id).first()
    if account is None:
        raise Http404
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    others = own.exclude(pk=account_id)
    if not (user.has_usable_password() or others.exists() or passkeys.exists()):
        raise LastLoginMethod
    account.delete()
    log.info("provider_unlinked", user=str(user.pk), provider=account.provider)


def providers_of(user: User) -> list[SocialAccount]:
    """Return the accounts elsewhere that a person has connected, as allauth's rows."""
    return list(SocialAccount.objects.filter(user=user).order_by("date_joined", "pk"))
