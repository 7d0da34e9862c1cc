"""What a student is answered about their own learning, and staff about a student's."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analytics.api.course_shapes import CourseNameSerializer
from analytics.standing import Level
from courses.models import Course
from enrollments.models import Enrollment
from lms.lib.serializers import StrictSerializer


class OwnEnrollmentCountsSerializer(serializers.Serializer[Any]):
    """Courses the student is or was in; completed are those ever finished."""

    total = serializers.IntegerField()
    active = serializers.IntegerField()
    completed = serializers.IntegerField()


class StreakSerializer(serializers.Serializer[Any]):
    """Own days in a row with activity; the longest within 366 days."""

    current = serializers.IntegerField()
    longest = serializers.IntegerField()


class SummarySerializer(serializers.Serializer[Any]):
    """Sums over the enrollments, live; null is no data. Results that are held back are not in it."""

    enrollments = OwnEnrollmentCountsSerializer()
    average_progress = serializers.FloatField(allow_null=True, help_text="Of the active ones.")
    time_hours = serializers.FloatField()
    lessons_completed = serializers.IntegerField()
    quizzes_taken = serializers.IntegerField(help_text="Different quizzes with a result.")
    quizzes_passed = serializers.IntegerField()
    quiz_attempts = serializers.IntegerField(help_text="Closed ones.")
    average_quiz_score = serializers.FloatField(allow_null=True)
    certificates = serializers.IntegerField()
    streak = StreakSerializer()


class StudyCertificateSerializer(serializers.Serializer[Any]):
    """A standing certificate."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    code = serializers.CharField()
    course_title = serializers.CharField()
    issued_at = serializers.DateTimeField()


class CourseOfStudySerializer(serializers.Serializer[Any]):
    """One course of the student."""

    course = CourseNameSerializer()
    enrollment = serializers.UUIDField(source="enrollment.pk")
    status = serializers.ChoiceField(choices=Enrollment.Status.choices, source="enrollment.status")
    enrolled_at = serializers.DateTimeField(source="enrollment.enrolled_at")
    completed_at = serializers.DateTimeField(source="enrollment.completed_at", allow_null=True)
    last_accessed_at = serializers.DateTimeField(source="enrollment.last_accessed_at", allow_null=True)
    progress = serializers.FloatField(source="enrollment.progress_percentage")
    completed_lessons = serializers.IntegerField(source="enrollment.completed_lessons_count")
    total_lessons = serializers.IntegerField(source="enrollment.total_lessons_count")
    time_hours = serializers.FloatField()
    quizzes_completed = serializers.IntegerField()
    average_quiz_score = serializers.FloatField(allow_null=True)
    level = serializers.ChoiceField(
        choices=Level.choices, allow_null=True, help_text="null: too early to say."
    )
    level_rule = serializers.CharField()
    estimated_completion_on = serializers.DateField(source="estimate.on", allow_null=True, default=None)
    is_estimate_after_access = serializers.BooleanField(
        source="estimate.is_after_access", allow_null=True, default=None
    )
    certificate = StudyCertificateSerializer(allow_null=True)


class ActivityDaySerializer(serializers.Serializer[Any]):
    """One own day of the student."""

    date = serializers.DateField()
    lessons_completed = serializers.IntegerField()
    quizzes_taken = serializers.IntegerField(help_text="Attempts closed.")
    minutes = serializers.FloatField()
    is_active = serializers.BooleanField()
    is_partial = serializers.BooleanField(help_text="Today.")


class ActivitySerializer(serializers.Serializer[Any]):
    """Exactly as many days as were asked for, the last is the student's today."""

    series = ActivityDaySerializer(many=True)


class AchievementSerializer(serializers.Serializer[Any]):
    """A certificate, or so many days in a row."""

    kind = serializers.ChoiceField(choices=["certificate", "streak"])
    days = serializers.IntegerField(allow_null=True)
    certificate = StudyCertificateSerializer(allow_null=True)


class RecommendationSerializer(serializers.ModelSerializer[Course]):
    """A course to take next; `alike`: of the same category or tags as one of the student's."""

    category = serializers.CharField(source="category.name", allow_null=True, default=None)
    instructor = serializers.CharField(source="instructor.full_name")
    average_rating = serializers.FloatField(allow_null=True)
    alike = serializers.BooleanField()

    class Meta:
        model = Course
        fields = [
            "id",
            "slug",
            "title",
            "category",
            "instructor",
            "enrollment_count",
            "average_rating",
            "alike",
        ]
        read_only_fields = fields


class StudyDashboardSerializer(serializers.Serializer[Any]):
    """What staff see of a student: an instructor the enrollments in own courses, and sums over those alone."""

    summary = SummarySerializer()
    courses = CourseOfStudySerializer(many=True)
    activity = ActivityDaySerializer(many=True)
    achievements = AchievementSerializer(many=True)


class MyDashboardSerializer(StudyDashboardSerializer):
    """One's own learning at one look."""

    recommendations = RecommendationSerializer(many=True)


class StudentNameSerializer(serializers.Serializer[Any]):
    """Who it is."""

    id = serializers.UUIDField()
    full_name = serializers.CharField()
    email = serializers.CharField()


class StudentDashboardSerializer(StudyDashboardSerializer):
    """A student's learning, for staff."""

    student = StudentNameSerializer()


class PlaceSerializer(serializers.Serializer[Any]):
    """One line of a leaderboard."""

    rank = serializers.IntegerField()
    name = serializers.CharField(help_text="First name and initial of the last.")
    score = serializers.FloatField()
    is_me = serializers.BooleanField()


class OwnPlaceSerializer(serializers.Serializer[Any]):
    """One's own rank."""

    rank = serializers.IntegerField()
    score = serializers.FloatField()


class LeaderboardSerializer(serializers.Serializer[Any]):
    """The top ten of a course and one's own rank; at most ten minutes old."""

    course = CourseNameSerializer()
    computed_at = serializers.DateTimeField()
    students = serializers.IntegerField(help_text="How many take part.")
    entries = PlaceSerializer(many=True)
    me = OwnPlaceSerializer(allow_null=True)


class LeaderboardBody(StrictSerializer):
    """On or off."""

    enabled = serializers.BooleanField()


class LeaderboardStateSerializer(serializers.Serializer[Any]):
    """Whether the course has a leaderboard."""

    course = CourseNameSerializer()
    enabled = serializers.BooleanField()
