"""A student's way from the home page to a verified certificate, as a person walks it."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from playwright.sync_api import Page, expect

from certificates import tasks
from certificates.models import Certificate
from courses.models import Lesson
from enrollments.models import Enrollment, LessonProgress
from enrollments.tests.factories import EnrollmentFactory, complete
from lms.tests.browser import world
from lms.tests.browser.walk import (
    PASSWORD,
    answer,
    answer_true,
    is_chosen,
    is_saved,
    press,
    seen,
    until,
)
from quizzes.models import Answer, Attempt

pytestmark = pytest.mark.browser

# Each language and each width with scripts and without; test_every_page draws each page in all of them.
READERS = [("en", 360), ("ar", 1280)]
READERS_WITHOUT_SCRIPTS = [("en", 1280), ("ar", 360)]
NAMES = {"en": "Salma Haddad", "ar": "سلمى حداد"}
WORDS = {"en": "lenses", "ar": "عدسات"}
EMAIL = "salma@example.com"


@pytest.mark.parametrize(("locale", "width"), READERS)
def test_from_home_to_a_verified_certificate(open_page: Any, locale: str, width: int) -> None:
    made = world.build(language=locale)
    page = open_page(locale=locale, width=width)
    find_the_course(page, locale)
    sign_up_and_enroll(page, locale)
    read(page, "The lens", 1)
    watch_the_film(page)
    take_the_quiz(page, scripts=True)
    code = take_the_certificate(page, NAMES[locale])
    assert_verifiable(open_page(locale=locale, width=width), code, NAMES[locale])
    assert Enrollment.objects.get(course=made.course).progress_percentage == 100


@pytest.mark.parametrize(("locale", "width"), READERS_WITHOUT_SCRIPTS)
def test_the_same_without_scripts(open_page: Any, locale: str, width: int) -> None:
    made = world.build(language=locale, film=False)
    page = open_page(locale=locale, width=width, scripts=False)
    find_the_course(page, locale)
    sign_up_and_enroll(page, locale)
    read(page, "The lens", 1)
    read(page, "The wall", 2)
    take_the_quiz(page, scripts=False)
    code = take_the_certificate(page, NAMES[locale])
    assert_verifiable(open_page(locale=locale, width=width, scripts=False), code, NAMES[locale])
    assert Enrollment.objects.get(course=made.course).progress_percentage == 100


def find_the_course(page: Page, locale: str) -> None:
    """Home, search, filter, the course's page."""
    page.goto("/")
    direction = "rtl" if locale == "ar" else "ltr"
    expect(page.locator(f"html[lang={locale}][dir={direction}]")).to_have_count(1)
    page.locator("main [name=q]").fill(WORDS[locale])
    page.locator("main [name=q]").press("Enter")
    expect(page.locator("#results .card")).to_have_count(1)
    if not page.locator("#filters").is_visible():
        press(page, "[popovertarget=filters]")
    page.locator("#f-category-science").check()
    press(page, "#filters [type=submit]")
    page.wait_for_url("**category=science**")
    expect(page.locator("#results .card")).to_have_count(1)
    expect(page.locator("#f-category-science")).to_be_checked()
    page.locator("#results .card__title a").click()
    expect(page.locator("h1")).to_have_text({"en": "Lenses and light", "ar": "عدسات وضوء"}[locale])


def sign_up_and_enroll(page: Page, locale: str) -> None:
    """Press Enroll as a visitor, sign up, come back, enroll."""
    press(page, ".buy form [type=submit]")
    press(page, "main a[href*='/signup/']")
    page.locator("[name=full_name]").fill(NAMES[locale])
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password1]").fill(PASSWORD)
    press(page, "main form [type=submit]")
    press(page, ".buy form [type=submit]")
    page.wait_for_url("**/learn/**")
    expect(page.locator(f"html[lang={locale}]")).to_have_count(1)
    press(page, "section[aria-labelledby=next-h] a.btn--primary")


