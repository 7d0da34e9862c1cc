"""What axe finds on the pages where teachers work, in both languages and both themes."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from analytics import services as figures
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory, complete
from lms.tests.browser import world
from lms.tests.browser.axe import violations
from lms.tests.browser.walk import press
from quizzes.tests.factories import AttemptFactory

pytestmark = pytest.mark.browser

# Parts of the theme that come from libraries of its own: their scroll areas, the search field of a choice.
TABS = ("overview", "lessons", "quizzes", "students", "trend")
FOREIGN = ("simplebar-content-wrapper", "select2-search__field")


def stops(page: Page, made: world.World, student: Any) -> Iterator[str]:
    """Go through a teacher's pages; yield the name of each as it stands open."""
    course, enrollment = made.course, student.enrollments.get()
    figures.refresh_course(course.pk)
    of_course = reverse("admin:analytics_coursestat_change", args=[course.stat.pk])
    addresses = {
        "first page": "/admin/",
        "courses": reverse("admin:courses_course_changelist"),
        "a course": reverse("admin:courses_course_change", args=[course.pk]),
        "outline": reverse("admin:courses_course_outline", args=[course.pk]),
        "a text": reverse("admin:courses_lesson_change", args=[made.text.pk]),
        "a film": reverse("admin:courses_lesson_change", args=[made.film.pk]),
        "import": reverse("admin:courses_course_import"),
        "enrollments": reverse("admin:enrollments_enrollment_changelist"),
        "an enrollment": reverse("admin:enrollments_enrollment_change", args=[enrollment.pk]),
        "lessons of a student": reverse("admin:enrollments_enrollment_lessons", args=[enrollment.pk]),
        "students by lessons": reverse("admin:enrollments_enrollment_grid", args=[course.pk]),
        "reviews": reverse("admin:enrollments_review_changelist"),
        "figures": reverse("admin:analytics_coursestat_changelist"),
        **{f"figures, {tab}": f"{of_course}?tab={tab}" for tab in TABS},
        "quizzes": reverse("admin:quizzes_quiz_changelist"),
        "a quiz": reverse("admin:quizzes_quiz_change", args=[made.quiz.pk]),
        "bank": reverse("admin:quizzes_quiz_bank", args=[made.quiz.pk]),
        "marked again": reverse("admin:quizzes_quiz_regrade", args=[made.quiz.pk]),
        "a preview": reverse("quizzes:preview", args=[made.quiz.pk]),
        "attempts": reverse("admin:quizzes_attempt_changelist"),
        "answers": reverse("admin:quizzes_answer_changelist"),
        "certificates": reverse("admin:certificates_certificate_changelist"),
        "many people": reverse("admin:enrollments_enrollment_bulk") + f"?course={course.pk}",
    }
    for name, address in addresses.items():
        page.goto(address)
        yield name
    page.locator("[name=addresses]").fill(f"{student.email}\nnobody@example.com\nnonsense")
    press(page, "[name=check]")
    page.locator("#report-h").wait_for()
    yield "report of many people"
    page.goto(addresses["import"])
    page.locator("[name=file]").set_input_files(
        {"name": "courses.csv", "mimeType": "text/csv", "buffer": b"title\nGlass\nab\n"}
    )
    press(page, "main form [type=submit]")
    page.locator("#report-h").wait_for()
    yield "report of an import"


@pytest.mark.drawn
@pytest.mark.dear(seconds=30)
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_axe_finds_nothing_where_teachers_work(
    open_page: Any, sign_in: Any, student: Any, locale: str
) -> None:
    made = world.build(language="en")
    enrollment = EnrollmentFactory(course=made.course, student=student)
    ReviewFactory(enrollment=complete(enrollment, [made.text]))
    AttemptFactory(quiz=made.quiz, enrollment=enrollment, answers="wrong")
    teacher = made.course.instructor
    type(teacher).objects.filter(pk=teacher.pk).update(locale=locale)
    page = open_page(locale=locale)
    sign_in(page, teacher)
    found = [
        f"{name} ({what}): {ours[:3]}"
        for name in stops(page, made, student)
        for what, nodes in violations(page, by_the_switch)
        if (ours := [html for html in nodes if not any(part in html for part in FOREIGN)])
    ]
    assert not found, "\n".join(found)


@pytest.mark.drawn
def test_axe_finds_nothing_where_an_admin_begins(
    open_page: Any, sign_in: Any, admin_user: Any, student: Any
) -> None:
    EnrollmentFactory(course=world.build(language="en").course, student=student)
    figures.refresh_changed()
    page = open_page()
    sign_in(page, admin_user)
    page.goto("/admin/")
    assert page.locator("figure").count() == 2
    found = [(what, ours) for what, nodes in violations(page, by_the_switch)
             if (ours := [html for html in nodes if not any(part in html for part in FOREIGN)])]  # fmt: skip
    assert not found


def by_the_switch(page: Page, scheme: str) -> None:
    """The admin's theme is a class, which its own switch sets."""
    page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
