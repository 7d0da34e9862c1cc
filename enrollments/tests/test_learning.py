from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from courses.models import Lesson
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services
from enrollments.exceptions import LessonLocked, NotesChanged, NotWatchedEnough, QuizNotPassed, ReasonNeeded
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, StudyDay
from enrollments.services import kinds
from enrollments.signals import enrollment_completed
from enrollments.tests.factories import complete, required_lessons

pytestmark = pytest.mark.django_db
SELF, QUIZ, STAFF = LessonProgress.Via.SELF, LessonProgress.Via.QUIZ, LessonProgress.Via.STAFF


@pytest.fixture(autouse=True)
def clock(time_machine):
    """Time stands still until the test moves it."""
    time_machine.move_to(timezone.now().replace(hour=10, minute=0, second=0, microsecond=0), tick=False)
    return time_machine


@pytest.fixture
def told():
    """The enrollments whose completion was signalled."""
    heard = []

    def hear(sender, enrollment_id, **named):
        heard.append(enrollment_id)

    enrollment_completed.connect(hear)
    yield heard
    enrollment_completed.disconnect(hear)


def now_of(enrollment):
    return Enrollment.objects.select_related("student", "course").get(pk=enrollment.pk)


def row_of(enrollment, lesson):
    return LessonProgress.objects.get(enrollment=enrollment, lesson=lesson)


# --- Opening


def test_the_first_touch_starts_lesson_course_day_and_clock(enrollment, lessons, max_queries):
    with max_queries(3):
        services.open_lesson(enrollment=enrollment, lesson=lessons[1])
    stored = now_of(enrollment)
    assert stored.started_at == stored.last_accessed_at == stored.last_beat_at == timezone.now()
    assert stored.current_lesson == lessons[1]
    assert (stored.status, stored.progress_percentage) == ("active", 0)
    row = row_of(enrollment, lessons[1])
    assert (row.status, row.started_at) == ("in_progress", timezone.now())
    day = StudyDay.objects.get()
    assert (day.day_on, day.seconds) == (timezone.now().date(), 0)


def test_last_seen_moves_once_a_minute(enrollment, lessons, clock):
    first = timezone.now()
    services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    clock.shift(50)
    services.open_lesson(enrollment=now_of(enrollment), lesson=lessons[1])
    stored = now_of(enrollment)
    assert (stored.last_accessed_at, stored.current_lesson) == (first, lessons[1])
    assert stored.last_beat_at == timezone.now()
    clock.shift(11)
    services.open_lesson(enrollment=stored, lesson=lessons[1])
    assert now_of(enrollment).last_accessed_at == timezone.now()


def test_the_day_is_the_students_own(enrollment, student, lessons, clock):
    enrollment.student.time_zone = "Pacific/Auckland"
    clock.move_to("2026-11-21T12:30:00Z", tick=False)
    services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    assert str(StudyDay.objects.get().day_on) == "2026-11-22"


def test_opening_writes_nothing_for_somebody_who_left(enrollment, student, lessons):
    services.drop(enrollment=enrollment, by=student)
    services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    assert not LessonProgress.objects.exists()
    assert not StudyDay.objects.exists()


def test_notes_made_before_the_first_opening_do_not_count_as_a_start(enrollment, lessons):
    services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Bring a lens.", revision=0)
    assert row_of(enrollment, lessons[0]).status == "not_started"
    row = services.open_lesson(enrollment=enrollment, lesson=lessons[0], row=row_of(enrollment, lessons[0]))
    assert (row.status, row_of(enrollment, lessons[0]).status) == ("in_progress", "in_progress")
    assert row_of(enrollment, lessons[0]).notes == "Bring a lens."


# --- Beats


def beat(enrollment, lesson, **told):
    return services.beat(enrollment=now_of(enrollment), lesson=lesson, **told)


def open_and_wait(enrollment, lesson, clock, seconds):
    services.open_lesson(enrollment=now_of(enrollment), lesson=lesson)
    clock.shift(seconds)


def test_a_beat_credits_what_the_clock_confirms(enrollment, video, clock, max_queries):
    open_and_wait(enrollment, video, clock, 15)
    fresh = now_of(enrollment)
    with max_queries(6):
        done = services.beat(enrollment=fresh, lesson=video, position=20, watched=[[0, 20]], seconds=15)
    assert (done.credited_seconds, done.row.watched, done.lesson_completed) == (15, [[0, 20]], False)
    row, stored = row_of(enrollment, video), now_of(enrollment)
    assert (row.last_position_seconds, row.time_spent_seconds) == (20, 15)
    assert row.completion_percentage == 20
    assert (stored.time_spent_seconds, StudyDay.objects.get().seconds) == (15, 15)
    assert stored.last_beat_at == timezone.now()


