"""What a student says of a course, for everybody to read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enrollments.models.enrollment import Enrollment
from lms.lib.ids import UUIDModel

models.TextField.register_lookup(Length)


class ReviewQuerySet(models.QuerySet["Review"]):
    """Which reviews."""

    def shown(self) -> ReviewQuerySet:
        """Not hidden by an admin: what counts and what the public reads."""
        return self.filter(is_hidden=False)

    def editable_by(self, user: Any) -> ReviewQuerySet:
        """Reviews of the courses that `user` may edit."""
        if user.is_admin:
            return self
        return self.filter(enrollment__course__instructor=user, enrollment__course__deleted_at=None)


class Review(UUIDModel):
    """Rating and text of one enrollment."""

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="review")
    rating = models.PositiveSmallIntegerField(
        _("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # A text field's max_length is asked by forms alone; the validator is asked by every door.
    text = models.TextField(_("text"), max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
    reply = models.TextField(_("reply"), max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    replied_at = models.DateTimeField(null=True, blank=True)
    is_hidden = models.BooleanField(_("hidden"), default=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hidden_reason = models.CharField(_("why it is hidden"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating"),
            models.CheckConstraint(
                condition=Q(text="") | Q(text__length__gte=10),
                name="review_text",
                violation_error_message=_("Write at least 10 characters, or leave the text empty."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} · {self.enrollment_id}"

    def can_edit(self, user: Any) -> bool:
        """Staff of the course, who see it in the admin and answer it (reads the course)."""
        return self.enrollment.course.can_edit(user)

    @property
    def author_name(self) -> str:
        """First name and initial of the last (reads the student)."""
        return self.enrollment.student.public_name

    @property
    def is_edited(self) -> bool:
        """Whether rating or text were changed after they were first written."""
        return self.updated_at > self.created_at
