"""The certificate: the row is the thing, the PDF is a picture of it."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Count, F, FilteredRelation, Min, Q
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.codes import grouped, read_code
from certificates.keys import key_ring
from certificates.models.template import CertificateTemplate
from enrollments.models import Enrollment
from lms.lib.ids import UUIDModel


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Which certificates."""

    def visible_to(self, user: Any) -> CertificateQuerySet:
        """Own; those of own courses for who teaches; all for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self
        mine = Q(enrollment__student=user)
        if user.is_teacher:
            mine |= Q(enrollment__course__instructor=user)
        return self.filter(mine)

    def managed_by(self, user: Any) -> CertificateQuerySet:
        """Those whose course `user` teaches; all for an admin."""
        if not user.is_authenticated or not user.is_teacher:
            return self.none()
        return self if user.is_admin else self.filter(enrollment__course__instructor=user)

    def with_people(self) -> CertificateQuerySet:
        """Student and course in the same query."""
        return self.select_related("enrollment__student", "enrollment__course")

    def with_status_index(self) -> CertificateQuerySet:
        """The place of the present revision in the revocation lists, as `status_index`, in the same query."""
        present = FilteredRelation("revisions", condition=Q(revisions__revision=F("revision")))
        return self.annotate(present=present, **{"status_index": F("present__status_index")})

    def with_template(self) -> CertificateQuerySet:
        """Template and its pictures in the same query."""
        return self.select_related("template__logo", "template__signature")

    def searched(self, text: str) -> CertificateQuerySet:
        """Those with this code or number, however it is spelt; all for a text that is neither."""
        kind, value = read_code(text)
        field = {"code": "verification_code", "number": "number"}.get(kind)
        return self.filter(**{field: value}) if field else self

    def to_render(self, now: Any) -> CertificateQuerySet:
        """PDFs that are due: never made, or their lease or pause is over."""
        return self.filter(
            status=Certificate.Status.ISSUED,
            pdf_status=Certificate.PdfStatus.PENDING,
            pdf_not_before__lte=now,
        )

    def pdf_facts(self) -> dict[str, Any]:
        """How many issued ones wait for their PDF (`pending`), how many failed, and since when the `oldest` waits."""
        pending = Q(pdf_status=Certificate.PdfStatus.PENDING)
        return self.filter(status=Certificate.Status.ISSUED).aggregate(
            pending=Count("pk", filter=pending),
            failed=Count("pk", filter=Q(pdf_status=Certificate.PdfStatus.FAILED)),
            oldest=Min(Coalesce("revised_at", "issued_at"), filter=pending),
        )

    def to_mail(self, now: Any) -> CertificateQuerySet:
        """Mails that are due."""
        return self.filter(email_due_at__lte=now)


class Certificate(UUIDModel):
    """What one completed enrollment earned. Snapshot at issue; never deleted, only revoked."""

    class Status(models.TextChoices):
        ISSUED = "issued", _("Issued")
        REVOKED = "revoked", _("Revoked")

    class PdfStatus(models.TextChoices):
        PENDING = "pending", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    class Grade(models.TextChoices):
        A = "A", _("A")
        B = "B", _("B")
        C = "C", _("C")
        PASS = "pass", _("Pass")

    class Category(models.TextChoices):
        ISSUED_IN_ERROR = "issued_in_error", _("Issued in error")
        MISCONDUCT = "misconduct", _("Misconduct")
        COMPLETION_WITHDRAWN = "completion_withdrawn", _("Completion withdrawn")
        HOLDER_REQUEST = "holder_request", _("At the holder's request")
        OTHER = "other", _("Other")

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="certificate")
    number = models.CharField(_("number"), max_length=22, unique=True)
    verification_code = models.CharField(_("code"), max_length=12, unique=True)
    student_name = models.CharField(_("holder"), max_length=255)
    course_title = models.CharField(_("course"), max_length=255)
    instructor_name = models.CharField(_("instructor"), max_length=255)
    issuer_name = models.CharField(_("issuer"), max_length=255)
    signatory_name = models.CharField(_("signatory"), max_length=255, blank=True)
    signatory_title = models.CharField(_("signatory's title"), max_length=255, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    completed_on = models.DateField(_("completed on"))
    duration_minutes = models.PositiveIntegerField(_("length in minutes"), null=True, blank=True)
    score_percentage = models.DecimalField(
        _("result in per cent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    grade = models.CharField(_("grade"), max_length=4, choices=Grade)
    criteria = models.TextField(_("what it was earned for"), blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("issued by"),
    )
    revision = models.PositiveIntegerField(_("revision"), default=1)
    revised_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.ISSUED)
    revoked_at = models.DateTimeField(_("revoked on"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    revoke_category = models.CharField(_("kind of reason"), max_length=20, choices=Category, blank=True)
    revoke_reason = models.CharField(_("reason"), max_length=500, blank=True)
    template = models.ForeignKey(
        CertificateTemplate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certificates",
        verbose_name=_("template"),
    )
    pdf = models.FileField(max_length=200, blank=True)
    pdf_revision = models.PositiveIntegerField(default=0)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    pdf_size = models.PositiveIntegerField(default=0)
    pdf_status = models.CharField(_("PDF"), max_length=7, choices=PdfStatus, default=PdfStatus.PENDING)
    pdf_not_before = models.DateTimeField(default=timezone.now)
    pdf_claim = models.PositiveIntegerField(default=0)
    pdf_tries = models.PositiveIntegerField(default=0)
    pdf_error = models.CharField(_("why the PDF failed"), max_length=40, blank=True)
    email_due_at = models.DateTimeField(null=True, blank=True)
    email_tries = models.PositiveSmallIntegerField(default=0)
    emailed_at = models.DateTimeField(_("mail sent"), null=True, blank=True)
    correction_note = models.CharField(_("correction asked for"), max_length=500, blank=True)
    correction_requested_at = models.DateTimeField(_("asked on"), null=True, blank=True)
    notes = models.TextField(_("staff notes"), max_length=1000, blank=True)

    status_index: int  # of with_status_index()

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(
                fields=["pdf_not_before"], name="certificate_pdf_due", condition=Q(pdf_status="pending")
            ),
            models.Index(
                fields=["pdf_status"],
                name="certificate_pdf_unready",
                condition=Q(pdf_status__in=["pending", "failed"]),
            ),
            models.Index(
                fields=["email_due_at"], name="certificate_email_due", condition=Q(email_due_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="issued", revoked_at=None, revoke_category="", revoke_reason="")
                | (
                    Q(status="revoked", revoked_at__isnull=False)
                    & ~Q(revoke_category="")
                    & Q(GreaterThanOrEqual(Length("revoke_reason"), 10))
                ),
                name="certificate_revocation_facts",
            ),
            models.CheckConstraint(
                condition=Q(correction_requested_at=None, correction_note="")
                | (Q(correction_requested_at__isnull=False) & ~Q(correction_note="")),
                name="certificate_correction_facts",
            ),
            models.CheckConstraint(
                condition=~Q(pdf_status="ready") | (~Q(pdf="") & Q(pdf_revision=F("revision"))),
                name="certificate_ready_pdf",
            ),
            models.CheckConstraint(
                condition=Q(grade__in=["A", "B", "C", "pass"], language__in=["en", "ar"], revision__gte=1)
                & (Q(score_percentage=None) | Q(score_percentage__range=(0, 100))),
                name="certificate_known_values",
            ),
            models.CheckConstraint(
                condition=Q(grade="A", score_percentage__isnull=False, score_percentage__gte=90)
                | Q(grade="B", score_percentage__isnull=False, score_percentage__range=(80, Decimal("89.99")))
                | Q(grade="C", score_percentage__isnull=False, score_percentage__range=(70, Decimal("79.99")))
                | (Q(grade="pass") & (Q(score_percentage=None) | Q(score_percentage__lt=70))),
                name="certificate_grade_matches_score",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.student_name}"

    def get_absolute_url(self) -> str:
        return reverse("certificates:certificate_detail", args=[self.code])

    @property
    def code(self) -> str:
        """The code as it is shown and put into addresses: XXXX-XXXX-XXXX."""
        return grouped(self.verification_code)

    @property
    def verification_url(self) -> str:
        """The public address that the square on the paper leads to."""
        return settings.SITE_URL + reverse("certificates:verify_result", args=[self.code])

    @property
    def credential_url(self) -> str:
        """The public address of the signed credential; "" when it is revoked or nothing can be signed."""
        if self.is_revoked or key_ring().signing is None:
            return ""
        return settings.SITE_URL + reverse("certificates:credential", args=[self.code])

    @property
    def is_revoked(self) -> bool:
        return self.status == self.Status.REVOKED

    @property
    def issued_on(self) -> date:
        """The day of issue as it is printed and as the number names it: in UTC, wherever it is read."""
        return self.issued_at.astimezone(UTC).date()

    @property
    def state(self) -> str:
        """valid, expired or revoked, now. The last day ends as in the credential: in UTC, for everybody at once."""
        if self.is_revoked:
            return "revoked"
        if self.valid_until and self.valid_until < timezone.now().astimezone(UTC).date():
            return "expired"
        return "valid"

    @property
    def is_pdf_ready(self) -> bool:
        return self.pdf_status == self.PdfStatus.READY

    @property
    def file_name(self) -> str:
        return f"Certificate_{self.number}.pdf"

    @property
    def linkedin_url(self) -> str:
        """LinkedIn's form for a profile, filled in (its documented Add to Profile link)."""
        facts = {
            "startTask": "CERTIFICATION_NAME",
            "name": self.course_title,
            "organizationName": self.issuer_name,
            "issueYear": self.issued_at.year,
            "issueMonth": self.issued_at.month,
            "certUrl": self.verification_url,
            "certId": self.number,
        }
        if self.valid_until:
            facts |= {"expirationYear": self.valid_until.year, "expirationMonth": self.valid_until.month}
        return f"https://www.linkedin.com/profile/add?{urlencode(facts)}"

    def note(self, notes: str) -> None:
        """Replace what staff note about it (at most 1000 characters)."""
        self.notes = notes
        self.save(update_fields=["notes"])

    note.alters_data = True  # type: ignore[attr-defined]

    def can_view(self, user: Any) -> bool:
        """The holder, and staff (reads enrollment and course)."""
        return bool(user.is_authenticated and (user.pk == self.enrollment.student_id or self.can_edit(user)))

    def can_edit(self, user: Any) -> bool:
        """The course's own instructor while they may teach, and every admin (reads enrollment and course)."""
        if not user.is_authenticated or not user.is_teacher:
            return False
        return bool(user.is_admin or self.enrollment.course.instructor_id == user.pk)


def grade_for(score: Decimal | None) -> str:
    """Return the grade: A from 90, B from 80, C from 70 per cent, else pass; no score is a pass."""
    if score is None or score < 70:
        return Certificate.Grade.PASS
    if score >= 90:
        return Certificate.Grade.A
    return Certificate.Grade.B if score >= 80 else Certificate.Grade.C
