"""What a course's address tells of learning: reviews, the button, and for staff who is in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count, F, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from courses.exceptions import NotAllowed, NotOwner
from courses.permissions import get_course_for, get_editable_course_for
from enrollments import services
from enrollments.api.bodies import BulkEnrollBody, ReasonBody, ReplyBody
from enrollments.api.bulk import BulkEnrollThrottle, BulkReportSerializer
from enrollments.api.enrollments import read_body
from enrollments.api.shapes import EnrollmentSerializer, OwnReviewSerializer, ReviewSerializer
from enrollments.models import Enrollment, Review
from enrollments.states import button_state
from lms.lib.api import ApiMixin, ApiView
from lms.lib.filters import NullsLastOrdering, StrictFilterBackend, StrictSearchFilter
from lms.lib.requests import person_of
from lms.lib.serializers import EmptySerializer
from lms.lib.slugs import id_or_slug


class EnrollmentStateSerializer(serializers.Serializer[Any]):
    """What the button says."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # fields have a `label` of their own
    sentence = serializers.CharField()
    enrollment = serializers.UUIDField(allow_null=True)


class EnrollmentStateView(ApiView):
    """What the one button of the course page says to the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="What the button says to me", responses=EnrollmentStateSerializer)
    def get(self, request: Request, course: str) -> Response:
        """Code, words, sentence, and the enrollment if there is one."""
        found = get_course_for(request.user, id_or_slug(course))
        enrollment = Enrollment.objects.filter(student=request.user.pk, course=found).first()
        state = button_state(request.user, found, enrollment)
        return Response(
            {
                "code": state.code,
                "label": state.label,
                "sentence": state.sentence,
                "enrollment": str(enrollment.pk) if enrollment else None,
            }
        )


class CourseEnrollmentFilter(django_filters.FilterSet):
    """Filters of the staff's list."""

    progress_min = django_filters.NumberFilter(
        field_name="progress_percentage", lookup_expr="gte", min_value=0, max_value=100
    )
    progress_max = django_filters.NumberFilter(
        field_name="progress_percentage", lookup_expr="lte", min_value=0, max_value=100
    )
    inactive_days = django_filters.NumberFilter(
        method="filter_inactive", min_value=1, max_value=3650, help_text=_("Not seen for so many days.")
    )

    class Meta:
        model = Enrollment
        fields = ["status", "source"]

    def filter_inactive(self, rows: QuerySet[Enrollment], name: str, days: Any) -> QuerySet[Enrollment]:
        since = timezone.now() - timedelta(days=int(days))
        never = Q(last_accessed_at=None, enrolled_at__lt=since)
        return rows.filter(Q(last_accessed_at__lt=since) | never)


class CourseEnrollmentsView(ApiMixin, ListAPIView[Enrollment]):
    """Who is in a course, for its staff."""

    serializer_class = EnrollmentSerializer
    permission_classes = [IsAuthenticated]
    throttle_classes = [*APIView.throttle_classes, BulkEnrollThrottle]
    filter_backends = [StrictFilterBackend, StrictSearchFilter, NullsLastOrdering]
    filterset_class = CourseEnrollmentFilter
    search_fields = ["student__full_name", "student__email"]
    ordering_fields = ["name", "enrolled_at", "last_accessed_at", "progress"]
    ordering = ["-enrolled_at", "id"]

    def get_queryset(self) -> QuerySet[Enrollment]:
        if getattr(self, "swagger_fake_view", False):
            return Enrollment.objects.none()
        course = get_editable_course_for(self.request.user, id_or_slug(self.kwargs["course"]))
        rows = Enrollment.objects.visible_to(self.request.user).filter(course=course)
        return rows.select_related("course__instructor", "course__thumbnail", "student").annotate(
            name=F("student__full_name"), progress=F("progress_percentage")
        )

    @extend_schema(summary="Enrollments of a course (staff)")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Search by name or e-mail."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Enroll many people (staff)",
        request=BulkEnrollBody,
        responses=BulkReportSerializer,
        filters=False,
    )
    def post(self, request: Request, course: str) -> Response:
        """At most 500 addresses, a transaction each; safe to repeat. Ten calls an hour."""
        found = get_editable_course_for(request.user, id_or_slug(course))
        data = read_body(BulkEnrollBody, request)
        entries = [services.Entry(line, email) for line, email in enumerate(data.pop("emails"), 1)]
        rows = services.enroll_many(course=found, entries=entries, by=person_of(request), **data)
        return Response(BulkReportSerializer({"dry_run": data["dry_run"], "rows": rows}).data)


class CountsSerializer(serializers.Serializer[Any]):
    """Enrollments by status."""

    active = serializers.IntegerField()
    completed = serializers.IntegerField()
    dropped = serializers.IntegerField()
    suspended = serializers.IntegerField()
    expired = serializers.IntegerField()
    total = serializers.IntegerField()


