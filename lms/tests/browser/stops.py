"""Every page of the journey, in each state it has, with the person who sees it so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from accounts.tests.factories import UserFactory
from analytics import services as figures
from certificates.models import Certificate
from enrollments import services as learning
from enrollments.emails import mute_path
from enrollments.tests.factories import EnrollmentFactory, complete, required_lessons
from lms.tests.browser import world
from lms.tests.browser.walk import PASSWORD, press
from quizzes.tests.factories import AttemptFactory

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Stop:
    """A page as one person finds it; `act` is what they do there first."""

    name: str
    path: str
    act: Act | None = None


@dataclass(frozen=True)
class Walker:
    """A person (None: a visitor) and the pages they come to."""

    person: Any
    stops: list[Stop]


def walkers(locale: str) -> list[Walker]:
    """Build two courses and four people in different places of them."""
    made = world.build(language="en")
    strict = world.build(language="ar", film=False, is_sequential=True)
    return [
        Walker(None, _of_a_visitor(made, _graduate(made, locale))),
        Walker(UserFactory(locale=locale), NOTHING_YET),
        Walker(*_learner(made, strict, locale)),
        Walker(*_of_the_graduate(made)),
    ]


NOTHING_YET = [
    Stop("dashboard, empty", "/dashboard/"),
    Stop("certificates, none", "/certificates/"),
    Stop("progress, none", "/progress/"),
]


def _graduate(made: world.World, locale: str) -> str:
    """Let somebody finish the course; return the code of the certificate."""
    person = UserFactory(full_name="Salma Haddad", email="graduate@example.com", locale=locale)
    enrollment = EnrollmentFactory(course=made.course, student=person)
    AttemptFactory(quiz=made.quiz, enrollment=enrollment, answers="right")
    enrollment = complete(enrollment, required_lessons(made.course))
    learning.add_review(enrollment=enrollment, rating=5, text="Clear, short and to the point.")
    return Certificate.objects.get(enrollment=enrollment).code


def _of_a_visitor(made: world.World, code: str) -> list[Stop]:
    return [
        Stop("home", "/"),
        Stop("catalogue", "/courses/"),
        Stop("catalogue, searched and filtered", "/courses/?q=lenses&category=science"),
        Stop("catalogue, nothing found", "/courses/?q=xyzzy"),
        Stop("catalogue, one subject", "/courses/?category=science"),
        Stop("catalogue, no such page", "/courses/?page=99"),
        Stop("course", made.course.get_absolute_url()),
        Stop("teacher", f"/instructors/{made.course.instructor.instructor_profile.slug}/"),
        Stop("sign up", "/accounts/signup/"),
        Stop("sign up, with errors", "/accounts/signup/", _sign_up_badly),
        Stop("log in", "/accounts/login/"),
        Stop("log in, refused", "/accounts/login/", _log_in_badly),
        Stop("forgotten password", "/accounts/password/reset/"),
        Stop("verify", "/certificates/verify/"),
        Stop("verify, valid", f"/certificates/verify/{code}/"),
        Stop("verify, unknown", "/certificates/verify/0000-0000-0000/"),
        Stop("not found", "/no/such/page/"),
    ]


def _sign_up_badly(page: Page) -> None:
    page.locator("[name=full_name]").fill("Salma")
    page.locator("[name=email]").fill("salma@example.com")
    page.locator("[name=password1]").fill("short")
    press(page, "main form [type=submit]")
    page.locator(".alert--bad").wait_for()


def _log_in_badly(page: Page) -> None:
    page.locator("[name=login]").fill("nobody@example.com")
    page.locator("main [name=password]").fill(PASSWORD)
    press(page, "main form [type=submit]")
    page.locator(".alert--bad").wait_for()


def _learner(made: world.World, strict: world.World, locale: str) -> tuple[Any, list[Stop]]:
    """Somebody in the middle: one lesson done, a film begun, a quiz open, a lesson locked."""
    person = UserFactory(full_name="Karim Nassar", locale=locale)
    enrollment = EnrollmentFactory(course=made.course, student=person)
    figures.set_leaderboard(course=made.course, enabled=True, by=made.course.instructor)
    EnrollmentFactory(course=strict.course, student=person)
    complete(enrollment, [made.text])
    learning.save_notes(enrollment=enrollment, lesson=made.text, notes="Hold it *still*.", revision=0)
    learn = f"/learn/{made.course.slug}"
    quiz = made.quiz.get_absolute_url()
    stops = [
        Stop("quiz, start", quiz),
        Stop("lesson with a quiz", f"{learn}/{made.last.slug}/"),
        Stop("quiz, taking", quiz, _start),
        Stop("quiz, confirm", f"{quiz}attempts/1/submit/"),
        Stop("course, enrolled", made.course.get_absolute_url()),
        Stop("course in the other language", strict.course.get_absolute_url()),
        Stop("course home", f"{learn}/"),
        Stop("text", f"{learn}/{made.text.slug}/"),
        Stop("film", f"{learn}/{made.film.slug}/"),
        Stop("text in the other language", f"/learn/{strict.course.slug}/{strict.text.slug}/"),
        Stop("locked", f"/learn/{strict.course.slug}/{strict.last.slug}/"),
        Stop("dashboard", "/dashboard/"),
        Stop("my progress", "/progress/"),
        Stop("leaderboard", f"{learn}/-/leaderboard/"),
        Stop("my notes", "/notes/"),
        Stop("notes of a course", f"{learn}/-/notes/"),
        Stop("no more reminders", mute_path(enrollment)),
        Stop("settings", "/settings/"),
        Stop("my data", "/settings/privacy/"),
        Stop("change e-mail", "/settings/email/"),
        Stop("change password", "/accounts/password/change/"),
        Stop("leave", f"{learn}/-/drop/"),
        Stop("refused", quiz.replace(str(made.quiz.pk), str(made.course.pk))),
    ]
    return person, stops


def _start(page: Page) -> None:
    press(page, "main .panel form [type=submit]")
    page.locator("[data-number='2'] [data-answer]").first.check()
    page.locator("[data-number='2'] [data-saved] .icon").wait_for()


def _of_the_graduate(made: world.World) -> tuple[Any, list[Stop]]:
    certificate = Certificate.objects.select_related("enrollment__student").get()
    learn = f"/learn/{made.course.slug}"
    stops = [
        Stop("dashboard, finished", "/dashboard/?show=completed"),
        Stop("course home, finished", f"{learn}/"),
        Stop("finished", f"{learn}/-/finished/"),
        Stop("review", f"{learn}/-/review/"),
        Stop("result", f"{made.quiz.get_absolute_url()}attempts/1/result/"),
        Stop("certificates", "/certificates/"),
        Stop("certificate", f"/certificates/{certificate.code}/"),
    ]
    return certificate.enrollment.student, stops


def visits(
    open_page: Any, sign_in: Any, complaints: Any, locale: str, **look: Any
) -> Iterator[tuple[str, Page]]:
    """Go to every stop in `locale`, one browser a person; yield its name and the page as it stands there."""
    complaints.expect("status of 403", "status of 404", "status of 422")
    for walker in walkers(locale):
        page = open_page(locale=locale, **look)
        if walker.person is not None:
            sign_in(page, walker.person)
        for stop in walker.stops:
            page.goto(stop.path)
            if stop.act is not None:
                stop.act(page)
            yield stop.name, page
