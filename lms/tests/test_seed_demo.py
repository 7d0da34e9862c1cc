"""The demo: whole, made once, and true to its own numbers."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Sum
from django.test import override_settings
from django.utils import timezone

from accounts.models import InstructorProfile, User
from certificates.models import Certificate
from courses.models import Course, Lesson
from courses.services import recount_course
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review, StudyDay
from enrollments.services import percentage, recount_rating, recount_seats
from lms.demo.content import read_sources
from lms.demo.people import emails, password_file, read_people
from quizzes.models import Answer, Attempt, Quiz

# Each test's own transaction lies inside the one of `demo`. Without the mark no database would be made.
pytestmark = pytest.mark.django_db


@dataclass
class Demo:
    output: str
    pictures: list[bytes]  # read at once: each test begins with empty storage


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Demo]:
    """Seeds once for all tests of this module, which only read (or roll back), and leaves nothing."""
    folder = tmp_path_factory.mktemp("demo")
    quiet = override_settings(LMS_DATA_DIR=folder, DEMO_PASSWORD="")
    with django_db_blocker.unblock(), quiet, transaction.atomic():
        output = run()
        yield Demo(output, [row.pdf.open().read() for row in Certificate.objects.all()])
        transaction.set_rollback(True)


def run() -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output)
    return output.getvalue()


def counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_says_who_can_sign_in_and_where(demo, settings):
    password = password_file().read_text().strip()
    for email in ("admin@", "instructor@", "instructor2@", "student@"):
        assert f"{email}example.com" in demo.output
    assert password in demo.output
    assert settings.SITE_URL in demo.output
    assert all(user.check_password(password) for user in User.objects.filter(email__in=emails()))


def test_the_password_is_for_the_owner_of_the_folder_only(demo):
    assert stat.S_IMODE(password_file().stat().st_mode) == 0o600


def test_roles_and_numbers_of_people(demo):
    people = User.objects.filter(email__in=emails())
    assert people.filter(role="admin").count() == 1
    assert people.filter(role="instructor").count() == 2
    assert people.filter(role="student").count() == 12
    assert {user.locale for user in people} == {"en", "ar"}
    assert all(user.email_verified for user in people)


def test_people_keep_the_rules_of_their_fields(demo):
    for user in User.objects.filter(email__in=emails()):
        user.full_clean()
    for profile in InstructorProfile.objects.all():
        profile.full_clean()
        assert profile.headline


def test_a_second_run_changes_nothing(demo, max_queries):
    before = counts()
    passwords = set(User.objects.values_list("password", flat=True))
    with max_queries(1):
        output = run()
    assert counts() == before
    assert set(User.objects.values_list("password", flat=True)) == passwords
    assert password_file().read_text().strip() in output


def test_demo_password_is_given_to_everybody(demo):
    before, kept = counts(), password_file().read_text()
    with override_settings(DEMO_PASSWORD="open sesame"):
        assert "open sesame" in run()
        assert all(user.check_password("open sesame") for user in User.objects.filter(email__in=emails()))
        assert counts() == before
    password_file().write_text(kept)


# --- Courses


def test_three_courses_two_of_them_english(demo):
    languages = sorted(Course.objects.published().values_list("language", flat=True))
    assert languages == ["ar", "en", "en"]


def test_every_course_passes_its_check_list(demo):
    for course in Course.objects.published():
        problems = [problem.code for problem in course.problems()]
        assert set(problems) <= {"no_thumbnail"}, course.title
        for quiz in Quiz.objects.filter(course=course):
            assert not [problem for problem in quiz.problems() if problem.is_blocking], quiz.title


def test_every_course_is_a_course(demo):
    for course in Course.objects.published():
        lessons = list(course.lessons.live().in_order())
        assert course.modules.count() >= 3
        assert len(lessons) >= 10
        assert {lesson.type for lesson in lessons} == {"text", "video", "link", "document", "quiz"}
        assert 1 <= sum(lesson.is_preview for lesson in lessons) <= 2
        assert all(lesson.minutes for lesson in lessons)
        assert 4 <= len(course.objectives) <= 6
        assert course.requirements
        assert course.category_id
        assert course.tags.count() >= 3


def test_every_quiz_explains_itself(demo):
    for quiz in Quiz.objects.all():
        questions = list(quiz.questions.prefetch_related("options"))
        assert 4 <= len(questions) <= 6
        assert {question.type for question in questions} == {"single_choice", "multiple_choice", "true_false"}
        for question in questions:
            assert question.explanation
            if question.type != "true_false":
                assert all(option.is_correct or option.feedback for option in question.options.all())


def test_every_video_has_captions_in_both_languages(demo):
    for lesson in Lesson.objects.filter(type="video"):
        assert set(lesson.resources.captions().values_list("language", flat=True)) == {"en", "ar"}
        assert 60 <= lesson.video_seconds <= 120


def test_pictures_in_the_texts_are_files_of_ours(demo):
    shown = [lesson for lesson in Lesson.objects.all() if "(file:" in lesson.body]
    assert shown
    for lesson in shown:
        assert lesson.inline_files.count() == lesson.body.count("(file:")
        assert "<img" in lesson.body_html()


def test_figures_equal_a_recount(demo):
    for course in Course.objects.all():
        stored = (course.lesson_count, course.duration_minutes, course.enrollment_count)
        rating = (course.average_rating, course.review_count)
        recount_course(course)
        seats = recount_seats(course)
        assert recount_rating(course.pk) == rating
        course.refresh_from_db()
        assert (course.lesson_count, course.duration_minutes, seats) == stored
        assert course.quiz_count == Quiz.objects.offered().filter(course=course).count()


# --- What the students did


def test_progress_equals_the_ledger(demo):
    assert not Enrollment.objects.stale().exists()
    for row in Enrollment.objects.with_counts():
        assert row.total_lessons_count == row.required_count
        assert row.completed_lessons_count == row.done_count
        assert row.progress_percentage == percentage(row.done_count, row.required_count)


def test_seconds_of_days_lessons_and_enrollments_agree(demo):
    for row in Enrollment.objects.all():
        lessons = LessonProgress.objects.filter(enrollment=row).aggregate(total=Sum("time_spent_seconds"))
        days = StudyDay.objects.filter(enrollment=row).aggregate(total=Sum("seconds"))
        assert (lessons["total"] or 0) == (days["total"] or 0) == row.time_spent_seconds


def test_everything_happened_in_order_within_sixty_days(demo):
    now = timezone.now()
    for row in Enrollment.objects.select_related("student", "course"):
        assert now - timedelta(days=61) < row.enrolled_at < now
        assert row.student.created_at < row.enrolled_at
        assert row.course.published_at < row.enrolled_at
        times = [row.enrolled_at, row.started_at, row.completed_at, row.last_accessed_at]
        known = [moment for moment in times if moment]
        assert known == sorted(known)
        assert known[-1] < now
    ledger = LessonProgress.objects.exclude(started_at=None)
    assert not ledger.filter(started_at__lt=F("enrollment__enrolled_at")).exists()
    assert not ledger.filter(completed_at__gt=F("last_accessed_at")).exists()
    assert not ledger.filter(last_accessed_at__gt=now).exists()
    assert not Attempt.objects.filter(submitted_at__lte=F("started_at")).exists()
    assert not Answer.objects.exclude(
        answered_at__range=(F("attempt__started_at"), F("attempt__submitted_at"))
    ).exists()
    assert not EnrollmentEvent.objects.filter(at__lt=F("enrollment__enrolled_at")).exists()
    assert not Review.objects.filter(created_at__gt=now).exists()


def test_they_were_last_seen_when_their_plan_says(demo):
    for person in read_people()["students"]:
        zone = ZoneInfo(person["time_zone"])
        for plan in person["courses"]:
            seen = Enrollment.objects.get(
                student__email=person["email"],
                course__title=next(s.outline["title"] for s in read_sources() if s.folder == plan["course"]),
            ).last_accessed_at
            if "last" in plan:
                today = timezone.now().astimezone(zone).date()
                assert (today - seen.astimezone(zone).date()).days == plan["last"]
            else:
                assert seen is None


def test_study_days_are_the_days_of_the_ledger(demo):
    assert StudyDay.objects.values("day_on").distinct().count() >= 30


def test_every_quiz_lesson_is_completed_by_passing_it(demo):
    done = LessonProgress.objects.filter(lesson__type="quiz", status="completed")
    assert done.count() >= 20
    for row in done:
        passed = Attempt.objects.filter(
            enrollment=row.enrollment_id, quiz__lesson=row.lesson_id, is_passed=True
        )
        assert passed.order_by("number").first().submitted_at == row.completed_at
    assert Attempt.objects.filter(is_passed=False).count() >= 3
    assert not Attempt.objects.in_progress().exists()
    assert not Attempt.objects.uncounted().exists()


def test_who_completed_has_a_certificate_with_a_picture(demo):
    completed = Enrollment.objects.filter(status="completed")
    assert completed.count() == 8
    assert Certificate.objects.count() == 8
    for certificate in Certificate.objects.select_related("enrollment"):
        assert certificate.issued_at > certificate.enrollment.completed_at
        assert certificate.number.startswith(f"CERT-{certificate.issued_at:%Y%m%d}-")
        assert certificate.pdf_status == "ready"
        assert certificate.email_due_at is None
    assert all(picture.startswith(b"%PDF-") for picture in demo.pictures)
    assert {certificate.language for certificate in Certificate.objects.all()} == {"en", "ar"}


def test_the_first_student_has_something_of_everything(demo):
    rows = Enrollment.objects.filter(student__email="student@example.com")
    assert rows.filter(status="completed").count() == 1
    assert rows.filter(status="active").count() == 2
    watching = LessonProgress.objects.get(enrollment__in=rows, lesson__type="video", status="in_progress")
    assert watching.last_position_seconds > 20
    assert LessonProgress.objects.filter(enrollment__in=rows, is_bookmarked=True).exists()
    assert LessonProgress.objects.filter(enrollment__in=rows).exclude(notes="").exists()


def test_reviews_are_in_the_language_of_the_course(demo):
    assert Review.objects.count() >= 10
    arabic = re.compile(r"[\u0600-\u06ff]")
    for review in Review.objects.select_related("enrollment__course"):
        assert bool(arabic.search(review.text)) == (review.enrollment.course.language == "ar")


def test_nobody_is_mailed(demo, mailoutbox):
    assert mailoutbox == []
    assert not EnrollmentEvent.objects.filter(mail_state="pending").exists()


def test_figures_are_there_when_the_teacher_first_looks(demo):
    for course in Course.objects.all():
        assert course.stat.enrollments == course.enrollments.count()
        assert course.daily_stats.aggregate(total=Sum("enrollments"))["total"] == course.stat.enrollments
