"""Results by policy, the quiz average, and passing both on to enrollments once."""

from decimal import Decimal

import pytest

from courses import services as course_services
from courses.models import Course
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment, LessonProgress
from enrollments.services import drop, failed_checks, missing_for_completion, resume, suspend
from enrollments.tests.factories import EnrollmentFactory, complete, required_lessons
from quizzes import hooks, services, tasks
from quizzes.models import Attempt, Quiz
from quizzes.services.results import Graded, Result, result_of
from quizzes.tests.factories import AttemptFactory, QuizFactory, fresh, responses, whole

pytestmark = pytest.mark.django_db
D = Decimal

SAT = [Graded(1, D("50.00"), False), Graded(2, D("83.33"), True), Graded(3, D("66.66"), False)]


@pytest.mark.parametrize(
    ("policy", "mark", "sat", "result"),
    [
        ("best", 60, [], None),
        ("best", 60, SAT, Result(D("83.33"), True, 3)),
        ("best", 90, SAT, Result(D("83.33"), True, 3)),  # a pass stays a pass when the mark rises
        ("last", 60, SAT, Result(D("66.66"), False, 3)),
        ("last", 60, SAT[::-1], Result(D("66.66"), False, 3)),
        ("average", 60, SAT, Result(D("66.66"), True, 3)),
        ("average", 70, SAT, Result(D("66.66"), False, 3)),
        ("average", D("66.66"), SAT[:2], Result(D("66.66"), True, 2)),  # 66.665, cut
    ],
)
def test_a_result_by_policy(policy, mark, sat, result):
    assert result_of(policy, D(mark), sat) == result


def sit(quiz, row, *, right):
    """Sit the quiz; `right` of its single choices are answered rightly."""
    attempt = services.start_attempt(quiz=whole(quiz), student=row.student)
    good, bad = responses(attempt), responses(attempt, right=False)
    for number, pk in enumerate(good):
        services.save_answer(
            attempt=attempt, question_id=pk, response=(good if number < right else bad)[pk], revision=1
        )
    return services.submit_attempt(attempt=attempt, by=row.student)


def test_open_attempts_and_other_people_make_no_result():
    quiz = QuizFactory(questions=3)
    one, other = EnrollmentFactory(course=quiz.course), EnrollmentFactory(course=quiz.course)
    sit(quiz, one, right=2)
    AttemptFactory(quiz=quiz, enrollment=one)
    assert services.results_for([one, other]) == {(one.pk, quiz.pk): Result(D("66.66"), True, 1)}
    assert services.results_for(courses=[quiz.course]) == services.results_for([one.pk])
    assert services.results_for(courses=[CourseFactory()]) == {}


def test_the_average_counts_offered_graded_and_final_quizzes_that_were_sat():
    course = CourseFactory()
    row = EnrollmentFactory(course=course)
    assert services.quiz_averages([row]) == {row.pk: None}
    graded, final, practice, hidden = (
        QuizFactory(course=course, questions=3, type=kind)
        for kind in ("graded", "final", "practice", "graded")
    )
    QuizFactory(course=course, questions=3)  # never sat
    (
        sit(graded, row, right=2),
        sit(final, row, right=3),
        sit(practice, row, right=0),
        sit(hidden, row, right=0),
    )
    assert services.quiz_averages([row])[row.pk] == D("55.55")
    services.unpublish_quiz(quiz=hidden)
    assert services.quiz_averages([row])[row.pk] == D("83.33")
    sit(graded, row, right=3)
    assert services.quiz_averages([row])[row.pk] == D("100.00")


def test_a_hidden_lesson_takes_its_quiz_out_of_the_average():
    quiz = QuizFactory(lesson=True, questions=2)
    row = EnrollmentFactory(course=quiz.course)
    sit(quiz, row, right=1)
    assert services.quiz_averages([row])[row.pk] == 50
    course_services.unpublish_lesson(lesson=quiz.lesson, by=quiz.course.instructor)
    assert services.quiz_averages([row])[row.pk] is None