@pytest.mark.parametrize(
    ("waited", "watched", "credited"),
    [
        (10, [[0, 100]], [[0, 20]]),
        (10, [[0, 8], [50, 90]], [[0, 8], [50, 62]]),
        (10, [[50, 90], [0, 8], [4, 8]], [[0, 8], [50, 62]]),
        (0, [[0, 100]], []),
        (600, [[0, 100]], [[0, 100]]),
        (601, [[0, 100]], []),
        (10, [[95, 400]], [[95, 100]]),
        (10, [[400, 500]], []),
        (10, [], []),
    ],
)
def test_no_credit_beyond_the_clock(enrollment, video, clock, waited, watched, credited):
    open_and_wait(enrollment, video, clock, waited)
    assert beat(enrollment, video, watched=watched).row.watched == credited


def test_a_film_cannot_be_faked_by_many_tabs_or_repeated_reports(enrollment, video, clock):
    open_and_wait(enrollment, video, clock, 5)
    for _tab in range(20):
        done = beat(enrollment, video, watched=[[0, 100]], seconds=1000)
    assert done.row.watched == [[0, 10]]
    assert now_of(enrollment).time_spent_seconds == 5
    services.open_lesson(enrollment=now_of(enrollment), lesson=video)
    assert beat(enrollment, video, watched=[[0, 100]], seconds=1000).credited_seconds == 0


def test_quick_beats_lose_no_fraction_of_a_second(enrollment, video, clock):
    open_and_wait(enrollment, video, clock, 0)
    for _beat in range(10):
        clock.shift(0.7)
        beat(enrollment, video, seconds=5)
    assert now_of(enrollment).time_spent_seconds == 7


def test_five_minutes_without_a_connection_lose_nothing(enrollment, video, clock):
    open_and_wait(enrollment, video, clock, 300)
    done = beat(enrollment, video, position=100, watched=[[0, 100]], seconds=300)
    assert (done.row.watched, done.credited_seconds, done.lesson_completed) == ([[0, 100]], 300, True)


def test_two_devices_are_united(enrollment, video, clock):
    open_and_wait(enrollment, video, clock, 60)
    beat(enrollment, video, watched=[[0, 30]])
    clock.shift(60)
    assert beat(enrollment, video, watched=[[20, 45], [70, 75]]).row.watched == [[0, 45], [70, 75]]


def test_a_film_completes_itself_at_its_share(
    enrollment, video, clock, told, django_capture_on_commit_callbacks
):
    open_and_wait(enrollment, video, clock, 60)
    assert not beat(enrollment, video, watched=[[0, 77]]).lesson_completed
    clock.shift(60)
    done = beat(enrollment, video, position=78, watched=[[77, 78]])
    assert (done.lesson_completed, done.course_completed) == (True, False)
    row = row_of(enrollment, video)
    assert (row.status, row.completed_via, row.completion_percentage) == ("completed", "watch", 100)
    assert now_of(enrollment).completed_lessons_count == 1
    clock.shift(60)
    done = beat(enrollment, video, position=5, watched=[[78, 90]])
    assert (done.lesson_completed, row_of(enrollment, video).completed_at) == (False, row.completed_at)
    assert row_of(enrollment, video).completion_percentage == 100


def test_the_last_film_completes_the_course(
    enrollment, video, lessons, clock, told, max_queries, django_capture_on_commit_callbacks
):
    complete(enrollment, [lesson for lesson in lessons if lesson != video])
    open_and_wait(enrollment, video, clock, 60)
    fresh = now_of(enrollment)
    with django_capture_on_commit_callbacks(execute=True), max_queries(9):
        done = services.beat(enrollment=fresh, lesson=video, watched=[[0, 100]], seconds=60)
    assert (done.lesson_completed, done.course_completed) == (True, True)
    assert now_of(enrollment).status == "completed"
    assert told == [enrollment.pk]


def test_text_takes_time_but_no_watching(enrollment, lessons, clock):
    open_and_wait(enrollment, lessons[0], clock, 30)
    done = beat(enrollment, lessons[0], watched=[[0, 10]], seconds=30)
    assert (done.row.watched, done.row.completion_percentage, done.lesson_completed) == ([], 0, False)
    assert now_of(enrollment).time_spent_seconds == 30


def test_the_position_stays_inside_the_film(enrollment, video, clock):
    open_and_wait(enrollment, video, clock, 5)
    assert beat(enrollment, video, position=5000).row.last_position_seconds == 100


