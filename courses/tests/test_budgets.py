"""What each page costs, and that it does not grow with the rows."""

import pytest
from django.core.cache import cache

from courses import services
from courses.tests.factories import CategoryFactory, CourseFactory, LessonFactory
from enrollments.services import enroll
from files.tests.factories import stored

pytestmark = pytest.mark.django_db
API = "/api/v1"
SIGN_IN = 2  # session and person


@pytest.fixture(params=[2, 6], ids=["few rows", "tripled"])
def many(request, instructor):
    """So many courses with pictures, tags and categories; the first has so many more lessons, with files."""
    courses = [
        CourseFactory(
            instructor=instructor,
            title=f"Course {n}",
            tags=[f"tag {n}", "common"],
            category=CategoryFactory(),
            thumbnail=stored(instructor),
        )
        for n in range(request.param)
    ]
    first = courses[0]
    picture = stored(instructor)
    text = f"![A lens](file:{picture.pk}) " + first.description
    services.update_course(course=first, by=instructor, fields={"description": text})
    for n in range(request.param):
        lesson = LessonFactory(
            module=first.modules.last(), is_preview=True, body=f"![x](file:{stored(instructor).pk})"
        )
        services.add_resource(lesson=lesson, by=instructor, file=stored(instructor), title=f"File {n}")
    return courses


def ask(client, address):
    response = client.get(address)
    assert response.status_code == 200, response.content[:300]
    return response


def test_catalogue(client, api, many, max_queries):
    for browser, address in (
        (client, "/courses/"),
        (client, "/courses/?level=beginner&ordering=title"),
        (api(), f"{API}/courses"),
        (api(), f"{API}/courses?facets=true"),
        (api(), f"{API}/courses/popular"),
        (api(), f"{API}/courses/top-rated"),
    ):
        cache.clear()
        with max_queries(3):
            ask(browser, address)
        with max_queries(0):
            ask(browser, address)
    with max_queries(3):
        ask(client, "/courses/?q=course")


def test_course_page(client, login, many, student, instructor, max_queries):
    def look(browser, more=0):
        with max_queries(8 + more):
            ask(browser, f"/courses/{many[0].slug}/")

    look(client)
    for person in (student, instructor):
        browser = login(person)
        ask(browser, "/courses/")
        look(browser, SIGN_IN)


def test_course_page_of_somebody_who_learns(login, many, student, instructor, max_queries):
    enroll(student=student, course=many[0], source="web")
    services.update_course(course=many[0], by=instructor, fields={"prerequisite_courses": many[1:]})
    browser = login(student)
    ask(browser, "/courses/")
    with max_queries(8 + SIGN_IN):
        ask(browser, f"/courses/{many[0].slug}/")


def test_content(api, many, student, instructor, max_queries):
    for person in (None, student, instructor):
        with max_queries(6):
            ask(api(person), f"{API}/courses/{many[0].pk}/content")
        with max_queries(6 + 3):  # resources, their files, pictures
            ask(api(person), f"{API}/courses/{many[0].pk}/content?include=body")


def test_lesson(api, many, student, instructor, max_queries):
    lesson = many[0].lessons.filter(is_preview=True).first()
    for person in (None, student, instructor):
        with max_queries(8):
            ask(api(person), f"{API}/lessons/{lesson.pk}")
        with max_queries(8):
            ask(api(person), f"{API}/lessons/{many[0].lessons.in_order()[0].pk}")


def test_lists(api, many, instructor, max_queries):
    for person, address, budget in (
        (instructor, f"{API}/courses/mine", 3),
        (None, f"{API}/courses/{many[0].pk}", 4),
        (None, f"{API}/courses/{many[0].pk}/modules", 3),
        (None, f"{API}/courses/{many[0].pk}/lessons", 5),
        (None, f"{API}/categories", 2),
        (None, f"{API}/tags", 2),
        (None, f"{API}/instructors/{instructor.pk}", 3),
        (instructor, f"{API}/courses/{many[0].pk}/checklist", 12),
    ):
        with max_queries(budget):
            ask(api(person), address)


def test_reordering_is_constant(many, instructor, max_queries):
    module = many[0].modules.last()
    ids = list(module.lessons.order_by("position").values_list("pk", flat=True))
    with max_queries(7):
        services.reorder_lessons(module=module, by=instructor, ids=ids[::-1])
