"""What is answered about one course."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analytics.readers.students import RISKS
from analytics.standing import Level
from enrollments.models import Enrollment, Review
from quizzes.models import Quiz


class CourseNameSerializer(serializers.Serializer[Any]):
    """Which course."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()


class FiguresSerializer(serializers.Serializer[Any]):
    """What carries the age of its figures; null: they have never been taken."""

    course = CourseNameSerializer()
    refreshed_at = serializers.DateTimeField(allow_null=True)


class CourseStatsSerializer(serializers.Serializer[Any]):
    """The course in figures, over all its enrollments; null is no data."""

    enrolled_now = serializers.IntegerField(help_text="Seats held.")
    enrollments = serializers.IntegerField(help_text="All rows ever, whatever their status.")
    active = serializers.IntegerField()
    completed = serializers.IntegerField()
    dropped = serializers.IntegerField()
    suspended = serializers.IntegerField()
    expired = serializers.IntegerField()
    completion_rate = serializers.FloatField(allow_null=True)
    average_progress = serializers.FloatField(allow_null=True)
    average_time_hours = serializers.FloatField(allow_null=True)
    average_days_to_complete = serializers.FloatField(allow_null=True)
    quiz_attempts = serializers.IntegerField()
    average_quiz_score = serializers.FloatField(allow_null=True)
    quiz_pass_rate = serializers.FloatField(allow_null=True)
    dropout_rate = serializers.FloatField(allow_null=True)
    at_risk_count = serializers.IntegerField()
    certificates = serializers.IntegerField()
    leaderboard_enabled = serializers.BooleanField()


class LessonFiguresSerializer(serializers.Serializer[Any]):
    """One live lesson; null is no data."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    started = serializers.IntegerField()
    completed = serializers.IntegerField()
    completion_rate = serializers.FloatField(allow_null=True)
    reach = serializers.FloatField(allow_null=True)
    drop_off = serializers.FloatField(allow_null=True)
    average_minutes = serializers.FloatField(allow_null=True)
    average_completion_minutes = serializers.FloatField(allow_null=True)
    total_minutes = serializers.FloatField()


class MostWatchedSerializer(serializers.Serializer[Any]):
    """The lesson with most time."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    total_minutes = serializers.FloatField()


class EngagementSerializer(serializers.Serializer[Any]):
    """How much is done in the course."""

    daily_active = serializers.IntegerField()
    weekly_active = serializers.IntegerField()
    monthly_active = serializers.IntegerField()
    minutes_per_active_day = serializers.FloatField(allow_null=True)
    total_hours = serializers.FloatField()
    most_watched_lesson = MostWatchedSerializer(allow_null=True)


class NewReviewSerializer(serializers.ModelSerializer[Review]):
    """A visible review."""

    author = serializers.CharField(source="author_name", read_only=True)
    course = CourseNameSerializer(source="enrollment.course", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "rating", "text", "author", "course", "created_at"]
        read_only_fields = fields


class DistributionSerializer(serializers.Serializer[Any]):
    """How many reviews give one to five stars."""

    def get_fields(self) -> dict[str, Any]:
        return {str(stars): serializers.IntegerField() for stars in range(1, 6)}


class ReviewsSerializer(serializers.Serializer[Any]):
    """The rating, and the newest ten reviews."""

    average = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    distribution = DistributionSerializer()
    newest = NewReviewSerializer(many=True)


class CourseOverviewSerializer(FiguresSerializer):
    """The course at one look."""

    stats = CourseStatsSerializer()
    engagement = EngagementSerializer()
    histogram = serializers.ListField(
        child=serializers.IntegerField(), help_text="Enrollments by progress: 0–<10, …, 90–100 per cent."
    )
    reviews = ReviewsSerializer()


class CourseLessonsSerializer(FiguresSerializer):
    """Lesson by lesson, in the order of the outline."""

    lessons = LessonFiguresSerializer(many=True)


class QuestionTextSerializer(serializers.Serializer[Any]):
    """A question to look at."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    url = serializers.CharField(help_text="Where it is edited, with its statistics.")


class HardQuestionSerializer(QuestionTextSerializer):
    """One of the hardest: with the share of its points that students get, 0 to 1."""

    n = serializers.IntegerField()
    difficulty = serializers.FloatField()
    key_looks_wrong = serializers.BooleanField()


class QuizFiguresSerializer(serializers.Serializer[Any]):
    """One quiz; course staff left out, null is no data."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    type = serializers.ChoiceField(choices=Quiz.Type.choices)
    attempts = serializers.IntegerField()
    students = serializers.IntegerField()
    average = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    pass_rate = serializers.FloatField(allow_null=True)
    histogram = serializers.ListField(child=serializers.IntegerField())
    median_seconds = serializers.IntegerField(allow_null=True)
    hardest = HardQuestionSerializer(many=True)
    key_looks_wrong = QuestionTextSerializer(many=True)


class CourseQuizzesSerializer(FiguresSerializer):
    """Quiz by quiz."""

    quizzes = QuizFiguresSerializer(many=True)


class TrendEntrySerializer(serializers.Serializer[Any]):
    """A day, or of a grouped range a week or month from `date` until `until`."""

    date = serializers.DateField()
    until = serializers.DateField()
    enrollments = serializers.IntegerField()
    completions = serializers.IntegerField()
    drops = serializers.IntegerField()
    active_students = serializers.IntegerField(help_text="Of a week or month: on its busiest day.")
    lessons_completed = serializers.IntegerField()
    quiz_attempts = serializers.IntegerField()
    quiz_passes = serializers.IntegerField()
    time_hours = serializers.FloatField()
    total_enrollments = serializers.IntegerField(help_text="All rows until then.")
    is_partial = serializers.BooleanField(help_text="Today is in it, and not over.")


class CourseTrendSerializer(FiguresSerializer):
    """A course over time."""

    bucket = serializers.ChoiceField(choices=["day", "week", "month"])
    series = TrendEntrySerializer(many=True)


class RiskSerializer(serializers.Serializer[Any]):
    """Why somebody needs help."""

    kind = serializers.ChoiceField(choices=[choice for choice in RISKS if choice[0] != "any"])
    sentence = serializers.CharField()


class CourseStudentSerializer(serializers.Serializer[Any]):
    """One student of the course; null is no data."""

    id = serializers.UUIDField(source="enrollment.student_id")
    enrollment = serializers.UUIDField(source="enrollment.pk")
    name = serializers.CharField()
    email = serializers.CharField()
    status = serializers.ChoiceField(choices=Enrollment.Status.choices, source="enrollment.status")
    enrolled_at = serializers.DateTimeField(source="enrollment.enrolled_at")
    last_accessed_at = serializers.DateTimeField(source="enrollment.last_accessed_at", allow_null=True)
    progress_percentage = serializers.FloatField(source="enrollment.progress_percentage")
    completed_lessons_count = serializers.IntegerField(source="enrollment.completed_lessons_count")
    total_lessons_count = serializers.IntegerField(source="enrollment.total_lessons_count")
    time_hours = serializers.FloatField()
    average_quiz_score = serializers.FloatField(allow_null=True)
    level = serializers.ChoiceField(choices=Level.choices, allow_null=True)
    level_rule = serializers.CharField()
    risk = RiskSerializer(many=True, source="risks")
    certificate_number = serializers.CharField(allow_null=True)
