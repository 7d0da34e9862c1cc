"""What has moved since a moment: which courses, and which of their old days.

An enrollment's `updated_at` moves with every event, beat, completed lesson and counted result. What it does not see are
attempts that are not counted yet, certificates, and what authors change; these are asked for beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import AuditEntry
from analytics.days import days_touched, site_day
from analytics.models import CourseStat
from certificates.models import Certificate
from courses.models import Course
from enrollments.models import Enrollment, EnrollmentEvent
from quizzes.models import Attempt, Quiz

OVERLAP = timedelta(minutes=5)  # transactions that had begun and were not committed when the course was read
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 500
VERDICTS = ("attempt.voided", "attempt.restored", "attempt.reopened")  # leave no time on the attempt
WAITS_SINCE_DEADLINE = Q(
    # Closed by the clock as of a deadline that may be long past, and waiting for marks: nothing tells when.
    status=Attempt.Status.SUBMITTED, submitted_by=Attempt.SubmittedBy.DEADLINE,
)  # fmt: skip


def moved_courses(course_id: UUID | None = None, *, overlap: timedelta = OVERLAP) -> list[UUID]:
    """Return the courses that moved since they were refreshed, the one refreshed longest ago first.

    With `course_id` only that one is looked at. Courses that were never refreshed count once somebody enrolled
    or looked for their figures, which made their row.
    `overlap` is how far before the refresh it looks.
    """
    courses = Course.objects.all() if course_id is None else Course.objects.filter(pk=course_id)
    known = CourseStat.objects.filter(course__in=courses.order_by().values("pk"), refreshed_at__isnull=False)
    oldest = known.aggregate(at=Min("refreshed_at"))["at"] or timezone.now()
    rows = courses.annotate(since=Coalesce(_since("stat", overlap), Value(NEVER)))
    rows = rows.filter(_moved() | _sat_or_issued(course_id, oldest - overlap, overlap))
    return list(
        rows.order_by(F("stat__refreshed_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)
    )


def _since(stat: str, overlap: timedelta) -> Any:
    return ExpressionWrapper(F(f"{stat}__refreshed_at") - Value(overlap), output_field=DateTimeField())


def _moved() -> Q:
    """Enrollments, by their index (course, updated_at); and edits, once the course has figures at all."""
    since = OuterRef("since")
    rows = Enrollment.objects.filter(course=OuterRef("pk"), updated_at__gte=since)
    quizzes = Quiz.objects.filter(course=OuterRef("pk"), updated_at__gte=since)
    edited = Q(updated_at__gte=F("since")) | Q(structure_changed_at__gte=F("since")) | Exists(quizzes)
    waiting = Q(stat__isnull=False, stat__refreshed_at=None)
    return Exists(rows) | waiting | Q(edited, stat__refreshed_at__isnull=False)


def _sat_or_issued(course_id: UUID | None, oldest: datetime, overlap: timedelta) -> Q:
    """Courses with attempts or certificates since their own refresh, of which `oldest` is the earliest."""
    attempts, papers = Attempt.objects.order_by(), Certificate.objects.order_by()
    if course_id is not None:
        attempts = attempts.filter(quiz__course=course_id)
        papers = papers.filter(enrollment__course=course_id)
    own = _since("quiz__course__stat", overlap)
    times = ("started_at", "submitted_at", "graded_at")
    sat = reduce(or_, (_at_least(time, oldest, own) for time in times), WAITS_SINCE_DEADLINE)
    own = _since("enrollment__course__stat", overlap)
    issued = _at_least("issued_at", oldest, own) | _at_least("revoked_at", oldest, own)
    ids = set(attempts.filter(sat).values_list("quiz__course", flat=True).distinct())
    ids |= set(papers.filter(issued).values_list("enrollment__course", flat=True).distinct())
    return Q(pk__in=ids | _judged(attempts, oldest, overlap))


def _at_least(time: str, *bounds: Any) -> Q:
    return reduce(and_, (Q(**{f"{time}__gte": bound}) for bound in bounds))


def _judged(attempts: Any, oldest: datetime, overlap: timedelta) -> set[UUID]:
    """Courses with a verdict over an attempt since their own refresh."""
    last = {pk: at for pk, at, _changes in _verdicts(oldest)}
    rows = attempts.filter(pk__in=last).values_list("pk", "quiz__course", "quiz__course__stat__refreshed_at")
    return {course for pk, course, at in rows if at is not None and last[pk] >= at - overlap}


def _verdicts(since: datetime) -> list[tuple[UUID, datetime, dict[str, Any]]]:
    entries = AuditEntry.objects.filter(at__gte=since, action__in=VERDICTS).order_by("at")
    return [(UUID(target), at, data) for target, at, data in entries.values_list("target_id", "at", "data")]


def moved_days(course_id: UUID, refreshed_at: datetime, now: datetime) -> list[tuple[date, date]]:
    """Return the days, as spans, whose facts may have changed in the course since it was refreshed.

    Those that lie between then and now for anybody on earth, and the old ones that a late fact changes: an
    attempt graded, judged or found past its deadline that of its submission, a reset those of the lessons it took back.
    """
    since = refreshed_at - OVERLAP
    first, last = days_touched(since, now)
    late = {
        site_day(moment) for moment in (*_late_attempts(course_id, since), *_taken_back(course_id, since))
    }
    return [(first, last), *_spans(day for day in late if not first <= day <= last)]


def _late_attempts(course_id: UUID, since: datetime) -> Iterable[datetime]:
    attempts = Attempt.objects.filter(quiz__course=course_id).order_by()
    late = Q(graded_at__gte=since) | Q(counted_at__gte=since) | WAITS_SINCE_DEADLINE
    moments = attempts.filter(late).values_list("submitted_at", flat=True)
    yield from (moment for moment in moments if moment)
    verdicts = _verdicts(since)
    for start in range(0, len(verdicts), BATCH):
        batch = verdicts[start : start + BATCH]
        ours = dict(attempts.filter(pk__in=[one[0] for one in batch]).values_list("pk", "submitted_at"))
        for pk, _at, changes in batch:
            if pk in ours:
                yield from (moment for moment in (ours[pk], _former(changes)) if moment)


def _former(changes: dict[str, Any]) -> datetime | None:
    """Return when the attempt had been submitted before a verdict took that back."""
    old, _new = changes.get("submitted_at") or (None, None)
    return parse_datetime(old) if old else None


def _taken_back(course_id: UUID, since: datetime) -> Iterable[datetime]:
    resets = EnrollmentEvent.objects.filter(
        enrollment__course=course_id, kind=EnrollmentEvent.Kind.PROGRESS_RESET, at__gte=since
    )
    for data in resets.values_list("data", flat=True):
        for row in data.get("lessons", {}).values():
            if moment := row.get("completed_at") and parse_datetime(row["completed_at"]):
                yield moment


MANY = 5  # spans; more are read as one


def _spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Return the days as spans of consecutive ones; one wide span for many."""
    spans: list[tuple[date, date]] = []
    for day in sorted(days):
        if spans and (day - spans[-1][1]).days <= 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return [(spans[0][0], spans[-1][1])] if len(spans) > MANY else spans
