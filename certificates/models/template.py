"""What a certificate looks like, and the words around its facts."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from certificates.placeholders import validate_placeholders
from courses.models import Course
from files.models import StoredFile
from lms.lib.colours import validate_colour, validate_readable_on_white
from lms.lib.ids import UUIDModel
from lms.lib.text import clean_name, validate_plain_multiline_text, validate_plain_text

if TYPE_CHECKING:
    from certificates.models.certificate import Certificate

BUILTIN_ID = UUID("0193c2a0-7e00-7000-8000-ce5711f1ca7e")  # of the row that a migration made

TITLE_EN, TITLE_AR = "Certificate of completion", "شهادة إتمام"
BODY_EN = "This is to certify that\n{student_name}\nhas completed every required lesson of the course"
BODY_AR = "نشهد بأن\n{student_name}\nأتمّ كل الدروس المطلوبة في مقرر"


class CertificateTemplateQuerySet(models.QuerySet["CertificateTemplate"]):
    """Which templates."""

    def visible_to(self, user: Any) -> CertificateTemplateQuerySet:
        """All for an admin, none for anybody else."""
        return self if user.is_authenticated and user.is_admin else self.none()

    def editable_by(self, user: Any) -> CertificateTemplateQuerySet:
        """As `visible_to`."""
        return self.visible_to(user)

    def with_use(self) -> CertificateTemplateQuerySet:
        """Annotate `used_by`: how many certificates name the template."""
        return self.annotate(used_by=Count("certificates"))

    def for_course(self, course_id: UUID | None) -> CertificateTemplateQuerySet:
        """Those that may serve a course's certificates, the first one first: its own default, the site's, the
        built-in one. None: a course without one of its own.
        """
        default = Q(is_default=True) & (Q(course=course_id) | Q(course=None))
        return self.filter(default | Q(pk=BUILTIN_ID), is_active=True).order_by(
            F("course").asc(nulls_last=True), "-is_default"
        )

    def in_scope_of(self, template: CertificateTemplate) -> CertificateTemplateQuerySet:
        """The others of the same course, or of the site."""
        return self.filter(course=template.course_id).exclude(pk=template.pk)

    def picked_for(self, course_id: UUID | None) -> CertificateTemplate | None:
        """Return the one that a new certificate of the course gets; None where even the built-in row is gone."""
        return self.for_course(course_id).first()


class CertificateTemplate(UUIDModel):
    """The look and the words of certificates, for one course or for the whole site. Used ones are never deleted."""

    class Orientation(models.TextChoices):
        LANDSCAPE = "landscape", _("Landscape")
        PORTRAIT = "portrait", _("Portrait")

    name = models.CharField(_("name"), max_length=100, validators=[validate_plain_text])
    course = models.ForeignKey(
        Course,
        on_delete=models.CASCADE,  # a course with certificates is never deleted
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("course"),
        help_text=_("Empty: for the whole site."),
    )
    is_default = models.BooleanField(
        _("default"),
        default=False,
        help_text=_("New certificates of the course, or of the site, look like this."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    orientation = models.CharField(
        _("orientation"), max_length=9, choices=Orientation, default=Orientation.LANDSCAPE
    )
    title_en = models.CharField(
        _("title in English"), max_length=120, default=TITLE_EN, validators=[validate_plain_text]
    )
    title_ar = models.CharField(
        _("title in Arabic"), max_length=120, default=TITLE_AR, validators=[validate_plain_text]
    )
    body_en = models.TextField(
        _("text in English"),
        max_length=600,
        default=BODY_EN,
        blank=True,
        validators=[MaxLengthValidator(600), validate_plain_multiline_text, validate_placeholders],
    )
    body_ar = models.TextField(
        _("text in Arabic"),
        max_length=600,
        default=BODY_AR,
        blank=True,
        validators=[MaxLengthValidator(600), validate_plain_multiline_text, validate_placeholders],
    )
    accent = models.CharField(
        _("accent colour"), max_length=7, default="#005f78", validators=[validate_readable_on_white]
    )
    ink = models.CharField(
        _("text colour"), max_length=7, default="#1e1b16", validators=[validate_readable_on_white]
    )
    border = models.CharField(
        _("border colour"), max_length=7, default="#b3925a", validators=[validate_colour]
    )
    logo = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
    )
    signature = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture of the signature"),
    )
    signatory_name_en = models.CharField(
        _("who signs, in English"), max_length=255, blank=True, validators=[validate_plain_text]
    )
    signatory_name_ar = models.CharField(
        _("who signs, in Arabic"), max_length=255, blank=True, validators=[validate_plain_text]
    )
    signatory_title_en = models.CharField(
        _("their title in English"), max_length=255, blank=True, validators=[validate_plain_text]
    )
    signatory_title_ar = models.CharField(
        _("their title in Arabic"), max_length=255, blank=True, validators=[validate_plain_text]
    )
    valid_months = models.PositiveSmallIntegerField(
        _("valid for months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("1 to 120, from the day of issue. Empty: for ever."),
    )

    objects = CertificateTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate template")
        verbose_name_plural = _("certificate templates")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                name="template_one_course_default",
                condition=Q(is_default=True, course__isnull=False),
                violation_error_message=_("The course has another default template."),
            ),
            models.UniqueConstraint(
                fields=["is_default"],
                name="template_one_site_default",
                condition=Q(is_default=True, course=None),
                violation_error_message=_("The site has another default template."),
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True),
                name="template_default_active",
                violation_error_message=_("A default template is active."),
            ),
            models.CheckConstraint(
                condition=~Q(pk=BUILTIN_ID) | Q(course=None, is_active=True),
                name="template_builtin_serves_all",
                violation_error_message=_("The built-in template serves the whole site and stays active."),
            ),
            models.CheckConstraint(
                condition=Q(orientation__in=["landscape", "portrait"])
                & (Q(valid_months=None) | Q(valid_months__range=(1, 120))),
                name="template_known_values",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        for name in ("logo", "signature"):
            file = getattr(self, name)
            if file and file.kind != StoredFile.Kind.IMAGE:
                errors[name] = ValidationError(_("Choose a picture."), code="invalid_kind")
        if self.is_default and not self.is_active:
            errors["is_active"] = ValidationError(
                _("A default template is active."), code="default_is_active"
            )
        if self.is_builtin and (self.course_id or not self.is_active):
            field = "course" if self.course_id else "is_active"
            errors[field] = ValidationError(
                _("The built-in template serves the whole site and stays active."), code="template_builtin"
            )
        if errors:
            raise ValidationError(errors)

    @property
    def is_builtin(self) -> bool:
        """The one that serves whoever has no other: it can be edited, not deleted."""
        return self.pk == BUILTIN_ID

    def can_view(self, user: Any) -> bool:
        """Admins."""
        return bool(user.is_authenticated and user.is_admin)

    def can_edit(self, user: Any) -> bool:
        """Admins."""
        return self.can_view(user)

    def title_in(self, language: str) -> str:
        """Return the title printed on a certificate in `language` (en, ar)."""
        return self.title_ar if language == "ar" else self.title_en

    def body_in(self, language: str) -> str:
        """Return the text, placeholders unfilled, of a certificate in `language` (en, ar)."""
        return self.body_ar if language == "ar" else self.body_en

    def signatory_in(self, language: str) -> tuple[str, str]:
        """Return who signs a certificate in `language` and their title; in the other one when only that is filled."""
        english = (self.signatory_name_en, self.signatory_title_en)
        arabic = (self.signatory_name_ar, self.signatory_title_ar)
        first, second = (arabic, english) if language == "ar" else (english, arabic)
        return next((pair for pair in (first, second) if pair[0]), ("", ""))

    def signs_for(self, certificate: Certificate) -> bool:
        """Whether this template still names the person printed on the certificate."""
        names = {clean_name(self.signatory_name_en), clean_name(self.signatory_name_ar)}
        return bool(certificate.signatory_name) and certificate.signatory_name in names

    def valid_until(self, issued_on: date) -> date | None:
        """Return the last day of a certificate issued on a day; None is for ever. The 31st becomes a month's last."""
        if self.valid_months is None:
            return None
        year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + self.valid_months, 12)
        return date(year, month + 1, min(issued_on.day, monthrange(year, month + 1)[1]))
