"""A result that is held back shows nowhere to students until its time: not as a number, not as a change of another."""

import csv
import io
from datetime import timedelta

import pypdfium2
import pytest
from django.core.cache import cache
from django.utils import timezone

from analytics import services
from analytics.tests.staff import API
from courses.tests.factories import CourseFactory
from enrollments.models import Enrollment
from enrollments.tests.factories import EnrollmentFactory
from quizzes.models import Quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(student, instructor):
    """A quarter of the course done, all right in its one graded quiz, whose results come out in nine days."""
    course = CourseFactory(instructor=instructor, modules=1, lessons=4)
    row = EnrollmentFactory(student=student, course=course)
    quiz = QuizFactory(course=course, questions=1, show_score_immediately=False,
                       available_until=timezone.now() + timedelta(days=9))  # fmt: skip
    AttemptFactory(quiz=quiz, enrollment=row, answers="right")
    Enrollment.objects.filter(pk=row.pk).update(progress_percentage=25)
    services.set_leaderboard(course=course, enabled=True, by=instructor)
    return row


def shown(row, api, login):
    """Return what the student sees of results, on every door."""
    client, browser = api(row.student), login(row.student)
    summary, board = client.get(f"{API}/my-progress").json(), f"courses/{row.course_id}/leaderboard"
    dashboard = client.get(f"{API}/my-dashboard").json()
    (course,) = dashboard["courses"]
    (line,) = list(csv.reader(io.StringIO(b"".join(
        client.get(f"{API}/my-progress/export").streaming_content).decode("utf-8-sig"))))[1:]  # fmt: skip
    with pypdfium2.PdfDocument(client.get(f"{API}/my-progress/export?as=pdf").content) as paper:
        text = paper[0].get_textpage().get_text_range()
    page = browser.get("/progress/").content.decode()
    return {
        "sums": [summary[name] for name in ("quizzes_taken", "quizzes_passed", "average_quiz_score")],
        "same sums": dashboard["summary"] == summary,
        "course": [course[name] for name in ("quizzes_completed", "average_quiz_score", "level")],
        "file": line[6:8],
        "paper": "100.00%" in text,
        "page": "no quiz result yet" not in page,
        "score": client.get(f"{API}/{board}").json()["me"]["score"],
    }


def test_nothing_until_it_is_released(row, api, login):
    assert shown(row, api, login) == {
        "sums": [0, 0, None], "same sums": True, "course": [0, None, None], "file": ["", "Too early to say"],
        "paper": False, "page": False, "score": 12.5,
    }  # fmt: skip
    staff = api(row.course.instructor).get(f"{API}/students/{row.student_id}/dashboard").json()
    assert staff["summary"]["average_quiz_score"] is None  # one definition, for everybody
    Quiz.objects.update(available_until=timezone.now() - timedelta(minutes=1))
    cache.clear()
    assert shown(row, api, login) == {
        "sums": [1, 1, 100.0], "same sums": True, "course": [1, 100.0, None], "file": ["100.00", "Too early to say"],
        "paper": True, "page": True, "score": 62.5,
    }  # fmt: skip
