"""What is answered."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.models import Course
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review
from enrollments.outline import Outline, Step
from enrollments.requirements import requirement_of
from enrollments.services.kinds import Requirement, lesson_kind
from enrollments.services.watching import resume_at


class CourseCardSerializer(serializers.ModelSerializer[Course]):
    """The course of an enrollment, in short."""

    direction = serializers.CharField(read_only=True)
    thumbnail_url = serializers.CharField(read_only=True, allow_null=True)
    instructor = serializers.CharField(source="instructor.full_name", read_only=True)

    class Meta:
        model = Course
        fields = ["id", "slug", "title", "language", "direction", "thumbnail_url", "instructor"]
        read_only_fields = fields


class StudentSerializer(serializers.Serializer[Any]):
    """Who is enrolled."""

    id = serializers.UUIDField()
    full_name = serializers.CharField()
    email = serializers.CharField()


class EnrollmentSerializer(serializers.ModelSerializer[Enrollment]):
    """An enrollment with its numbers."""

    course = CourseCardSerializer(read_only=True)
    student = StudentSerializer(read_only=True)
    current_lesson = serializers.UUIDField(source="current_lesson_id", read_only=True, allow_null=True)

    class Meta:
        model = Enrollment
        fields = [
            "id",
            "course",
            "student",
            "status",
            "source",
            "is_granted",
            "is_unlocked",
            "is_muted",
            "enrolled_at",
            "started_at",
            "completed_at",
            "dropped_at",
            "last_accessed_at",
            "expires_at",
            "progress_percentage",
            "completed_lessons_count",
            "total_lessons_count",
            "time_spent_seconds",
            "current_lesson",
            "updated_at",
        ]
        read_only_fields = fields


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A review as everybody reads it; the author is a first name and an initial."""

    author = serializers.CharField(source="author_name", read_only=True)
    is_edited = serializers.BooleanField(read_only=True)

    class Meta:
        model = Review
        fields = ["id", "author", "rating", "text", "reply", "replied_at", "created_at", "is_edited"]
        read_only_fields = fields


class OwnReviewSerializer(ReviewSerializer):
    """A review as its author and staff read it."""

    class Meta(ReviewSerializer.Meta):
        fields = [*ReviewSerializer.Meta.fields, "is_hidden", "hidden_reason"]
        read_only_fields = fields


class LessonRefSerializer(serializers.Serializer[Any]):
    """A lesson by its id, slug and title."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()


class ResumeSerializer(serializers.Serializer[Any]):
    """Where to go on."""

    lesson = LessonRefSerializer()
    second = serializers.IntegerField(help_text=_("Of the video; 0 at the start."))


class EnrollmentDetailSerializer(EnrollmentSerializer):
    """One enrollment, with what its student needs next. Needs `outline` in the context."""

    resume = serializers.SerializerMethodField()
    new_lessons = serializers.SerializerMethodField()
    review = serializers.SerializerMethodField()

    class Meta(EnrollmentSerializer.Meta):
        fields = [*EnrollmentSerializer.Meta.fields, "resume", "new_lessons", "review"]
        read_only_fields = fields

    @extend_schema_field(ResumeSerializer(allow_null=True))
    def get_resume(self, enrollment: Enrollment) -> Any:
        outline: Outline = self.context["outline"]
        step = outline.resume
        if step is None:
            return None
        position = step.row.last_position_seconds if step.row else 0
        return ResumeSerializer(
            {"lesson": step.lesson, "second": resume_at(position, step.lesson.video_seconds)}
        ).data

    @extend_schema_field(LessonRefSerializer(many=True))
    def get_new_lessons(self, enrollment: Enrollment) -> Any:
        outline: Outline = self.context["outline"]
        lessons = [step.lesson for step in outline.new_since_completion]
        return LessonRefSerializer(lessons, many=True).data

    @extend_schema_field(OwnReviewSerializer(allow_null=True))
    def get_review(self, enrollment: Enrollment) -> Any:
        review = Review.objects.filter(enrollment=enrollment).first()
        if review is None:
            return None
        review.enrollment = enrollment
        return OwnReviewSerializer(review).data


class StaffEnrollmentDetailSerializer(EnrollmentDetailSerializer):
    """With the notes of staff."""

    class Meta(EnrollmentDetailSerializer.Meta):
        fields = [*EnrollmentDetailSerializer.Meta.fields, "notes"]
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer[EnrollmentEvent]):
    """One line of the history. `actor` is a name; null is the system."""

    actor = serializers.CharField(source="actor.full_name", read_only=True, allow_null=True, default=None)

    class Meta:
        model = EnrollmentEvent
        fields = ["id", "kind", "from_status", "to_status", "actor", "reason", "data", "at"]
        read_only_fields = fields


class StaffRowSerializer(serializers.ModelSerializer[LessonProgress]):
    """A lesson's row without what is for the student's eyes alone."""

    class Meta:
        model = LessonProgress
        fields = [
            "status",
            "started_at",
            "completed_at",
            "completed_via",
            "last_accessed_at",
            "time_spent_seconds",
            "last_position_seconds",
            "watched",
            "completion_percentage",
        ]
        read_only_fields = fields


class RowSerializer(StaffRowSerializer):
    """A lesson's row as its student reads it."""

    may_be_absent = ("notes", "notes_revision", "is_bookmarked")  # for staff

    class Meta(StaffRowSerializer.Meta):
        fields = [*StaffRowSerializer.Meta.fields, "notes", "notes_revision", "is_bookmarked"]
        read_only_fields = fields


