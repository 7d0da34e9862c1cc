"""`/enrollments`: mine, and for staff those of their courses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from courses.permissions import get_course_for
from enrollments import services
from enrollments.api import shapes
from enrollments.api.bodies import (
    EnrollBody,
    ExtendBody,
    ProgressBody,
    ReasonBody,
    ResetBody,
    ReviewBody,
    StaffPatch,
    StudentPatch,
    UnlockBody,
)
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review
from enrollments.outline import Outline
from enrollments.permissions import (
    get_enrollment_for,
    get_managed_enrollment_for,
    get_own_enrollment_for,
    get_study_by_ids,
    require_manager,
)
from lms.lib.api import ApiViewSet
from lms.lib.conditional import digest_of
from lms.lib.filters import NullsLastOrdering, StrictFilterBackend
from lms.lib.requests import person_of
from lms.lib.serializers import EmptySerializer
from lms.lib.slugs import id_or_slug


class EnrollmentFilter(django_filters.FilterSet):
    """Filters of the list."""

    course = django_filters.UUIDFilter(field_name="course_id")
    student = django_filters.UUIDFilter(field_name="student_id")

    class Meta:
        model = Enrollment
        fields = ["status", "source"]


def read_body(serializer: type[Any], request: Request) -> dict[str, Any]:
    """Return the body's values; 422 for what does not fit."""
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    data: dict[str, Any] = body.validated_data
    return data


