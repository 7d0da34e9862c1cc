"""What is answered about a teacher's courses, and about the site."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import User
from analytics.api.course_shapes import CourseNameSerializer, NewReviewSerializer
from courses.models import Course
from enrollments.models import Enrollment


class NamedPersonSerializer(serializers.Serializer[Any]):
    """Who."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class TeachingTotalsSerializer(serializers.Serializer[Any]):
    """All courses together; null is no data."""

    courses = serializers.IntegerField()
    published = serializers.IntegerField()
    students = serializers.IntegerField(help_text="Distinct people over all enrollments.")
    enrollments = serializers.IntegerField()
    active = serializers.IntegerField()
    completion_rate = serializers.FloatField(allow_null=True)
    average_rating = serializers.FloatField(allow_null=True, help_text="Of all visible ratings.")
    review_count = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Answers that wait for a person.")


class TaughtCourseSerializer(CourseNameSerializer):
    """One course; null is no data, or figures that were never taken (`refreshed_at` null)."""

    status = serializers.ChoiceField(choices=Course.Status.choices)
    enrolled_now = serializers.IntegerField()
    enrollments = serializers.IntegerField(allow_null=True)
    active = serializers.IntegerField(allow_null=True)
    average_progress = serializers.FloatField(allow_null=True)
    completion_rate = serializers.FloatField(allow_null=True)
    average_quiz_score = serializers.FloatField(allow_null=True)
    dropout_rate = serializers.FloatField(allow_null=True)
    at_risk_count = serializers.IntegerField(allow_null=True)
    average_rating = serializers.FloatField(allow_null=True)
    review_count = serializers.IntegerField()
    waiting = serializers.IntegerField()
    reach = serializers.ListField(
        child=serializers.FloatField(), help_text="How many per cent got as far as each lesson, in order."
    )
    refreshed_at = serializers.DateTimeField(allow_null=True)


class NewEnrollmentSerializer(serializers.ModelSerializer[Enrollment]):
    """Somebody who came."""

    student = serializers.CharField(source="student.full_name", read_only=True)
    course = CourseNameSerializer(read_only=True)

    class Meta:
        model = Enrollment
        fields = ["id", "student", "course", "status", "enrolled_at"]
        read_only_fields = fields


class TeachingSerializer(serializers.Serializer[Any]):
    """A teacher's courses. `refreshed_at` is that of the oldest figures, null when some were never taken."""

    instructor = NamedPersonSerializer()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    totals = TeachingTotalsSerializer()
    courses = TaughtCourseSerializer(many=True)
    recent_enrollments = NewEnrollmentSerializer(many=True)
    recent_reviews = NewReviewSerializer(many=True)


# --- The site


def _counts(name: str, values: list[str]) -> type[serializers.Serializer[Any]]:
    """Return a serializer with a number for each of the values."""
    fields = {value: serializers.IntegerField() for value in values}
    return type(name, (serializers.Serializer,), {**fields, "__doc__": "How many of each."})


class UserTotalsSerializer(serializers.Serializer[Any]):
    """People; `by_role` leaves out the erased."""

    total = serializers.IntegerField()
    by_role = _counts("RoleCountsSerializer", User.Role.values)()
    active = serializers.IntegerField()
    inactive = serializers.IntegerField()
    erased = serializers.IntegerField()


class TotalsSerializer(serializers.Serializer[Any]):
    """The whole site at the moment of `refreshed_at`."""

    users = UserTotalsSerializer()
    courses = _counts("CourseCountsSerializer", Course.Status.values)()
    lessons = serializers.IntegerField()
    quizzes = serializers.IntegerField()
    attempts = serializers.IntegerField()
    enrollments = _counts("EnrollmentCountsSerializer", Enrollment.Status.values)()
    certificates_issued = serializers.IntegerField()
    certificates_revoked = serializers.IntegerField()
    bytes_files = serializers.IntegerField()
    bytes_pdfs = serializers.IntegerField()


class ActiveSerializer(serializers.Serializer[Any]):
    """Distinct people active in the 1, 7 and 30 days up to the newest refresh."""

    daily = serializers.IntegerField()
    weekly = serializers.IntegerField()
    monthly = serializers.IntegerField()


class SiteDaySerializer(serializers.Serializer[Any]):
    """The facts of one day."""

    new_users = serializers.IntegerField()
    new_enrollments = serializers.IntegerField()
    completions = serializers.IntegerField()
    certificates = serializers.IntegerField()
    active_users = serializers.IntegerField()


class SiteOverviewSerializer(serializers.Serializer[Any]):
    """The site at one look; `totals` is null before the first refresh."""

    refreshed_at = serializers.DateTimeField(allow_null=True)
    totals = TotalsSerializer(allow_null=True)
    active = ActiveSerializer()
    today = SiteDaySerializer()
    yesterday = SiteDaySerializer()


class GrowthDaySerializer(serializers.Serializer[Any]):
    """New people of a day, and all until then."""

    date = serializers.DateField()
    new_users = serializers.IntegerField()
    total_users = serializers.IntegerField()
    is_partial = serializers.BooleanField()


class EnrollmentDaySerializer(serializers.Serializer[Any]):
    """What began and ended on a day, and all enrollments until then."""

    date = serializers.DateField()
    new_enrollments = serializers.IntegerField()
    completions = serializers.IntegerField()
    certificates = serializers.IntegerField()
    total_enrollments = serializers.IntegerField()
    is_partial = serializers.BooleanField()


class GrowthSerializer(serializers.Serializer[Any]):
    """Days up to today."""

    refreshed_at = serializers.DateTimeField(allow_null=True)
    series = GrowthDaySerializer(many=True)


class EnrollmentTrendSerializer(serializers.Serializer[Any]):
    """Days up to today."""

    refreshed_at = serializers.DateTimeField(allow_null=True)
    series = EnrollmentDaySerializer(many=True)


class PopularCourseSerializer(CourseNameSerializer):
    """A published course; null is no data."""

    instructor = serializers.CharField()
    enrolled_now = serializers.IntegerField()
    enrollments = serializers.IntegerField(allow_null=True)
    average_rating = serializers.FloatField(allow_null=True)
    review_count = serializers.IntegerField()
    completion_rate = serializers.FloatField(allow_null=True)


class PopularCoursesSerializer(serializers.Serializer[Any]):
    """The courses with most seats taken, as the catalogue orders them."""

    refreshed_at = serializers.DateTimeField(allow_null=True)
    courses = PopularCourseSerializer(many=True)


class TopInstructorSerializer(NamedPersonSerializer):
    """An owner of courses; null is no data."""

    students = serializers.IntegerField()
    courses = serializers.IntegerField()
    average_rating = serializers.FloatField(allow_null=True)
    review_count = serializers.IntegerField()


class TopInstructorsSerializer(serializers.Serializer[Any]):
    """Owners of courses by distinct students."""

    refreshed_at = serializers.DateTimeField(allow_null=True)
    instructors = TopInstructorSerializer(many=True)