class AccessSerializer(serializers.Serializer[Any]):
    """Whether the lesson is open, and why not."""

    allowed = serializers.BooleanField()
    code = serializers.CharField()
    sentence = serializers.CharField()
    available_at = serializers.DateTimeField(allow_null=True)
    next_url = serializers.CharField()


class RequirementSerializer(serializers.Serializer[Any]):
    """What is asked."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    link = serializers.CharField()


class ProgressLessonSerializer(serializers.Serializer[Any]):
    """One lesson of the outline as one person has it."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField()
    is_required = serializers.BooleanField()
    progress = RowSerializer(allow_null=True)
    access = AccessSerializer()
    requirement = RequirementSerializer()


class ProgressModuleSerializer(serializers.Serializer[Any]):
    """One module: x of y required lessons, and all its lessons."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    completed_lessons_count = serializers.IntegerField()
    total_lessons_count = serializers.IntegerField()
    lessons = ProgressLessonSerializer(many=True)


class NumbersSerializer(serializers.Serializer[Any]):
    """The three numbers."""

    progress_percentage = serializers.DecimalField(max_digits=5, decimal_places=2)
    completed_lessons_count = serializers.IntegerField()
    total_lessons_count = serializers.IntegerField()


class ProgressSerializer(NumbersSerializer):
    """The whole course as one person has it."""

    modules = ProgressModuleSerializer(many=True)
    missing = RequirementSerializer(many=True)


class StepAnswerSerializer(NumbersSerializer):
    """What became of a step: the lesson's row, the three numbers, and what it set off."""

    progress = RowSerializer()
    credited_seconds = serializers.IntegerField()
    lesson_completed = serializers.BooleanField()
    course_completed = serializers.BooleanField()


class RecentLessonSerializer(LessonRefSerializer):
    """A lesson that was opened lately."""

    last_accessed_at = serializers.DateTimeField()


class LessonCountsSerializer(serializers.Serializer[Any]):
    """Live lessons by status."""

    completed = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    not_started = serializers.IntegerField()


class StatsSerializer(NumbersSerializer):
    """An enrollment in figures."""

    time_spent_hours = serializers.FloatField()
    lessons = LessonCountsSerializer()
    mean_minutes_per_lesson = serializers.FloatField(
        allow_null=True, help_text=_("From start to completion, one decimal; null without data.")
    )
    recent_lessons = RecentLessonSerializer(many=True)


def numbers(enrollment: Enrollment) -> dict[str, Any]:
    """Return the three numbers."""
    return {
        "progress_percentage": enrollment.progress_percentage,
        "completed_lessons_count": enrollment.completed_lessons_count,
        "total_lessons_count": enrollment.total_lessons_count,
    }


def progress_data(outline: Outline, enrollment: Enrollment, missing: Any, *, is_own: bool) -> Any:
    """Return the progress document (one query for each app that completes lessons)."""
    asked = _asked(outline.steps, enrollment)
    row_shape = RowSerializer if is_own else StaffRowSerializer
    modules = [
        {
            "id": str(section.module.pk),
            "title": section.module.title,
            "completed_lessons_count": section.done,
            "total_lessons_count": section.total,
            "lessons": [_lesson_data(step, asked, row_shape) for step in section.steps],
        }
        for section in outline.sections
    ]
    return {
        **NumbersSerializer(numbers(enrollment)).data,
        "modules": modules,
        "missing": RequirementSerializer(missing, many=True).data,
    }


def _asked(steps: list[Step], enrollment: Enrollment) -> dict[Any, Requirement]:
    """Return what other apps ask for, by lesson id."""
    asked: dict[Any, Requirement] = {}
    for kind in {step.lesson.type for step in steps}:
        if (provider := lesson_kind(kind)) is not None:
            asked |= provider(enrollment, [step.lesson for step in steps if step.lesson.type == kind])
    return asked


def _lesson_data(step: Step, asked: dict[Any, Requirement], row_shape: type[StaffRowSerializer]) -> Any:
    lesson = step.lesson
    return {
        "id": str(lesson.pk),
        "slug": lesson.slug,
        "title": lesson.title,
        "type": lesson.type,
        "is_required": lesson.is_required,
        "progress": row_shape(step.row).data if step.row else None,
        "access": AccessSerializer(step.access).data,
        "requirement": RequirementSerializer(requirement_of(lesson, step.row, asked.get(lesson.pk))).data,
    }


def stats_data(outline: Outline, enrollment: Enrollment) -> Any:
    """Return an enrollment in figures, from what the outline has read."""
    rows = [step.row for step in outline.steps if step.row is not None]
    completed = [row for row in rows if row.is_completed]
    started = [row for row in rows if row.status == LessonProgress.Status.IN_PROGRESS]
    spans = [
        (row.completed_at - row.started_at).total_seconds() / 60
        for row in completed
        if row.completed_at and row.started_at
    ]
    seen = [step for step in outline.steps if step.row and step.row.last_accessed_at]
    seen.sort(key=lambda step: str(step.row and step.row.last_accessed_at), reverse=True)
    return StatsSerializer(
        {
            **numbers(enrollment),
            "time_spent_hours": round(enrollment.time_spent_seconds / 3600, 2),
            "lessons": {
                "completed": len(completed),
                "in_progress": len(started),
                "not_started": len(outline.steps) - len(completed) - len(started),
            },
            "mean_minutes_per_lesson": round(sum(spans) / len(spans), 1) if spans else None,
            "recent_lessons": [
                {
                    "id": step.lesson.pk,
                    "slug": step.lesson.slug,
                    "title": step.lesson.title,
                    "last_accessed_at": step.row.last_accessed_at if step.row else None,
                }
                for step in seen[:5]
            ],
        }
    ).data