# --- Counting


def test_a_passing_result_completes_the_lesson_once(django_capture_on_commit_callbacks):
    quiz = QuizFactory(lesson=True, questions=2)
    row = EnrollmentFactory(course=quiz.course)
    with django_capture_on_commit_callbacks(execute=True):
        failed = sit(quiz, row, right=0)
    failed.refresh_from_db()
    assert failed.counted_at is not None
    assert not LessonProgress.objects.filter(enrollment=row, status="completed").exists()
    with django_capture_on_commit_callbacks(execute=True):
        sit(quiz, row, right=2)
    done = LessonProgress.objects.get(enrollment=row, lesson=quiz.lesson)
    assert (done.status, done.completed_via) == ("completed", "quiz")
    with django_capture_on_commit_callbacks(execute=True):
        sit(quiz, row, right=0)
    again = LessonProgress.objects.get(enrollment=row, lesson=quiz.lesson)
    assert again.completed_at == done.completed_at
    assert fresh(row).completed_lessons_count == 1
    assert not Attempt.objects.uncounted().exists()


def test_a_quiz_of_the_course_completes_no_lesson(django_capture_on_commit_callbacks):
    row = EnrollmentFactory(course=(quiz := QuizFactory(questions=1)).course)
    with django_capture_on_commit_callbacks(execute=True):
        sit(quiz, row, right=1)
    assert not LessonProgress.objects.exists() and not Attempt.objects.uncounted().exists()


def test_what_was_not_counted_is_counted_by_the_task():
    quiz = QuizFactory(lesson=True, questions=1)
    attempt = AttemptFactory(quiz=quiz, answers="right")  # nothing after the commit has run
    assert attempt in Attempt.objects.uncounted() and not LessonProgress.objects.exists()
    for _twice in range(2):
        tasks.count_results()
    attempt.refresh_from_db()
    assert attempt.counted_at is not None
    assert LessonProgress.objects.get().completed_via == "quiz"


def test_one_bad_attempt_stops_no_other(monkeypatch):
    quiz = QuizFactory(lesson=True, questions=1)
    bad, good = AttemptFactory(quiz=quiz, answers="right"), AttemptFactory(quiz=quiz, answers="right")
    Attempt.objects.filter(pk=bad.pk).update(enrollment=EnrollmentFactory())  # of another course
    tasks.count_results()
    bad.refresh_from_db(), good.refresh_from_db()
    assert bad.counted_at is None and good.counted_at is not None


def test_who_was_suspended_in_the_middle_gets_the_lesson_and_later_the_course(
    django_capture_on_commit_callbacks,
):
    quiz = QuizFactory(lesson=True, questions=1)
    attempt = AttemptFactory(quiz=quiz)
    row, teacher = attempt.enrollment, quiz.course.instructor
    complete(row, [step for step in required_lessons(quiz.course) if step.pk != quiz.lesson_id])
    for pk, response in responses(attempt).items():
        services.save_answer(attempt=attempt, question_id=pk, response=response, revision=1)
    suspend(enrollment=row, by=teacher, reason="Late fees")
    with django_capture_on_commit_callbacks(execute=True):
        services.submit_attempt(attempt=attempt, by=teacher)
    assert LessonProgress.objects.filter(enrollment=row, lesson=quiz.lesson, status="completed").exists()
    assert fresh(row).status == "suspended"
    resume(enrollment=fresh(row), by=teacher)
    assert fresh(row).status == "completed"


# --- What the course asks for