@pytest.mark.parametrize("state", ["dropped", "suspended", "expired"])
def test_whoever_is_not_current_gets_no_credit_and_is_told_why(
    enrollment, student, instructor, video, clock, state
):
    open_and_wait(enrollment, video, clock, 30)
    before = list(LessonProgress.objects.values())
    if state == "dropped":
        services.drop(enrollment=enrollment, by=student)
    elif state == "suspended":
        services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    else:
        Enrollment.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
        clock.shift(2)
    code = "access_expired" if state == "expired" else state
    with pytest.raises(LessonLocked) as refusal:
        beat(enrollment, video, watched=[[0, 30]], seconds=30)
    assert (refusal.value.code, refusal.value.status) == (code, 403)
    with pytest.raises(LessonLocked):
        services.complete_lesson(enrollment=now_of(enrollment), lesson=video, via=SELF)
    assert list(LessonProgress.objects.values()) == before
    assert now_of(enrollment).time_spent_seconds == 0


def test_days_and_lessons_add_up_to_the_time(enrollment, video, lessons, clock):
    for day in range(3):
        for lesson in (video, lessons[0]):
            open_and_wait(enrollment, lesson, clock, 20)
            beat(enrollment, lesson, seconds=15 + day)
        clock.shift(timedelta(days=1))
    assert now_of(enrollment).time_spent_seconds == 2 * (15 + 16 + 17)
    assert sum(row.time_spent_seconds for row in LessonProgress.objects.all()) == 96
    assert [day.seconds for day in StudyDay.objects.order_by("day_on")] == [30, 32, 34]
    assert list(services.find_drift(enrollment.course)) == []


# --- Completing


def test_marking_complete_counts_once(enrollment, lessons, max_queries):
    services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    row = row_of(enrollment, lessons[0])
    with max_queries(5):
        done = services.complete_lesson(enrollment=enrollment, lesson=lessons[0], via=SELF, row=row)
    assert (done.lesson_completed, done.course_completed) == (True, False)
    assert done.enrollment.progress_percentage == Decimal("16.66")
    stored = row_of(enrollment, lessons[0])
    assert (stored.completed_via, stored.completed_by, stored.completion_percentage) == ("self", None, 100)
    again = services.complete_lesson(enrollment=now_of(enrollment), lesson=lessons[0], via=SELF)
    assert (again.lesson_completed, again.row.completed_at) == (False, stored.completed_at)
    assert now_of(enrollment).completed_lessons_count == 1


def test_a_lesson_never_opened_can_be_completed(enrollment, lessons, max_queries):
    with max_queries(5):
        services.complete_lesson(enrollment=enrollment, lesson=lessons[0], via=SELF)
    row = row_of(enrollment, lessons[0])
    assert row.started_at == row.completed_at == timezone.now()


def test_the_last_lesson_completes_the_course_once(
    enrollment, lessons, told, max_queries, django_capture_on_commit_callbacks
):
    complete(enrollment, lessons[:-1])
    fresh = now_of(enrollment)
    with django_capture_on_commit_callbacks(execute=True), max_queries(8):
        done = services.complete_lesson(enrollment=fresh, lesson=lessons[-1], via=SELF)
    assert done.course_completed
    stored = now_of(enrollment)
    assert (stored.status, stored.progress_percentage, stored.completed_at) == (
        "completed",
        100,
        timezone.now(),
    )
    event = stored.events.get(kind="completed")
    assert (event.key, event.actor, event.from_status) == ("once", None, "active")
    assert told == [enrollment.pk]
    with django_capture_on_commit_callbacks(execute=True):
        services.complete_lesson(enrollment=stored, lesson=lessons[-1], via=SELF)
        services.check_completion(stored)
    assert (told, EnrollmentEvent.objects.filter(kind="completed").count()) == ([enrollment.pk], 1)


def test_a_receiver_that_fails_stops_nobody(enrollment, lessons, told, django_capture_on_commit_callbacks):
    def fail(sender, **named):
        raise RuntimeError

    enrollment_completed.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            complete(enrollment, lessons)
    finally:
        enrollment_completed.disconnect(fail)
    assert now_of(enrollment).status == "completed"
    assert told == [enrollment.pk]


def test_optional_lessons_get_a_tick_only(enrollment, course, lessons):
    optional = LessonFactory(module=course.modules.first(), is_required=False)
    complete(enrollment, [optional])
    assert row_of(enrollment, optional).is_completed
    assert now_of(enrollment).completed_lessons_count == 0
    assert complete(enrollment, lessons).status == "completed"


def test_a_film_is_not_completed_by_saying_so(enrollment, video, clock):
    open_and_wait(enrollment, video, clock, 20)
    beat(enrollment, video, watched=[[0, 10], [30, 40]])
    with pytest.raises(NotWatchedEnough) as refusal:
        services.complete_lesson(enrollment=now_of(enrollment), lesson=video, via=SELF)
    assert refusal.value.extra == {"needed": 80, "watched": 20, "first_gap": 10}
    assert row_of(enrollment, video).status == "in_progress"
    assert now_of(enrollment).completed_lessons_count == 0


