"""People: the account. The public profile of those who teach is in instructors.py."""

from __future__ import annotations

import contextlib
import unicodedata
from typing import Any, ClassVar
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import UUIDModel
from lms.lib.text import validate_plain_multiline_text, validate_plain_text

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are no second factor


def default_locale() -> str:
    """Return the site's language."""
    return settings.LANGUAGE_CODE


def default_time_zone() -> str:
    """Return the site's time zone."""
    return settings.DEFAULT_TIME_ZONE


def validate_time_zone(value: str) -> None:
    """Raise ValidationError `invalid_time_zone` unless `value` is an IANA name."""
    if value not in available_timezones():
        raise ValidationError(_("This is not a time zone we know."), code="invalid_time_zone")


def validate_ascii_email(value: str) -> None:
    """Raise ValidationError `invalid` unless the address is ASCII (its domain in IDNA form)."""
    if not value.isascii():
        raise ValidationError(_("Enter an e-mail address without accents or other scripts."), code="invalid")


def validate_person_name(value: str) -> None:
    """Raise ValidationError `invalid_name` for a name that carries a web address: names travel in mails."""
    lowered = value.casefold()
    if "://" in lowered or "www." in lowered:
        raise ValidationError(_("A name cannot hold a web address."), code="invalid_name")


def normalise_password(raw: str) -> str:
    """Return the password as it is hashed: composed (NFC), blanks kept."""
    return unicodedata.normalize("NFC", raw)


def has_factor(person: str) -> Exists:
    """Return, for a query, whether the person whose key is in the field `person` has a second factor."""
    return Exists(Authenticator.objects.filter(user=OuterRef(person), type__in=FACTORS))


