"""ETags: cheap reads, and writes that only hit what was read."""

import pytest

from courses import services
from courses.tests.factories import CourseFactory

API = "/api/v1"


@pytest.fixture
def course(instructor):
    """A published course."""
    return CourseFactory(instructor=instructor, title="Light and lenses")


@pytest.fixture
def lesson(course):
    """Its first lesson."""
    return course.lessons.live().in_order().first()


def address(course):
    return f"{API}/courses/{course.pk}"


@pytest.mark.django_db
class TestReading:
    def test_304_until_something_visible_changes(self, api, course):
        client = api()
        first = client.get(address(course))
        tag = first.headers["ETag"]
        for sent in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            again = client.get(address(course), headers={"If-None-Match": sent})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
            assert "X-RateLimit-Limit" in again.headers
        services.take_seat(course.pk)
        moved = client.get(address(course), headers={"If-None-Match": tag})
        assert (moved.status_code, moved.json()["enrollment_count"]) == (200, 1)
        assert moved.headers["ETag"] != tag

    def test_readers_who_see_other_things_have_other_tags(self, api, course, instructor):
        assert (
            api().get(address(course)).headers["ETag"] != api(instructor).get(address(course)).headers["ETag"]
        )

    def test_lists_have_none(self, api, instructor):
        assert "ETag" not in api(instructor).get(f"{API}/courses/mine").headers


@pytest.mark.django_db
class TestWriting:
    def test_of_two_authors_the_second_is_told(self, api, course, instructor):
        client = api(instructor)
        tag = client.get(address(course)).headers["ETag"]
        first = client.patch(address(course), {"title": "First"}, headers={"If-Match": tag})
        assert first.status_code == 200
        for method, body in (("patch", {"title": "Second"}), ("put", {"title": "Second"}), ("delete", None)):
            second = getattr(client, method)(address(course), body, headers={"If-Match": tag})
            assert (second.status_code, second.json()["code"]) == (412, "stale")
        course.refresh_from_db()
        assert (course.title, course.deleted_at) == ("First", None)
        fresh = first.headers["ETag"]
        assert (
            client.patch(address(course), {"title": "Third"}, headers={"If-Match": fresh}).status_code == 200
        )

    def test_figures_make_no_author_stale(self, api, course, instructor):
        client = api(instructor)
        tag = client.get(address(course)).headers["ETag"]
        services.take_seat(course.pk)
        assert client.patch(address(course), {"title": "New"}, headers={"If-Match": tag}).status_code == 200

    def test_parts_have_their_own(self, api, lesson, instructor):
        client = api(instructor)
        module, path = f"{API}/modules/{lesson.module_id}", f"{API}/lessons/{lesson.pk}"
        tags = {address: client.get(address).headers["ETag"] for address in (module, path)}
        services.add_resource(lesson=lesson, by=instructor, url="https://example.org/a")
        answers = {
            a: client.patch(a, {"title": "New"}, headers={"If-Match": tags[a]}) for a in (module, path)
        }
        assert [answer.status_code for answer in answers.values()] == [200, 412]

    def test_what_has_no_version_is_compared_whole(self, api, student):
        client = api(student)
        tag = client.get(f"{API}/users/me").headers["ETag"]
        for bio, status in (("One", 200), ("Two", 412)):
            answer = client.patch(f"{API}/users/me", {"bio": bio}, headers={"If-Match": tag})
            assert answer.status_code == status
        assert client.get(f"{API}/users/me").json()["bio"] == "One"

    def test_who_may_not_write_is_told_that(self, api, course, student, outsider_instructor):
        for person, code in ((student, "permission_denied"), (outsider_instructor, "not_owner")):
            refused = api(person).patch(address(course), {"title": "Mine"}, headers={"If-Match": '"x"'})
            assert (refused.status_code, refused.json()["code"]) == (403, code)
        assert api().patch(address(course), {}, headers={"If-Match": '"x"'}).status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["by its revision", "by its whole answer"])
def test_two_editors_cannot_both_win(api, course, student, instructor, race, kind):
    person, path, field = (instructor, address(course), "title")
    if kind == "by its whole answer":
        person, path, field = (student, f"{API}/users/me", "bio")
    tag = api(person).get(path).headers["ETag"]
    calls = [
        lambda n=n: api(person).patch(path, {field: f"Text {n}"}, headers={"If-Match": tag}) for n in range(8)
    ]
    answers = race(*calls)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert api(person).get(path).json()[field] == winner.json()[field]