def test_a_film_of_unknown_length_is_completed_by_hand(enrollment, video):
    video.video_file, video.video_duration_seconds = None, None
    assert services.complete_lesson(enrollment=enrollment, lesson=video, via=SELF).lesson_completed


def test_what_another_app_completes_is_not_completed_by_hand(enrollment, course, monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})
    lesson = LessonFactory(module=course.modules.first(), type="assignment", body="Draw what you see.")
    lesson = Lesson.objects.select_related("course", "module").get(pk=lesson.pk)
    asked = services.Requirement("assignment_not_accepted", "Hand in the drawing.", "/assignments/1/")
    services.register_lesson_kind("assignment", lambda enrollment, lessons: {lesson.pk: asked})
    with pytest.raises(QuizNotPassed) as refusal:
        services.complete_lesson(enrollment=enrollment, lesson=lesson, via=SELF)
    assert (str(refusal.value), refusal.value.next_url) == ("Hand in the drawing.", "/assignments/1/")
    assert not LessonProgress.objects.exists()
    done = services.complete_lesson(enrollment=enrollment, lesson=lesson, via=LessonProgress.Via.ASSIGNMENT)
    assert done.lesson_completed


def test_staff_complete_with_a_reason_and_it_is_audited(enrollment, instructor, video):
    with pytest.raises(ReasonNeeded):
        services.complete_lesson(enrollment=enrollment, lesson=video, via=STAFF, by=instructor, reason="")
    assert not LessonProgress.objects.exists()
    services.complete_lesson(
        enrollment=enrollment, lesson=video, via=STAFF, by=instructor, reason="Seen in class."
    )
    row = row_of(enrollment, video)
    assert (row.completed_via, row.completed_by) == ("staff", instructor)
    audit = AuditEntry.objects.get(action="lesson.completed_by_staff")
    assert (audit.actor, audit.data["reason"]) == (instructor, "Seen in class.")


def test_a_lesson_of_another_course_is_a_mistake_of_the_caller(enrollment):
    other = required_lessons(CourseFactory())[0]
    with pytest.raises(ValueError, match="another course"):
        services.complete_lesson(enrollment=enrollment, lesson=other, via=QUIZ)


def test_completion_checks_hold_the_course_open_and_are_named(enrollment, lessons, monkeypatch):
    monkeypatch.setattr(kinds, "_checks", [])
    wanted = [services.Requirement("quiz_average_too_low", "Reach 60%.", "/learn/lenses/")]
    services.register_completion_check(lambda enrollment: list(wanted))
    stored = complete(enrollment, lessons)
    assert (stored.status, stored.progress_percentage) == ("active", 100)
    assert services.missing_for_completion(stored) == wanted
    wanted.clear()
    assert services.check_completion(stored).status == "completed"
    assert services.missing_for_completion(now_of(enrollment)) == []


def test_what_is_missing_is_named_in_order(enrollment, lessons):
    complete(enrollment, lessons[1:3])
    missing = services.missing_for_completion(enrollment)
    assert [one.code for one in missing] == ["lesson_not_completed"] * 4
    assert lessons[0].title in missing[0].sentence
    assert missing[0].link.endswith(f"/{lessons[0].slug}/")


# --- Notes and bookmarks


def test_notes_are_kept_with_their_revision(enrollment, lessons):
    row = services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="One", revision=0)
    assert (row.notes, row.notes_revision) == ("One", 1)
    row = services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Two", revision=1)
    assert (row_of(enrollment, lessons[0]).notes, row.notes_revision) == ("Two", 2)


def test_two_editors_of_notes_overwrite_nothing(enrollment, lessons):
    services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Phone", revision=0)
    with pytest.raises(NotesChanged) as refusal:
        services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Laptop", revision=0)
    assert refusal.value.extra == {"notes": "Phone", "notes_revision": 1}
    assert row_of(enrollment, lessons[0]).notes == "Phone"
    same = services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Phone", revision=0)
    assert same.notes_revision == 1


def test_a_ribbon_goes_on_and_off(enrollment, lessons):
    assert services.set_bookmark(enrollment=enrollment, lesson=lessons[0], bookmarked=True).is_bookmarked
    assert row_of(enrollment, lessons[0]).is_bookmarked
    services.set_bookmark(enrollment=enrollment, lesson=lessons[0], bookmarked=False)
    assert not row_of(enrollment, lessons[0]).is_bookmarked
