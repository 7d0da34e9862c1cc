"""The first page: what a visitor is shown, and where a signed-in person goes."""

import pytest
from django.urls import reverse

from accounts.tests.factories import UserFactory
from courses.models import Course
from courses.tests.factories import CategoryFactory, CourseFactory

pytestmark = pytest.mark.django_db


def cards(response) -> list[str]:
    return [course.title for course in [*response.context["popular"], *response.context["newest"]]]


def test_visitor_finds_each_published_course_once(client):
    shown = CourseFactory(title="Lenses", category=CategoryFactory(name_en="Light"))
    CourseFactory(title="Not ready", draft=True)
    response = client.get(reverse("home"))
    html = response.content.decode()
    assert cards(response) == ["Lenses"]
    assert html.count(f'href="{shown.get_absolute_url()}"') == 1
    assert f'href="{reverse("courses:course_list")}?category={shown.category.slug}"' in html
    assert "Not ready" not in html


def test_popular_courses_come_first_and_new_ones_are_other_ones(client):
    for number in range(6):
        course = CourseFactory(title=f"Course {number}", modules=1)
        Course.objects.filter(pk=course.pk).update(enrollment_count=100 - number)
    response = client.get(reverse("home"))
    assert [course.title for course in response.context["popular"]] == [f"Course {n}" for n in range(4)]
    assert [course.title for course in response.context["newest"]] == ["Course 5", "Course 4"]


def test_home_without_courses_says_so(client):
    assert "The first courses are on their way" in client.get(reverse("home")).content.decode()


def test_home_costs_the_same_for_any_number_of_courses(client, django_assert_num_queries):
    for _number in range(3):
        CourseFactory(category=CategoryFactory(), modules=1)
    with django_assert_num_queries(3):
        client.get(reverse("home"))
    for _number in range(6):
        CourseFactory(category=CategoryFactory(), modules=1)
    with django_assert_num_queries(3):
        client.get(reverse("home"))


def test_signed_in_person_goes_to_the_dashboard(client):
    client.force_login(UserFactory())
    response = client.get(reverse("home"))
    assert (response.status_code, response.url) == (302, reverse("enrollments:dashboard"))


def test_arabic_visitor_reads_from_right_to_left(client):
    response = client.get(reverse("home"), headers={"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl">' in response.content.decode()