class UserQuerySet(models.QuerySet["User"]):
    """Which people."""

    def active(self) -> UserQuerySet:
        """People who may sign in."""
        return self.filter(is_active=True)

    def admins(self) -> UserQuerySet:
        """People who administer the site."""
        return self.filter(role=User.Role.ADMIN)

    def teachers(self) -> UserQuerySet:
        """People who may own a course."""
        return self.filter(role__in=[User.Role.INSTRUCTOR, User.Role.ADMIN])

    def visible_to(self, user: Any) -> UserQuerySet:
        """Oneself; everybody for an admin."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_admin else self.filter(pk=user.pk)

    def with_email_verified(self) -> UserQuerySet:
        """Each person with `email_verified`, so that nobody asks again."""
        proof = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
        return self.annotate(email_verified=Exists(proof))  # type: ignore[no-redef]

    def with_mfa_enabled(self) -> UserQuerySet:
        """Each person with `mfa_enabled`, so that nobody asks again."""
        return self.annotate(mfa_enabled=has_factor("pk"))  # type: ignore[no-redef]


class UserManager(BaseUserManager["User"]):
    """Creates accounts; everything else is on the QuerySet."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()

    def admins(self) -> UserQuerySet:
        return self.get_queryset().admins()

    def teachers(self) -> UserQuerySet:
        return self.get_queryset().teachers()

    def visible_to(self, user: Any) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def with_email_verified(self) -> UserQuerySet:
        return self.get_queryset().with_email_verified()

    def with_mfa_enabled(self) -> UserQuerySet:
        return self.get_queryset().with_mfa_enabled()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password nobody can sign in to it."""
        user = self.model(email=self.model.clean_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=self.model.clean_email(username or ""))


class User(UUIDModel, AbstractBaseUser):
    """A person. The e-mail is the login; one account has one role."""

    class Role(models.TextChoices):
        STUDENT = "student", _("Student")
        INSTRUCTOR = "instructor", _("Instructor")
        ADMIN = "admin", _("Admin")

    email = models.EmailField(_("e-mail"), max_length=254, validators=[validate_ascii_email])
    full_name = models.CharField(
        _("full name"),
        max_length=255,
        validators=[MinLengthValidator(2), validate_plain_text, validate_person_name],
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STUDENT)
    is_active = models.BooleanField(_("active"), default=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars", blank=True)
    bio = models.TextField(
        _("about me"), max_length=1000, blank=True, validators=[validate_plain_multiline_text]
    )
    phone = models.CharField(
        _("phone"),
        max_length=20,
        blank=True,
        validators=[
            RegexValidator(
                r"\A[+\d ()-]*\Z",
                _("A phone number has digits, spaces and the signs + - ( ) only."),
                code="invalid_phone",
            )
        ],
    )
    locale = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default=default_locale)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=default_time_zone, validators=[validate_time_zone]
    )
    created_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    erasure_requested_at = models.DateTimeField(_("erasure asked for"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["full_name", "id"]
        indexes = [
            # Of the expression, so that only those use it who know that the next name is near (docs/decisions/0005).
            models.Index(Coalesce("full_name", Value("")), name="user_name_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_code="email_taken",
                violation_error_message=_("There is already an account with this e-mail."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=["student", "instructor", "admin"]), name="user_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @staticmethod
    def clean_email(email: str) -> str:
        """Return the address as it is stored: trimmed, lower-cased, its domain in IDNA form.

        What has no such form comes back as it was typed; the validators of the field refuse it.
        """
        local, at, domain = (email or "").strip().lower().rpartition("@")
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
        return f"{local}{at}{domain}"

    def set_password(self, raw_password: str | None) -> None:
        """Hash the password, composed; None makes the account unusable for sign-in."""
        super().set_password(None if raw_password is None else normalise_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether the password is right; an outdated hash is upgraded."""
        stored = self.password

        def upgrade(raw: str) -> None:
            # Only where the old hash still stands: a change in the meantime must not be undone.
            self.password = make_password(raw)
            User.objects.get_queryset().filter(pk=self.pk, password=stored).update(password=self.password)

        return bool(check_password(normalise_password(raw_password or ""), stored, upgrade))

    @cached_property
    def email_verified(self) -> bool:
        """Whether the e-mail was proven; one query unless `with_email_verified()` brought it."""
        return bool(EmailAddress.objects.filter(user=self, email=self.email, verified=True).exists())

    @cached_property
    def mfa_enabled(self) -> bool:
        """Whether there is a second factor; one query unless `with_mfa_enabled()` brought it."""
        return bool(Authenticator.objects.filter(user=self, type__in=FACTORS).exists())

    @property
    def must_set_up_mfa(self) -> bool:
        """Whether this person may go on only after setting up a second factor."""
        return settings.REQUIRE_MFA_FOR_STAFF and self.is_staff and not self.mfa_enabled

    @property
    def should_confirm_email(self) -> bool:
        """Whether pages ask this person to prove the e-mail."""
        return settings.EMAIL_VERIFICATION != "none" and not self.email_verified

    def can_view(self, user: Any) -> bool:
        """Twin of `visible_to`."""
        return bool(user.is_authenticated and (user.is_admin or user.pk == self.pk))

    def can_administer(self, user: Any) -> bool:
        """Whether `user` may change this account's e-mail, role and state."""
        return bool(user.is_authenticated and user.is_admin)

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.role == self.Role.ADMIN

    @property
    def is_teacher(self) -> bool:
        """Whether this person may own courses."""
        return self.is_active and self.role in (self.Role.INSTRUCTOR, self.Role.ADMIN)

    # Django's admin asks for these two names; both follow from the role and cannot be set.
    @property
    def is_staff(self) -> bool:
        return self.role in (self.Role.INSTRUCTOR, self.Role.ADMIN)

    @property
    def is_superuser(self) -> bool:
        return self.role == self.Role.ADMIN

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Admins may do everything; what instructors may is said by each admin page."""
        return self.is_admin

    def has_perms(self, perms: Any, obj: Any = None) -> bool:
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_teacher

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0]

    @property
    def avatar_url(self) -> str | None:
        """The address of the picture; it changes with the picture."""
        if not self.avatar:
            return None
        version = str(self.avatar.name).rpartition("/")[2][:8]
        return f"{reverse('accounts:avatar', args=[self.pk])}?v={version}"

    @property
    def public_name(self) -> str:
        """First name and initial of the last: how fellow students see a person."""
        parts = self.full_name.split() or [gettext("Former student")]
        return parts[0] if len(parts) < 2 else f"{parts[0]} {parts[-1][0]}."