class EnrollmentStatsSerializer(serializers.Serializer[Any]):
    """A course's enrollments in figures, over all rows; null is no data."""

    counts = CountsSerializer()
    completion_rate = serializers.FloatField(allow_null=True)
    mean_progress = serializers.FloatField(allow_null=True)
    total_hours = serializers.FloatField()
    mean_hours = serializers.FloatField(allow_null=True)
    average_rating = serializers.DecimalField(max_digits=3, decimal_places=2, allow_null=True)
    review_count = serializers.IntegerField()


class EnrollmentStatsView(ApiView):
    """A course's enrollments in figures, for its staff."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Enrollments of a course in figures (staff)", responses=EnrollmentStatsSerializer)
    def get(self, request: Request, course: str) -> Response:
        """Completed counts everybody who has finished, whatever became of their access."""
        found = get_editable_course_for(request.user, id_or_slug(course))
        figures = services.enrollment_figures(found.pk)
        return Response(
            EnrollmentStatsSerializer(
                {
                    "counts": {**figures.counts, "total": figures.total},
                    "completion_rate": figures.completion_rate,
                    "mean_progress": figures.mean_progress,
                    "total_hours": figures.total_hours,
                    "mean_hours": figures.mean_hours,
                    "average_rating": found.average_rating,
                    "review_count": found.review_count,
                }
            ).data
        )


class CourseReviewFilter(django_filters.FilterSet):
    """Filters of the reviews."""

    rating = django_filters.NumberFilter(min_value=1, max_value=5)

    class Meta:
        model = Review
        fields = ["rating"]


class CourseReviewsView(ApiMixin, ListAPIView[Review]):
    """The visible reviews of a course, for everybody."""

    serializer_class = ReviewSerializer
    permission_classes = [AllowAny]  # visitors read them before they join
    filterset_class = CourseReviewFilter
    ordering_fields = ["created_at", "rating"]
    ordering = ["-created_at", "id"]
    cache_control = "public, max-age=60"

    def get_queryset(self) -> QuerySet[Review]:
        if getattr(self, "swagger_fake_view", False):
            return Review.objects.none()
        self.course = get_course_for(self.request.user, id_or_slug(self.kwargs["course"]))
        reviews = Review.objects.shown().filter(enrollment__course=self.course)
        return reviews.select_related("enrollment__student")

    @extend_schema(summary="Reviews of a course")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """`distribution` counts all visible ratings, whatever the filter."""
        response = super().get(request, *args, **kwargs)
        shown = Review.objects.shown().filter(enrollment__course=self.course).order_by()
        counts = dict(shown.values_list("rating").annotate(n=Count("pk")))
        if not self.course.is_published:
            response["Cache-Control"] = "private, no-store"
        response.data["distribution"] = {str(stars): counts.get(stars, 0) for stars in range(1, 6)}
        return response


def get_review_for_staff(user: Any, review_id: UUID) -> Review:
    """Return the review if `user` runs its course; 404 when the course is invisible, 403 when it is another's."""
    reviews = Review.objects.select_related("enrollment__course__instructor", "enrollment__student")
    review = get_object_or_404(reviews, pk=review_id)
    get_course_for(user, review.enrollment.course.pk)
    if not review.enrollment.course.can_edit(user):
        raise NotOwner if user.is_teacher else NotAllowed
    return review


class ReviewReplyView(ApiView):
    """The teacher's answer."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Reply to a review (staff)", request=ReplyBody, responses=OwnReviewSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Empty text takes the answer back."""
        review = get_review_for_staff(request.user, pk)
        text = read_body(ReplyBody, request)["text"]
        return Response(
            OwnReviewSerializer(
                services.reply_to_review(review=review, by=person_of(request), text=text)
            ).data
        )


def get_review_for_admin(user: Any, review_id: UUID) -> Review:
    """As for staff, admins only: nobody polishes their own rating."""
    review = get_review_for_staff(user, review_id)
    if not user.is_admin:
        raise NotAllowed(_("Only an administrator may do this."))
    return review


class ReviewHideView(ApiView):
    """Taking a review out of the rating."""

    permission_classes = [IsAuthenticated]

    @extend_schema(summary="Hide a review (admin)", request=ReasonBody, responses=OwnReviewSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """With a reason, which the author reads."""
        review = get_review_for_admin(request.user, pk)
        reason = read_body(ReasonBody, request)["reason"]
        return Response(
            OwnReviewSerializer(
                services.hide_review(review=review, by=person_of(request), reason=reason)
            ).data
        )


class ReviewShowView(ApiView):
    """Putting it back."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="Show a hidden review (admin)", request=EmptySerializer, responses=OwnReviewSerializer
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """It counts again."""
        review = get_review_for_admin(request.user, pk)
        read_body(EmptySerializer, request)
        return Response(OwnReviewSerializer(services.show_review(review=review, by=person_of(request))).data)
