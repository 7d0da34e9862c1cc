"""What a student does in a lesson: opening, watching, completing, noting. The one ledger of completions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.models.audit import record
from courses.models import Lesson
from enrollments.exceptions import LessonLocked, NotesChanged, NotWatchedEnough, QuizNotPassed
from enrollments.models import Enrollment, LessonProgress, StudyDay
from enrollments.permissions import Facts, decide, lesson_url
from enrollments.services.counting import count_step, lock
from enrollments.services.history import checked_reason
from enrollments.services.kinds import lesson_kind
from enrollments.services.watching import (
    Interval,
    clean_intervals,
    credit,
    first_gap,
    is_watched_enough,
    total_seconds,
    watched_percentage,
)

Status = LessonProgress.Status
Via = LessonProgress.Via
CLOCK_LIMIT = 600  # seconds; after a longer silence nothing is credited
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Completion:
    """What became of a step: the lesson's row, the enrollment with its numbers, and what it set off."""

    row: LessonProgress
    enrollment: Enrollment
    lesson_completed: bool = False
    course_completed: bool = False
    credited_seconds: int = 0


def open_lesson(
    *, enrollment: Enrollment, lesson: Lesson, row: LessonProgress | None = None
) -> LessonProgress:
    """Note that the student opened the lesson: first touch, current lesson, the clock of the beats, the day.

    `row` is the lesson's row if the caller has read it. Never completes anything, and writes nothing for an
    enrollment that is no longer current. Three queries (four without `row`).
    """
    now = timezone.now()
    fields: dict[str, Any] = {"current_lesson": lesson, "last_beat_at": now, "updated_at": now}
    if enrollment.started_at is None:
        fields["started_at"] = now
    is_seen = _is_recent(enrollment.last_accessed_at, now)
    if not is_seen:
        fields["last_accessed_at"] = now
    with transaction.atomic():
        if not Enrollment.objects.current().filter(pk=enrollment.pk).update(**fields):
            return row or LessonProgress(enrollment=enrollment, lesson=lesson)
        row = _touch(enrollment, lesson, row, now)
        if not (is_seen and _day(enrollment, now) == _day(enrollment, enrollment.last_accessed_at)):
            _add_to_day(enrollment, now, 0)
    for name, value in fields.items():
        setattr(enrollment, name, value)
    return row


