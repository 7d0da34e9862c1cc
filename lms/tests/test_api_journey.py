"""The commands of docs/api.md, run one block after the other by bash against a live server."""

import os
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from pypdfium2 import PdfDocument

from certificates.models import Certificate
from conftest import STRICT
from courses import services as courses
from courses.models import Course, Lesson
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments.models import Enrollment, LessonProgress
from files.tests.factories import mp4_bytes, stored
from quizzes import services as quizzes
from quizzes.tests.factories import QuizLessonFactory

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILM_SECONDS = 12
# What a block leaves behind for the next, as a person's shell would.
KEEP = '{ export -p; declare -f; } > "$STATE"'

pytestmark = pytest.mark.skipif(
    not STRICT and not (shutil.which("curl") and shutil.which("bash")), reason="no curl or no bash found"
)


@pytest.fixture
def course(transactional_db, instructor):
    """A text, a film and a quiz whose right answers are the first ones, in the order they were written."""
    course = CourseFactory(
        instructor=instructor, title="Python from the first line", draft=True, modules=2, lessons=0
    )
    first, second = course.modules.order_by("position")
    LessonFactory(module=first, title="The first line", body="Type `print`, and *look*.")
    LessonFactory(
        module=first,
        title="How Python reads",
        type=Lesson.Type.VIDEO,
        body="",
        video_file=stored(instructor, mp4_bytes(FILM_SECONDS), name="film.mp4"),
    )
    lesson = QuizLessonFactory(module=second, title="The quiz")
    quiz = quizzes.create_quiz(course=course, lesson=lesson, title="What do you know?")
    add = quizzes.add_question
    add(
        quiz=quiz,
        type="single_choice",
        text="Which one shows a line?",
        options=[("print", True, ""), ("run", False, "")],
    )
    add(
        quiz=quiz,
        type="multiple_choice",
        text="Which are numbers?",
        options=[("12", True, ""), ("'12'", False, "")],
    )
    add(quiz=quiz, type="true_false", text="Python reads from the top.", answer=True)
    quizzes.publish_quiz(quiz=quiz, by=instructor)
    courses.publish_lesson(lesson=lesson, by=instructor)
    courses.publish(course=course, by=instructor)
    return Course.objects.get(pk=course.pk)


class Shell:
    """Runs the blocks of the guide in their order; `next(words)` runs up to the one that holds these words."""

    def __init__(self, folder, site):
        self.folder = folder
        self.blocks = iter(BLOCK.findall(GUIDE.read_text()))
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SITE": site,
            "STATE": str(folder / "state"),
        }

    def next(self, words):
        """Run the next block, which must hold these words; return the lines it prints."""
        block = next(self.blocks)
        assert words in block, block
        script = f'set -euo pipefail\nset -a\n[ ! -f "$STATE" ] || . "$STATE"\n{block}\n{KEEP}'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip().splitlines()

    def is_over(self):
        return next(self.blocks, None) is None


@pytest.fixture
def shell(tmp_path, live_server, settings):
    """A shell in an empty folder, beside the live server."""
    settings.REFRESH_GRACE_SECONDS = 0  # the guide's reader comes back later than that
    return Shell(tmp_path, live_server.url)


def test_the_guide_works_as_it_stands(shell, course):
    shell.next("take()")
    assert shell.next("openapi.json") == ["Manara API"]
    _register_and_log_in(shell)
    _find_and_enroll(shell, course)
    _learn(shell)
    _sit_the_quiz(shell)
    _hold_the_certificate(shell)
    _leave_and_err(shell)
    assert shell.is_over()


def _register_and_log_in(shell):
    (account,) = shell.next("auth/register")
    assert '"role":"student"' in account.replace(": ", ":")
    assert shell.next("auth/login") == ["Salma Haddad"]
    shell.next("OLD_REFRESH")
    assert shell.next("token") == ["token_reused", "token_revoked"]
    shell.next("auth/login")
    assert get_user_model().objects.filter(full_name="Salma Haddad", role="student").count() == 1


def _find_and_enroll(shell, course):
    assert shell.next("search=python") == ["1"]
    assert shell.next("page=0") == ["invalid_page", "invalid_filter"]
    assert shell.next("courses/$COURSE") == [course.title]
    assert shell.next("ENROLLMENT=") == ["already_enrolled"]
    enrollment = Enrollment.objects.get()
    assert (enrollment.course, enrollment.source) == (course, Enrollment.Source.API)


def _learn(shell):
    html = "".join(shell.next("include=body"))
    assert "<em" in html
    assert "<code" in html
    assert shell.next("/complete") == ["in_progress", "33.33"]
    assert shell.next("VIDEO=") == ["in_progress"]
    half_a_minute_ago = timezone.now() - timedelta(seconds=30)
    Enrollment.objects.update(last_beat_at=half_a_minute_ago)
    assert shell.next("SEEN=") == [f"[[0, {FILM_SECONDS}]]", "True"]
    assert shell.next("for LESSON") == ["66.66"]
    (missing,) = shell.next('["missing"]')
    assert "quiz" in missing
    assert LessonProgress.objects.filter(status="completed").count() == 2


def _sit_the_quiz(shell):
    shell.next("SHEET=")
    assert len(shell.next("answers/$QUESTION")) == 3
    assert shell.next("RESULT=") == ["100.0", "True", "100.0"]
    assert shell.next('["status"]') == ["completed"]


def _hold_the_certificate(shell):
    shell.next("CERTIFICATE=")
    certificate = Certificate.objects.get()
    text = PdfDocument(shell.folder / "certificate.pdf")[0].get_textpage().get_text_range()
    assert certificate.number in text
    assert shell.next("certificates/verify") == ["valid", "Salma Haddad", "unknown"]


def _leave_and_err(shell):
    (address,) = shell.next("users/me/export")
    assert get_user_model().objects.get(full_name="Salma Haddad").email == address
    assert shell.next("auth/logout") == ["token_revoked"]
    assert shell.next("PROBLEM=") == ["422", "validation_error", "role", "unknown_field", "from-the-guide"]
    assert len(shell.next("x-ratelimit")) == 3