def read(page: Page, title: str, count: int) -> None:
    """Mark the text complete, stay, see it among the `count` completed ones of the outline, go on."""
    expect(page.locator("h1")).to_have_text(title)
    here = page.url
    press(page, "#completion button:not([name])")
    expect(page.locator("#completion .pill--done")).to_be_visible()
    expect(page.locator("#outline .step--done")).to_have_count(count)
    expect(page.locator("#outline .step--done[aria-current=page]")).to_have_count(1)
    assert page.url == here
    press(page, "#way-on, .lesson-bar .btn--primary")


def watch_the_film(page: Page) -> None:
    """Watch a third, leave without a word, come back to the same second, watch on: it completes itself."""
    expect(page.locator("h1")).to_have_text("The film")
    here = page.url
    film = page.locator("video")
    film.evaluate("film => { film.muted = true }")
    press(page, "[data-player] .media__controls [data-toggle]")
    until(page, lambda: film.evaluate("film => film.currentTime > 3"))
    page.goto("/dashboard/")
    row = LessonProgress.objects.filter(lesson__type=Lesson.Type.VIDEO)
    until(page, lambda: row.filter(last_position_seconds__gte=3).exists())
    page.reload()
    press(page, ".resume a.btn--primary")
    expect(page).to_have_url(here)
    until(page, lambda: film.evaluate("film => film.readyState >= 2 && film.currentTime >= 3"))
    assert abs(film.evaluate("film => film.currentTime") - row.get().last_position_seconds) < 1.5
    film.evaluate("film => { film.muted = true; film.playbackRate = 2 }")
    press(page, "[data-player] .media__controls [data-toggle]")
    expect(page.locator("#completion .pill--done")).to_be_visible()
    expect(page.locator("#outline .step--done")).to_have_count(2)
    assert row.get().completed_via == LessonProgress.Via.WATCH
    press(page, "#way-on, .lesson-bar .btn--primary")


def take_the_quiz(page: Page, *, scripts: bool) -> None:
    """Answer two questions, load the page again, find them, answer the third, submit, see the result."""
    expect(page.locator("h1")).to_have_text("What do you know?")
    press(page, "main .panel a.btn--primary")
    press(page, "main .panel form [type=submit]")
    answer(page, 1, "The window")
    answer(page, 2, "A lens", "Water")
    if scripts:
        is_saved(page, 1)
        is_saved(page, 2)
        until(page, lambda: Answer.objects.exclude(answered_at=None).count() == 2)
        page.reload()
    else:
        press(page, "[data-save-button]")
    is_saved(page, 2)
    is_chosen(page, 1, "The window")
    is_chosen(page, 2, "A lens")
    is_chosen(page, 2, "Water")
    answer_true(page, 3)
    press(page, "main form .quiz-end [value=submit]")
    page.wait_for_url("**/submit/")
    press(page, "main form [type=submit]")
    page.wait_for_url("**/result/")
    expect(page.locator(".dial b")).to_have_text("100%")
    expect(page.locator(".choice.mark-right")).to_have_count(4)
    press(page, "main .result-head a.btn--primary")


def take_the_certificate(page: Page, name: str) -> str:
    """Find the certificate ready, download the PDF, return the code."""
    press(page, "section[aria-labelledby=certificate-h] a.btn--primary")
    expect(page.locator(".sheet__name")).to_have_text(name)
    with page.expect_download() as download:
        page.locator("a[href$='/download/']").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"%PDF-") and len(content) > 5000
    assert download.value.suggested_filename.endswith(".pdf")
    return Certificate.objects.get().code


def assert_verifiable(stranger: Page, code: str, name: str) -> None:
    """A logged-out person types the code as people do."""
    stranger.goto("/certificates/verify/")
    stranger.locator("main [name=code]").fill(f" {code.lower().replace('-', ' ')} ")
    press(stranger, "main form [type=submit]")
    expect(stranger.locator(".verify-head--valid")).to_be_visible()
    expect(stranger.locator(".sheet__name")).to_have_text(name)
    expect(stranger.locator(".deflist")).to_contain_text(code)


@pytest.fixture
def slow_worker() -> Iterator[None]:
    """Tasks are published, and nobody has taken one yet."""
    current_app.conf.task_always_eager = False
    yield
    current_app.conf.task_always_eager = True