def _is_recent(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and timedelta(0) <= now - seen_at < SEEN_EVERY


def _touch(
    enrollment: Enrollment, lesson: Lesson, row: LessonProgress | None, now: datetime
) -> LessonProgress:
    """Return the lesson's row, made or marked as started; `last_accessed_at` moves once a minute."""
    if row is None:
        started = {"status": Status.IN_PROGRESS, "started_at": now, "last_accessed_at": now}
        row, _made = _make_row(enrollment, lesson, **started)
    fields: dict[str, Any] = {}
    if row.status == Status.NOT_STARTED:
        fields = {"status": Status.IN_PROGRESS, "started_at": now}
    if not _is_recent(row.last_accessed_at, now):
        fields["last_accessed_at"] = now
    if fields:
        rows = LessonProgress.objects.filter(pk=row.pk)
        if "status" in fields:
            rows = rows.filter(status=Status.NOT_STARTED)
        rows.update(**fields)
        for name, value in fields.items():
            setattr(row, name, value)
    return row


def _make_row(enrollment: Enrollment, lesson: Lesson, **values: Any) -> tuple[LessonProgress, bool]:
    """Return the lesson's row and whether this call made it: of two first touches one does, the other reads."""
    try:
        with transaction.atomic():
            return LessonProgress.objects.create(enrollment=enrollment, lesson=lesson, **values), True
    except IntegrityError:
        row = LessonProgress.objects.get(enrollment=enrollment, lesson=lesson)
        row.enrollment, row.lesson = enrollment, lesson
        return row, False


def _day(enrollment: Enrollment, moment: datetime | None) -> Any:
    """Return the student's own day of a moment (reads the student)."""
    return moment and moment.astimezone(ZoneInfo(enrollment.student.time_zone)).date()


def _add_to_day(enrollment: Enrollment, now: datetime, seconds: int) -> None:
    day = _day(enrollment, now)
    days = StudyDay.objects.filter(enrollment=enrollment, day_on=day)
    if seconds and days.update(seconds=F("seconds") + seconds):
        return
    fresh = StudyDay(enrollment=enrollment, day_on=day, seconds=seconds)
    # Only who holds the enrollment's lock adds seconds, so an insert that is ignored had none to add.
    StudyDay.objects.bulk_create([fresh], ignore_conflicts=True)


@transaction.atomic
def beat(
    *,
    enrollment: Enrollment,
    lesson: Lesson,
    position: int | None = None,
    watched: Sequence[Interval] = (),
    seconds: int = 0,
) -> Completion:
    """Record how far the student has come in the lesson, and what of it the clock can confirm.

    `position` in whole seconds; `watched` pairs [start, end] in seconds that are new to the browser;
    `seconds` of active time since the last call. Since the last beat of this enrollment as many seconds of
    time are credited as have passed, and twice as many of watching; the answer shows what counts, the rest
    stays with the caller. A video completes itself at the share it asks for. Raises LessonLocked when the
    enrollment is not current.
    """
    now = timezone.now()
    _lock_current(enrollment, lesson, now)
    row = (
        LessonProgress.objects.select_related("enrollment")
        .filter(enrollment=enrollment, lesson=lesson)
        .first()
    )
    if row is None:
        started = {"status": Status.IN_PROGRESS, "started_at": now, "last_accessed_at": now}
        row, _made = _make_row(enrollment, lesson, **started)
        row.enrollment.refresh_from_db(fields=["last_beat_at", "last_accessed_at"])
    present = row.enrollment
    elapsed, clock = _elapsed(present.last_beat_at, now)
    gained = min(max(seconds, 0), elapsed)
    fields = _watch(row, lesson, position, watched, allowance=2 * elapsed)
    fields |= {"last_accessed_at": now, "time_spent_seconds": row.time_spent_seconds + gained}
    completes = row.status != Status.COMPLETED and _completes_by_watching(lesson, fields)
    if completes:
        fields |= _completed(now, Via.WATCH)
    elif row.status == Status.NOT_STARTED:
        fields |= {"status": Status.IN_PROGRESS, "started_at": now}
    _save_row(row, fields)
    values: dict[str, Any] = {"last_beat_at": clock}
    if not _is_recent(present.last_accessed_at, now):
        values["last_accessed_at"] = now
    if gained:
        values["time_spent_seconds"] = F("time_spent_seconds") + gained
        _add_to_day(enrollment, now, gained)
    return _finish(row, enrollment, values, now, completes, gained)


def _lock_current(enrollment: Enrollment, lesson: Lesson, now: datetime) -> None:
    """Take the row lock if the enrollment is current; else say why it is not."""
    rows = Enrollment.objects.current().filter(pk=enrollment.pk, student=enrollment.student_id)
    if lock(rows, at=now):
        return
    enrollment.refresh_from_db(fields=["status", "expires_at"])
    raise LessonLocked(decide(Facts(lesson=lesson, enrollment=enrollment)))


def _elapsed(last: datetime | None, now: datetime) -> tuple[int, datetime]:
    """Return the whole seconds since the last beat that may be credited, and where the clock stands now."""
    passed = (now - last).total_seconds() if last else 0.0
    if last is None or not 0 <= passed <= CLOCK_LIMIT:
        return 0, now
    return int(passed), last + timedelta(seconds=int(passed))  # the fraction counts at the next beat


def _watch(
    row: LessonProgress,
    lesson: Lesson,
    position: int | None,
    watched: Sequence[Interval],
    *,
    allowance: int,
) -> dict[str, Any]:
    """Return the columns of position and watching after this beat."""
    fields: dict[str, Any] = {}
    length = lesson.video_seconds if lesson.type == Lesson.Type.VIDEO else None
    if position is not None:
        fields["last_position_seconds"] = min(max(position, 0), length) if length else max(position, 0)
    if length:
        seen = credit(row.watched, clean_intervals(watched, length), allowance)
        fields["watched"] = seen
        if row.status != Status.COMPLETED:
            fields["completion_percentage"] = watched_percentage(seen, length)
    return fields


def _completes_by_watching(lesson: Lesson, fields: dict[str, Any]) -> bool:
    length = lesson.video_seconds if "watched" in fields else None
    if not length:
        return False
    return is_watched_enough(fields["watched"], length, lesson.required_watch_percentage)


def _completed(now: datetime, via: str, by: User | None = None) -> dict[str, Any]:
    return {
        "status": Status.COMPLETED,
        "completed_at": now,
        "completed_via": via,
        "completed_by": by,
        "completion_percentage": Decimal(100),
    }


def _save_row(row: LessonProgress, fields: dict[str, Any]) -> None:
    LessonProgress.objects.filter(pk=row.pk).update(**fields)
    for name, value in fields.items():
        setattr(row, name, value)


def _finish(
    row: LessonProgress,
    enrollment: Enrollment,
    values: dict[str, Any],
    now: datetime,
    counts: bool,
    gained: int = 0,
) -> Completion:
    """Write the enrollment's side of a step; count it when a lesson was completed."""
    if counts:
        present, finished = count_step(enrollment.pk, at=now, **values)
        row.enrollment = present
        return Completion(row, present, True, finished, gained)
    Enrollment.objects.filter(pk=enrollment.pk).update(updated_at=now, **values)
    return Completion(row, enrollment, credited_seconds=gained)


@transaction.atomic
def complete_lesson(
    *,
    enrollment: Enrollment,
    lesson: Lesson,
    via: str,
    by: User | None = None,
    reason: str = "",
    row: LessonProgress | None = None,
) -> Completion:
    """Complete the lesson for this person: once, for ever; a second call changes nothing.

    `via` is LessonProgress.Via. By oneself (`self`) the enrollment must be current and the lesson of a kind
    that a person completes; graders (`quiz`, `assignment`) and staff (`staff`, with `by` and a reason) pass
    without that. Whether the lesson is open to the person is asked by the door (`permissions`). `row` is the
    lesson's row if the caller has read it.

    Raises LessonLocked, NotWatchedEnough, QuizNotPassed, ReasonNeeded.
    """
    if lesson.course_id != enrollment.course_id:
        raise ValueError("The lesson belongs to another course.")
    now = timezone.now()
    if via == Via.STAFF:
        reason = checked_reason(reason)
    if via == Via.SELF:
        _lock_current(enrollment, lesson, now)
    else:
        lock(Enrollment.objects.filter(pk=enrollment.pk), at=now)
    if via == Via.SELF and (row is None or row.status != Status.COMPLETED):
        _refuse_unless_done(enrollment, lesson, row)
    row, changed = _complete_row(enrollment, lesson, row, _completed(now, via, by), now)
    if changed and via == Via.STAFF:
        _audit_completion(enrollment, lesson, by, reason)
    if changed:
        return _finish(row, enrollment, {}, now, counts=True)
    return Completion(row, enrollment)


def _refuse_unless_done(enrollment: Enrollment, lesson: Lesson, row: LessonProgress | None) -> None:
    """Refuse what is not completed by saying so: quizzes, and videos that were not watched."""
    if provider := lesson_kind(lesson.type):
        asked = provider(enrollment, [lesson]).get(lesson.pk)
        raise QuizNotPassed(asked.sentence if asked else None, next_url=asked.link if asked else "")
    length = lesson.video_seconds if lesson.type == Lesson.Type.VIDEO else None
    if not length:
        return
    seen = LessonProgress.objects.filter(enrollment=enrollment, lesson=lesson).values_list(
        "watched", flat=True
    ).first() or []  # fmt: skip
    if not is_watched_enough(seen, length, lesson.required_watch_percentage):
        raise NotWatchedEnough(
            needed=lesson.required_watch_percentage,
            watched=total_seconds(seen) * 100 // length,
            first_gap=first_gap(seen, length),
            link=lesson_url(lesson.course, lesson.slug),
        )


def _complete_row(
    enrollment: Enrollment,
    lesson: Lesson,
    row: LessonProgress | None,
    fields: dict[str, Any],
    now: datetime,
) -> tuple[LessonProgress, bool]:
    """Complete the ledger's row, insert-first; return it and whether this call did it."""
    started = {"started_at": now, "last_accessed_at": now}
    if row is None:
        row, made = _make_row(enrollment, lesson, **fields, **started)
        if made:
            return row, True
    if row.status == Status.NOT_STARTED:
        fields = {**fields, "started_at": now}
    rows = LessonProgress.objects.filter(pk=row.pk).exclude(status=Status.COMPLETED)
    if rows.update(**fields):
        for name, value in fields.items():
            setattr(row, name, value)
        return row, True
    if row.status != Status.COMPLETED:
        row.refresh_from_db()
    return row, False


def _audit_completion(enrollment: Enrollment, lesson: Lesson, by: User | None, reason: str) -> None:
    record(
        by=by,
        action="lesson.completed_by_staff",
        target=enrollment,
        data={"lesson": [None, str(lesson.pk)], "title": lesson.title, "reason": reason},
    )


def _stir(enrollment: Enrollment) -> None:
    """Say that something of the enrollment changes, before it does: beats, too, take its row before the lesson's."""
    Enrollment.objects.filter(pk=enrollment.pk).update(updated_at=timezone.now())


def _row_of(enrollment: Enrollment, lesson: Lesson) -> LessonProgress:
    row = LessonProgress.objects.filter(enrollment=enrollment, lesson=lesson).first()
    return row or _make_row(enrollment, lesson)[0]


@transaction.atomic
def save_notes(*, enrollment: Enrollment, lesson: Lesson, notes: str, revision: int) -> LessonProgress:
    """Replace the student's notes on a lesson (at most 2000 characters); return the row with its new revision.

    `revision` is the one that the writer saw. Raises NotesChanged, with the stored text, when it is not the
    stored one; the same text again is fine.
    """
    _stir(enrollment)
    row = _row_of(enrollment, lesson)
    rows = LessonProgress.objects.filter(pk=row.pk, notes_revision=revision)
    if row.notes != notes and not rows.update(notes=notes, notes_revision=revision + 1):
        row.refresh_from_db(fields=["notes", "notes_revision"])
        if row.notes != notes:
            raise NotesChanged(row.notes, row.notes_revision)
    elif row.notes != notes:
        row.notes, row.notes_revision = notes, revision + 1
    return row


@transaction.atomic
def set_bookmark(*, enrollment: Enrollment, lesson: Lesson, bookmarked: bool) -> LessonProgress:
    """Put the student's ribbon on a lesson, or take it off."""
    _stir(enrollment)
    row = _row_of(enrollment, lesson)
    LessonProgress.objects.filter(pk=row.pk).update(is_bookmarked=bookmarked)
    row.is_bookmarked = bookmarked
    return row