def test_a_course_with_an_average_ends_when_it_is_reached(django_capture_on_commit_callbacks):
    course = CourseFactory(min_quiz_average=80, is_sequential=False)
    quiz = QuizFactory(course=course, lesson=True, questions=4, title="Halfway")
    loose = QuizFactory(course=course, questions=1, title="The whole")
    row = EnrollmentFactory(course=course)
    with django_capture_on_commit_callbacks(execute=True):
        sit(quiz, row, right=3)
    row = complete(row, required_lessons(course))
    assert row.status == Enrollment.Status.ACTIVE and row.progress_percentage == 100
    assert [(r.code, r.sentence) for r in missing_for_completion(row)] == [
        ("quiz_not_taken", "Take the quiz “The whole”."),
        ("quiz_average_too_low", "Reach a quiz average of 80%: you have 75%."),
    ]
    with django_capture_on_commit_callbacks(execute=True):
        sit(loose, row, right=1)
    assert fresh(row).status == Enrollment.Status.COMPLETED
    assert missing_for_completion(fresh(row)) == []


def test_quizzes_of_optional_lessons_are_not_asked_for():
    course = CourseFactory(min_quiz_average=50)
    quiz = QuizFactory(course=course, lesson=True, questions=1)
    row = EnrollmentFactory(course=course)
    assert [requirement.code for requirement in failed_checks(row)] == ["quiz_not_taken"]
    course_services.update_lesson(lesson=quiz.lesson, by=course.instructor, fields={"is_required": False})
    assert failed_checks(row) == []
    Course.objects.update(min_quiz_average=None)
    assert failed_checks(fresh(row)) == []


def test_what_a_quiz_lesson_asks_for(max_queries):
    quiz = QuizFactory(lesson=True, passing_score=72.5)
    other = QuizFactory(course=quiz.course, lesson=True)
    services.unpublish_quiz(quiz=other)
    row = EnrollmentFactory(course=quiz.course)
    lessons = [quiz.lesson, other.lesson]
    with max_queries(1):
        asked = hooks.lesson_requirements(row, lessons)
    assert (asked[quiz.lesson_id].code, asked[quiz.lesson_id].sentence) == (
        "quiz_not_passed", "Pass the quiz (72.5%)",
    )  # fmt: skip
    assert asked[quiz.lesson_id].link == quiz.get_absolute_url()
    assert (asked[other.lesson_id].code, asked[other.lesson_id].link) == ("quiz_not_open", "")


# --- Rows and their twins


def test_offered_says_the_same_of_rows_and_of_one_row():
    quizzes = [QuizFactory(), QuizFactory(draft=True), QuizFactory(lesson=True), QuizFactory(lesson=True)]
    course_services.unpublish_lesson(lesson=quizzes[3].lesson, by=quizzes[3].course.instructor)
    offered = set(Quiz.objects.offered())
    for quiz in Quiz.objects.select_related("lesson__module"):
        assert quiz.is_offered == (quiz in offered)
    assert offered == {quizzes[0], quizzes[2]}


def test_who_sees_and_edits_which(student, instructor, outsider_instructor, admin_user):
    course = CourseFactory(instructor=instructor)
    shown, draft = QuizFactory(course=course), QuizFactory(course=course, draft=True)
    sat = QuizFactory(course=course)
    attempt = AttemptFactory(quiz=sat, student=student, answers="right")
    services.unpublish_quiz(quiz=sat)
    hidden = QuizFactory(course=CourseFactory(draft=True))
    expected = {
        student: ({shown, sat}, set()),
        instructor: ({shown, draft, sat}, {shown, draft, sat}),
        outsider_instructor: ({shown}, set()),
        admin_user: ({shown, draft, sat, hidden}, {shown, draft, sat, hidden}),
    }
    for person, (sees, edits) in expected.items():
        assert set(Quiz.objects.visible_to(person)) == sees
        assert set(Quiz.objects.editable_by(person)) == edits
        for quiz in Quiz.objects.select_related("course"):
            assert quiz.can_edit(person) == (quiz in edits)
        mine = {attempt} if person != outsider_instructor else set()
        assert set(Attempt.objects.visible_to(person)) == mine
        assert set(Attempt.objects.managed_by(person)) == (mine if edits else set())
    drop(enrollment=attempt.enrollment, by=student)
    assert attempt in Attempt.objects.visible_to(student)