@extend_schema_view(list=extend_schema(summary="My enrollments; staff add course= or student="))
class EnrollmentViewSet(mixins.ListModelMixin, ApiViewSet):
    """Enrollments and what is done in them."""

    serializer_class = shapes.EnrollmentSerializer
    permission_classes = [IsAuthenticated]
    filter_backends = [StrictFilterBackend, NullsLastOrdering]
    filterset_class = EnrollmentFilter
    ordering_fields = ["last_accessed_at", "enrolled_at", "progress_percentage"]
    ordering = ["-last_accessed_at", "id"]

    def get_queryset(self) -> QuerySet[Enrollment]:
        if getattr(self, "swagger_fake_view", False):
            return Enrollment.objects.none()
        user = self.request.user
        rows = Enrollment.objects.visible_to(user)
        if not {"course", "student"} & set(self.request.query_params):
            rows = rows.filter(student=user.pk)
        return rows.select_related("course__instructor", "course__thumbnail", "student")

    def _detail(self, enrollment: Enrollment, status: int = 200, headers: Any = None) -> Response:
        """Answer with the enrollment as it is now, for its student or for staff."""
        user = self.request.user
        services.refresh([enrollment])
        self.version = self._version_of(enrollment)
        shape = (
            shapes.StaffEnrollmentDetailSerializer
            if enrollment.can_edit(user)
            else shapes.EnrollmentDetailSerializer
        )
        outline = Outline(enrollment.course, enrollment.student, enrollment)
        return Response(shape(enrollment, context={"outline": outline}).data, status=status, headers=headers)

    def _version_of(self, enrollment: Enrollment) -> str:
        """Return the version of what the caller may change here: progress makes nobody stale."""
        is_own = enrollment.student_id == self.request.user.pk
        return digest_of(enrollment.is_muted if is_own else enrollment.notes)

    def locked_version(self) -> str:
        if self.action != "partial_update":
            return ""
        enrollment = get_enrollment_for(self.request.user, self.kwargs["pk"])
        return self._version_of(Enrollment.objects.select_for_update().get(pk=enrollment.pk))

    @extend_schema(
        summary="Enroll in a course",
        request=EnrollBody,
        responses={201: shapes.EnrollmentDetailSerializer, 200: shapes.EnrollmentDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """201 with a new row; 200 when an old one was opened again. 409 says why not, with the next step."""
        course = get_course_for(request.user, id_or_slug(read_body(EnrollBody, request)["course"]))
        enrollment = services.enroll(student=person_of(request), course=course, source=Enrollment.Source.API)
        headers = {"Location": f"/api/v1/enrollments/{enrollment.pk}"}
        return self._detail(enrollment, 201 if enrollment.is_new else 200, headers)

    @extend_schema(summary="One enrollment", responses=shapes.EnrollmentDetailSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """For its student and for staff; `resume` says where to go on."""
        return self._detail(get_enrollment_for(request.user, pk))

    @extend_schema(
        summary="Mute reminders (student), note something (staff)",
        request=StudentPatch,
        responses=shapes.EnrollmentDetailSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Students send `is_muted`, staff `notes`."""
        enrollment = get_enrollment_for(request.user, pk)
        if enrollment.student_id == request.user.pk:
            data = read_body(StudentPatch, request)
            if "is_muted" in data:
                services.set_muted(enrollment=enrollment, muted=data["is_muted"])
        else:
            data = read_body(StaffPatch, request)
            if "notes" in data:
                services.set_staff_notes(enrollment=enrollment, notes=data["notes"])
        return self._detail(enrollment)

    @extend_schema(
        summary="Leave the course; staff give a reason",
        request=ReasonBody,
        responses=shapes.EnrollmentDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: UUID) -> Response:
        """409 `invalid_status`; a completed course is never left."""
        enrollment = get_enrollment_for(request.user, pk)
        reason = read_body(ReasonBody, request)["reason"]
        return self._detail(services.drop(enrollment=enrollment, by=person_of(request), reason=reason))

    # --- Staff verbs

    @extend_schema(summary="Suspend (staff)", request=ReasonBody, responses=shapes.EnrollmentDetailSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: UUID) -> Response:
        """With a reason of 3 to 500 characters, which the student reads."""
        enrollment = get_managed_enrollment_for(request.user, pk)
        reason = read_body(ReasonBody, request)["reason"]
        return self._detail(services.suspend(enrollment=enrollment, by=person_of(request), reason=reason))

    @extend_schema(
        summary="Resume (staff)", request=EmptySerializer, responses=shapes.EnrollmentDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: UUID) -> Response:
        """A suspended enrollment becomes active or completed again."""
        enrollment = get_managed_enrollment_for(request.user, pk)
        read_body(EmptySerializer, request)
        return self._detail(services.resume(enrollment=enrollment, by=person_of(request)))

    @extend_schema(
        summary="Extend access (staff)", request=ExtendBody, responses=shapes.EnrollmentDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: UUID) -> Response:
        """A later `expires_at`, null for ever, or `days` more; an expired enrollment becomes current again."""
        enrollment = get_managed_enrollment_for(request.user, pk)
        data = read_body(ExtendBody, request)
        if "days" in data:
            start = max(timezone.now(), enrollment.expires_at or timezone.now())
            end = start + timedelta(days=data["days"])
        else:
            end = data["expires_at"]
        return self._detail(services.extend(enrollment=enrollment, by=person_of(request), expires_at=end))

    @extend_schema(
        summary="Open every lesson (staff)", request=UnlockBody, responses=shapes.EnrollmentDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: UUID) -> Response:
        """`unlocked: false` locks again."""
        enrollment = get_managed_enrollment_for(request.user, pk)
        unlocked = read_body(UnlockBody, request)["unlocked"]
        return self._detail(services.unlock(enrollment=enrollment, by=person_of(request), unlocked=unlocked))

    @extend_schema(
        summary="Take progress back (staff)", request=ResetBody, responses=shapes.EnrollmentDetailSerializer
    )
    @action(detail=True, methods=["post"], url_path="reset-progress")
    def reset_progress(self, request: Request, pk: UUID) -> Response:
        """Of one lesson or of all; time, notes and attempts stay. 409 `already_completed`."""
        enrollment = get_managed_enrollment_for(request.user, pk)
        data = read_body(ResetBody, request)
        lesson = None
        if data["lesson_id"] is not None:
            lesson = get_object_or_404(enrollment.course.lessons.all(), pk=data["lesson_id"])
        services.reset_progress(
            enrollment=enrollment, by=person_of(request), reason=data["reason"], lesson=lesson
        )
        return self._detail(get_managed_enrollment_for(request.user, pk))

    # --- Reading

    @extend_schema(summary="Every module and lesson with its state", responses=shapes.ProgressSerializer)
    @action(detail=True, methods=["get"])
    def progress(self, request: Request, pk: UUID) -> Response:
        """Modules x of y; per lesson its row, `access` and `requirement`. Notes are for the student only."""
        enrollment = get_enrollment_for(request.user, pk)
        services.refresh([enrollment])
        outline = Outline(enrollment.course, enrollment.student, enrollment)
        missing: list[services.Requirement] = []
        if enrollment.completed_at is None:
            missing = outline.missing_lessons() + services.failed_checks(enrollment)
        is_own = enrollment.student_id == request.user.pk
        return Response(shapes.progress_data(outline, enrollment, missing, is_own=is_own))

    @extend_schema(summary="An enrollment in figures", responses=shapes.StatsSerializer)
    @action(detail=True, methods=["get"])
    def stats(self, request: Request, pk: UUID) -> Response:
        """Numbers, hours, lessons by status, mean minutes a lesson, five recent lessons."""
        enrollment = get_enrollment_for(request.user, pk)
        services.refresh([enrollment])
        outline = Outline(enrollment.course, enrollment.student, enrollment)
        return Response(shapes.stats_data(outline, enrollment))

    @extend_schema(summary="The history", responses=shapes.EventSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=[])
    def events(self, request: Request, pk: UUID) -> Response:
        """Newest first."""
        enrollment = get_enrollment_for(request.user, pk)
        events = EnrollmentEvent.objects.filter(enrollment=enrollment).select_related("actor")
        page = self.paginate_queryset(events.order_by("-at", "-id"))
        return self.get_paginated_response(shapes.EventSerializer(page, many=True).data)

    # --- Lessons

    def _answer(self, done: services.Completion, *, is_own: bool = True) -> Response:
        row = (shapes.RowSerializer if is_own else shapes.StaffRowSerializer)(done.row)
        return Response(
            {
                **shapes.NumbersSerializer(shapes.numbers(done.enrollment)).data,
                "progress": row.data,
                "credited_seconds": done.credited_seconds,
                "lesson_completed": done.lesson_completed,
                "course_completed": done.course_completed,
            }
        )

    @extend_schema(
        summary="Report progress in a lesson", request=ProgressBody, responses=shapes.StepAnswerSerializer
    )
    @action(detail=True, methods=["put", "patch"], url_path="lessons/<uuid:lesson_id>/progress")
    def lesson_progress(self, request: Request, pk: UUID, lesson_id: UUID) -> Response:
        """Both methods merge. The answer shows what counts; 403 carries the code of the lock."""
        study = get_study_by_ids(request.user, pk, lesson_id)
        data = read_body(ProgressBody, request)
        enrollment, lesson = study.enrollment, study.lesson
        done = None
        if "notes" in data:
            row = services.save_notes(
                enrollment=enrollment, lesson=lesson, notes=data["notes"], revision=data["notes_revision"]
            )
            done = services.Completion(row, enrollment)
        if "is_bookmarked" in data:
            row = services.set_bookmark(
                enrollment=enrollment, lesson=lesson, bookmarked=data["is_bookmarked"]
            )
            done = services.Completion(row, enrollment)
        if {"last_position_seconds", "watched", "time_spent_seconds"} & set(data):
            done = services.beat(
                enrollment=enrollment,
                lesson=lesson,
                position=data.get("last_position_seconds"),
                watched=data.get("watched", ()),
                seconds=data.get("time_spent_seconds", 0),
            )
        if done is None:
            row = services.open_lesson(enrollment=enrollment, lesson=lesson, row=study.row)
            done = services.Completion(row, enrollment)
        return self._answer(done)

    @extend_schema(
        summary="Complete a lesson; staff give a reason",
        request=ReasonBody,
        responses=shapes.StepAnswerSerializer,
    )
    @action(detail=True, methods=["post"], url_path="lessons/<uuid:lesson_id>/complete")
    def lesson_complete(self, request: Request, pk: UUID, lesson_id: UUID) -> Response:
        """Once, for ever. 409 `not_watched_enough`, `quiz_not_passed`; 403 with the code of the lock."""
        enrollment = get_enrollment_for(request.user, pk)
        reason = read_body(ReasonBody, request)["reason"]
        if enrollment.student_id == request.user.pk:
            study = get_study_by_ids(request.user, pk, lesson_id)
            done = services.complete_lesson(
                enrollment=study.enrollment, lesson=study.lesson, via=LessonProgress.Via.SELF, row=study.row
            )
            return self._answer(done)
        require_manager(request.user, enrollment)
        lesson = get_object_or_404(enrollment.course.lessons.live().select_related("module"), pk=lesson_id)
        done = services.complete_lesson(
            enrollment=enrollment,
            lesson=lesson,
            via=LessonProgress.Via.STAFF,
            by=person_of(request),
            reason=reason,
        )
        return self._answer(done, is_own=False)

    # --- Review

    @extend_schema(
        methods=["post"],
        summary="Review the course",
        request=ReviewBody,
        responses={201: shapes.OwnReviewSerializer},
    )
    @extend_schema(
        methods=["patch"],
        summary="Change my review",
        request=ReviewBody,
        responses=shapes.OwnReviewSerializer,
    )
    @extend_schema(methods=["delete"], summary="Delete my review", request=None, responses={204: None})
    @action(detail=True, methods=["post", "patch", "delete"])
    def review(self, request: Request, pk: UUID) -> Response:
        """409 `progress_too_low`, `already_reviewed`; 403 `own_course`, `suspended`."""
        enrollment = get_own_enrollment_for(request.user, pk)
        if request.method == "POST":
            review = services.add_review(enrollment=enrollment, **read_body(ReviewBody, request))
            return Response(shapes.OwnReviewSerializer(review).data, status=201)
        review = get_object_or_404(Review, enrollment=enrollment)
        review.enrollment = enrollment
        if request.method == "DELETE":
            services.delete_review(review=review)
            return Response(status=204)
        body = ReviewBody(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        review = services.update_review(review=review, **body.validated_data)
        return Response(shapes.OwnReviewSerializer(review).data)