def test_the_certificate_appears_without_a_reload(open_page: Any, sign_in: Any, slow_worker: None) -> None:
    made = world.build(film=False)
    enrollment = EnrollmentFactory(course=made.course, completed=True)
    page = open_page()
    sign_in(page, enrollment.student)
    page.goto(f"/learn/{made.course.slug}/-/finished/")
    box = page.locator("section[aria-labelledby=certificate-h]")
    expect(box.locator("[role=status]")).to_be_visible()
    expect(box.locator(".btn--primary")).to_have_count(0)
    page.evaluate("document.body.dataset.same = 'page'")
    tasks.issue(str(enrollment.pk))
    tasks.render(str(Certificate.objects.get().pk))
    expect(box.locator(".btn--primary")).to_be_visible()
    expect(page.locator("body[data-same=page]")).to_have_count(1)


@pytest.fixture
def sitting(open_page: Any, sign_in: Any) -> tuple[Page, Attempt]:
    """The page of an attempt in progress."""
    made = world.build(film=False)
    enrollment = EnrollmentFactory(course=made.course)
    page = open_page()
    sign_in(page, enrollment.student)
    page.goto(made.quiz.get_absolute_url())
    press(page, "main .panel form [type=submit]")
    return page, Attempt.objects.get()


def test_a_killed_page_goes_on_with_its_answers(sitting: tuple[Page, Attempt]) -> None:
    page, attempt = sitting
    answer(page, 1, "The window")
    answer(page, 2, "Water")
    is_saved(page, 2)
    again = page.context.new_page()
    page.close(run_before_unload=False)
    again.goto(attempt.quiz.get_absolute_url())
    press(again, "main .panel form [type=submit]")
    is_chosen(again, 1, "The window")
    is_chosen(again, 2, "Water")
    assert Attempt.objects.count() == 1


def test_answers_given_offline_arrive_later(sitting: tuple[Page, Attempt], complaints: Any) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page, attempt = sitting
    page.context.set_offline(True)
    answer(page, 1, "The window")
    expect(page.locator("[data-notice]")).to_contain_text(
        page.locator("form[data-quiz]").get_attribute("data-text-offline")
    )
    assert not Answer.objects.exclude(answered_at=None).exists()
    address = page.url
    page.close(run_before_unload=False)
    again = page.context.new_page()
    again.context.set_offline(False)
    again.goto(address)
    is_chosen(again, 1, "The window")
    until(again, lambda: Answer.objects.exclude(answered_at=None).filter(attempt=attempt).count() == 1)
    again.reload()
    is_chosen(again, 1, "The window")


def test_a_completion_that_did_not_arrive_is_said_and_works_again(
    open_page: Any, sign_in: Any, complaints: Any
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "htmx:")
    made = world.build(film=False)
    enrollment = EnrollmentFactory(course=made.course)
    page = open_page(width=360)
    sign_in(page, enrollment.student)
    page.goto(f"/learn/{made.course.slug}/{made.text.slug}/")
    page.context.set_offline(True)
    seen(page, "#completion button:not([name])").click()
    expect(page.locator(".toast--bad")).to_have_text(page.locator("body").get_attribute("data-text-offline"))
    page.context.set_offline(False)
    seen(page, "#completion button:not([name])").click()
    expect(page.locator("#completion .pill--done")).to_be_visible()
    assert LessonProgress.objects.get(enrollment=enrollment).is_completed
    expect(page.locator("#lesson-bar form")).to_have_count(
        0
    )  # the bar of a phone follows: "Next" for "Complete"
    expect(page.locator("#lesson-bar a.btn")).to_be_visible()


def test_a_click_too_many_changes_nothing(open_page: Any, sign_in: Any) -> None:
    made = world.build(film=False)
    enrollment = complete(EnrollmentFactory(course=made.course), [made.text])
    page = open_page()
    sign_in(page, enrollment.student)
    page.goto(made.quiz.get_absolute_url())
    page.locator("main .panel form [type=submit]").dblclick()
    page.wait_for_url("**/attempts/1/")
    assert Attempt.objects.count() == 1
