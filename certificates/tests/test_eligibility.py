"""Why there is no certificate yet: exactly what is missing, each with its next step."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import services
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from quizzes.models import Attempt
from quizzes.services import publish_quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory, add_essay, whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(instructor):
    return CourseFactory(instructor=instructor)


def codes(enrollment):
    found = services.eligibility(Enrollment.objects.select_related("course").get(pk=enrollment.pk))
    return found["state"], [thing.code for thing in found["missing"]]


def test_lessons_left_name_the_next_one(student, course):
    enrollment = EnrollmentFactory(student=student, course=course, completed=4)
    left = list(course.lessons.required().in_order())[4:]
    [thing] = services.eligibility(enrollment)["missing"]
    assert thing.sentence == f"{len(left)} required lessons are left; the next one is “{left[0].title}”."
    assert thing.link == f"/learn/{course.slug}/{left[0].slug}/"


def test_the_average_says_now_and_needed(student, course, api, max_queries):
    course.min_quiz_average = Decimal(80)
    course.save()
    quiz = QuizFactory(course=course, title="What do you know?")
    enrollment = EnrollmentFactory(student=student, course=course, completed=4)
    assert codes(enrollment) == ("not_complete", ["lessons_left", "quiz_not_taken"])
    attempt = AttemptFactory(quiz=quiz, enrollment=enrollment, answers="wrong")
    url = f"/api/v1/certificates/eligibility?enrollment={enrollment.pk}"
    client = api(student)
    client.get(url)
    with max_queries(5 + 1):  # and who signs in
        missing = client.get(url).json()["missing"]
    assert [thing["code"] for thing in missing] == ["lessons_left", "quiz_average_too_low"]
    assert "80" in missing[1]["sentence"] and "0" in missing[1]["sentence"]
    Attempt.objects.filter(pk=attempt.pk).update(
        status=Attempt.Status.SUBMITTED, score=None, percentage=None, is_passed=None, graded_at=None
    )
    assert codes(enrollment) == ("not_complete", ["lessons_left", "quiz_waiting_for_grading"])


def test_the_box_says_it(student, course, login):
    EnrollmentFactory(student=student, course=course, completed=4)
    page = login(student).get(reverse("enrollments:course_home", args=[course.slug])).content.decode()
    assert "Not yet. Still missing:" in page and "required lessons are left" in page


def test_who_is_suspended_asks_the_instructor(student, course):
    enrollment = EnrollmentFactory(student=student, course=course, completed=True)
    Enrollment.objects.filter(pk=enrollment.pk).update(status=Enrollment.Status.SUSPENDED)
    assert codes(enrollment) == ("not_complete", ["enrollment_not_active"])


def test_none_is_offered_or_it_is_there(student, course):
    finished = EnrollmentFactory(student=student, course=course, completed=True)
    certificate = CertificateFactory(enrollment=finished)
    assert codes(finished) == ("issued", [])
    none = CourseFactory(title="Without", certificate_enabled=False)
    assert codes(EnrollmentFactory(student=student, course=none, completed=2)) == ("not_offered", [])
    assert services.eligibility(certificate.enrollment)["certificate"] == certificate


@pytest.mark.parametrize("answers", ["right", "wrong"])
def test_what_waits_for_grading_tells_no_withheld_pass(student, course, answers):
    until = timezone.now() + timedelta(days=1)
    quiz = QuizFactory(
        course=course, draft=True, questions=1, show_score_immediately=False, available_until=until
    )
    publish_quiz(quiz=quiz)
    enrollment = EnrollmentFactory(student=student, course=course, completed=4)
    AttemptFactory(quiz=quiz, enrollment=enrollment, answers=answers)
    add_essay(quiz)
    waits = AttemptFactory(quiz=whole(quiz), enrollment=enrollment, answers="wrong")
    assert waits.status == Attempt.Status.SUBMITTED
    assert codes(enrollment) == ("not_complete", ["lessons_left", "quiz_waiting_for_grading"])
