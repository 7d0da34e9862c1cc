"""Who studies what, and how it came about."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Course, Lesson
from enrollments.models.event import EnrollmentEvent
from lms.lib.ids import UUIDModel


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """Which enrollments."""

    def current(self) -> EnrollmentQuerySet:
        """Active or completed, not past expiry: may learn."""
        return self.filter(status__in=Enrollment.CURRENT).filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        )

    def completed(self) -> EnrollmentQuerySet:
        """Those who have finished, whatever became of their access."""
        return self.filter(completed_at__isnull=False)

    def seated(self) -> EnrollmentQuerySet:
        """Those who hold a seat."""
        return self.filter(status__in=Enrollment.SEATED)

    def overdue(self) -> EnrollmentQuerySet:
        """Active and past their end: to be expired."""
        return self.filter(status=Enrollment.Status.ACTIVE, expires_at__lte=timezone.now())

    def stale(self) -> EnrollmentQuerySet:
        """Not completed, and counted before the course last changed."""
        return self.filter(completed_at=None).exclude(counted_version=F("course__structure_version"))

    def due_to_settle(self) -> EnrollmentQuerySet:
        """Active, every lesson done, and the time of grace after an edit is over; never in a draft."""
        return self.filter(
            Q(completion_due_at=None) | Q(completion_due_at__lte=timezone.now()),
            status=Enrollment.Status.ACTIVE,
            progress_percentage=100,
            course__deleted_at=None,
        ).exclude(course__status=Course.Status.DRAFT)

    def with_counts(self) -> EnrollmentQuerySet:
        """Add `required_count` and `done_count` from the ledger, in the same query."""
        required = Lesson.objects.required().filter(course=OuterRef("course")).order_by().values("course")
        done = required.filter(progress__enrollment=OuterRef("pk"), progress__status="completed")
        return self.annotate(
            required_count=Coalesce(Subquery(required.annotate(n=Count("pk")).values("n")), 0),
            done_count=Coalesce(Subquery(done.annotate(n=Count("pk")).values("n")), 0),
        )

    def for_dashboard(self) -> EnrollmentQuerySet:
        """Everything a row of "My learning" shows, in one query; the one seen last comes first.

        `next_title` is the lesson to go on with: the one opened last while it is not done, else the first open.
        `given_reason` is what staff wrote when they last suspended or removed the person.
        """
        done = Lesson.objects.filter(
            progress__enrollment=OuterRef(OuterRef("pk")), progress__status="completed"
        )
        lessons = Lesson.objects.live().filter(course=OuterRef("course")).exclude(pk__in=done.values("pk"))
        titles = lessons.order_by("-is_required", "module__position", "position").values("title")
        last = titles.filter(pk=OuterRef("current_lesson"))
        reasons = EnrollmentEvent.objects.reasons()
        return (
            self.select_related("course__category", "course__thumbnail", "course__instructor")
            .annotate(
                next_title=Coalesce(Subquery(last[:1]), Subquery(titles[:1])),
                given_reason=Subquery(reasons.filter(enrollment=OuterRef("pk"))[:1]),
            )
            .order_by(F("last_accessed_at").desc(nulls_last=True), "-enrolled_at")
        )

    def visible_to(self, user: Any) -> EnrollmentQuerySet:
        """Own; those of own courses for who teaches; all for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self
        mine = Q(student=user)
        if user.is_teacher:
            mine |= Q(course__instructor=user, course__deleted_at=None)
        return self.filter(mine)

    def managed_by(self, user: Any) -> EnrollmentQuerySet:
        """Those of the courses that `user` may edit."""
        return self.filter(course__in=Course.objects.editable_by(user))


class Enrollment(UUIDModel):
    """One student in one course: one row for life. Status moves by verbs only."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("In progress")
        COMPLETED = "completed", _("Completed")
        DROPPED = "dropped", _("Dropped")
        SUSPENDED = "suspended", _("Suspended")
        EXPIRED = "expired", _("Expired")

    class Source(models.TextChoices):
        WEB = "web", _("Website")
        API = "api", _("API")
        ADMIN = "admin", _("Staff")
        IMPORT = "import", _("Import")
        PAYMENT = "payment", _("Payment")

    CURRENT = (Status.ACTIVE, Status.COMPLETED)
    SEATED = (Status.ACTIVE, Status.COMPLETED, Status.SUSPENDED)

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="enrollments",
        verbose_name=_("student"),
    )
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="enrollments", verbose_name=_("course")
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.ACTIVE)
    source = models.CharField(_("source"), max_length=7, choices=Source, default=Source.WEB)
    is_granted = models.BooleanField(_("paid or granted"), default=False)
    is_unlocked = models.BooleanField(_("every lesson is open"), default=False)
    is_muted = models.BooleanField(default=False)
    enrolled_at = models.DateTimeField(_("enrolled"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("left the course"), null=True, blank=True)
    last_accessed_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    expires_at = models.DateTimeField(_("access until"), null=True, blank=True)
    progress_percentage = models.DecimalField(_("progress"), max_digits=5, decimal_places=2, default=0)
    completed_lessons_count = models.PositiveIntegerField(default=0)
    total_lessons_count = models.PositiveIntegerField(default=0)
    time_spent_seconds = models.PositiveIntegerField(default=0)
    current_lesson = models.ForeignKey(
        Lesson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lesson opened last"),
    )
    last_beat_at = models.DateTimeField(null=True, blank=True)
    completion_due_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)
    counted_version = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    notes = models.TextField(_("staff notes"), max_length=2000, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    came_by = ""  # set by `enroll`: the kind of event by which the row was made or opened again

    @property
    def is_new(self) -> bool:
        """Whether this call of `enroll` made the row."""
        return self.came_by == EnrollmentEvent.Kind.ENROLLED

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-enrolled_at"]
        indexes = [
            models.Index(fields=["course", "updated_at"], name="enrollment_course_updated"),
            models.Index(fields=["course", "counted_version"], name="enrollment_course_counted"),
            models.Index(fields=["course", "enrolled_at"], name="enrollment_course_enrolled"),
            models.Index(fields=["student", "-last_accessed_at"], name="enrollment_student_seen"),
            models.Index(
                fields=["completion_due_at"],
                name="enrollment_completion_due",
                condition=Q(completion_due_at__isnull=False),
            ),
            models.Index(
                fields=["completed_at"],
                name="enrollment_completed_at",
                condition=Q(completed_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "course"],
                name="enrollment_unique_student_course",
                violation_error_code="already_enrolled",
                violation_error_message=_("Already enrolled."),
            ),
            models.CheckConstraint(
                condition=Q(completed_lessons_count__lte=F("total_lessons_count")), name="enrollment_counts"
            ),
            models.CheckConstraint(
                condition=Q(progress_percentage__gte=0, progress_percentage__lt=100)
                | Q(
                    progress_percentage=100,
                    completed_lessons_count=F("total_lessons_count"),
                    total_lessons_count__gt=0,
                ),
                name="enrollment_percentage",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "completed", "dropped", "suspended", "expired"])
                & (~Q(status="completed") | Q(completed_at__isnull=False))
                & (Q(completed_at=None) | Q(progress_percentage=100))
                & (~Q(status="dropped") | Q(dropped_at__isnull=False)),
                name="enrollment_status_facts",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("enrolled_at")), name="enrollment_expiry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.course}"

    @property
    def is_current(self) -> bool:
        """Active or completed, and not past expiry."""
        return self.status in self.CURRENT and (self.expires_at is None or self.expires_at > timezone.now())

    @property
    def is_overdue(self) -> bool:
        """Active and past its end: to be expired."""
        return (
            self.status == self.Status.ACTIVE
            and self.expires_at is not None
            and self.expires_at <= timezone.now()
        )

    @property
    def is_stale(self) -> bool:
        """Counted before the course last changed (reads the course)."""
        return self.completed_at is None and self.counted_version != self.course.structure_version

    @property
    def is_due_to_settle(self) -> bool:
        """Every lesson done, the time of grace over, and not completed yet (reads the course)."""
        return (
            self.status == self.Status.ACTIVE
            and self.progress_percentage == 100
            and (self.completion_due_at is None or self.completion_due_at <= timezone.now())
            and self.course.deleted_at is None
            and self.course.status != Course.Status.DRAFT
        )

    def reason(self) -> str:
        """What staff wrote when they last suspended or removed the person; "" for nothing (one query)."""
        return EnrollmentEvent.objects.reasons().filter(enrollment=self).first() or ""

    @property
    def minutes_spent(self) -> int:
        return self.time_spent_seconds // 60

    @property
    def days_left(self) -> int | None:
        """Days of access left, begun ones included; None when access is for ever or has ended."""
        if self.expires_at is None or not self.is_current:
            return None
        return (self.expires_at - timezone.now()).days + 1

    @property
    def has_valid_grant(self) -> bool:
        """Whether a paid or granted right to a priced course is still good."""
        return self.is_granted and (self.expires_at is None or self.expires_at > timezone.now())

    def get_absolute_url(self) -> str:
        """The course home (reads the course)."""
        return reverse("enrollments:course_home", args=[self.course.slug])

    def can_view(self, user: Any) -> bool:
        """The student, and staff of the course (reads the course)."""
        return bool(user.is_authenticated and (user.pk == self.student_id or self.course.can_edit(user)))

    def can_edit(self, user: Any) -> bool:
        """Staff of the course (reads the course)."""
        return self.course.can_edit(user)
