"""Modules, lessons and resources over the API; above all what a closed lesson does not say."""

import pytest

from courses import services
from courses.tests.factories import CourseFactory, LessonFactory
from files.tests.factories import VTT, mp4_bytes, stored

pytestmark = pytest.mark.django_db
API = "/api/v1"
SECRET = "The secret is in the glass"


@pytest.fixture
def rich(course, instructor):
    """A closed and an open lesson that hold everything a lesson can hold."""

    def make(title, **fields):
        picture = stored(instructor, name="inside-picture.png")
        lesson = LessonFactory(
            module=course.modules.last(),
            title=title,
            type="video",
            description="What it is about",
            body=f"{SECRET}. ![Alt words](file:{picture.pk})",
            video_file=stored(instructor, mp4_bytes(65), "secret-film.mp4"),
            link_url="https://example.org/secret-link",
            **fields,
        )
        services.add_resource(
            lesson=lesson, by=instructor, url="https://example.org/secret-resource", title="Further"
        )
        services.add_resource(
            lesson=lesson,
            by=instructor,
            kind="caption",
            language="en",
            file=stored(instructor, VTT, "secret-words.vtt"),
        )
        return lesson

    return make("Closed"), make("Open", is_preview=True)


def test_closed_lesson_tells_why_and_nothing_of_what_is_inside(api, rich, course, student):
    closed, _open = rich
    files = [closed.video_file, *closed.inline_files.all()]
    hidden = [SECRET, "secret-", "Further", "Alt words", *(str(file.pk) for file in files)]
    for person in (None, student):
        client = api(person)
        answer = client.get(f"{API}/lessons/{closed.pk}")
        body = answer.json()
        assert (answer.status_code, body["locked"]) == (200, True)
        assert set(body["lock"]) == {"code", "sentence", "available_at", "next_url"}
        assert body["lock"]["sentence"]
        assert not {
            "body",
            "body_html",
            "video",
            "captions",
            "resources",
            "link_url",
            "previous",
            "settings",
        } & set(body)
        assert (body["title"], body["description"], body["type"], body["minutes"]) == (
            "Closed",
            "What it is about",
            "video",
            2,
        )
        assert answer["Cache-Control"] == "private, no-store"
        addresses = [
            f"{API}/lessons/{closed.pk}",
            f"{API}/courses/{course.pk}/lessons?page_size=100",
            f"{API}/courses/{course.pk}/modules",
            f"{API}/courses/{course.pk}/content",
        ]
        for address in addresses:
            text = client.get(address).content.decode()
            assert not [word for word in hidden if word in text], address
        tree = client.get(f"{API}/courses/{course.pk}/content?include=body").json()
        row = next(one for one in tree["modules"][1]["lessons"] if one["title"] == "Closed")
        assert "body" not in row
        refused = client.get(f"{API}/lessons/{closed.pk}/resources")
        assert refused.status_code == 403
        assert refused.json()["code"] == body["lock"]["code"]


def test_preview_is_open_to_visitors(api, rich, course):
    _closed, shown = rich
    body = api().get(f"{API}/lessons/{shown.pk}").json()
    assert (body["locked"], body["lock"]) == (False, None)
    assert SECRET in body["body"]
    assert "<img" in body["body_html"]
    assert body["video"]["url"].endswith("secret-film.mp4")
    assert (body["video"]["duration_seconds"], body["video"]["mime"]) == (65, "video/mp4")
    assert [r["title"] for r in body["resources"]] == ["Further"]
    assert [c["language"] for c in body["captions"]] == ["en"]
    assert (body["previous"]["title"], body["next"], body["settings"]) == ("Closed", None, None)
    listed = api().get(f"{API}/lessons/{shown.pk}/resources").json()
    assert listed["total"] == 2
    tree = api().get(f"{API}/courses/{course.pk}/content?include=body").json()
    row = next(one for one in tree["modules"][1]["lessons"] if one["title"] == "Open")
    assert SECRET in row["body"]


def test_embedded_video(api, course, instructor):
    lesson = LessonFactory(
        module=course.modules.first(),
        type="video",
        video_url="https://youtu.be/dQw4w9WgXcQ",
        video_duration_seconds=30,
        is_preview=True,
    )
    video = api().get(f"{API}/lessons/{lesson.pk}").json()["video"]
    assert video["embed_url"] == "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"


def test_tree_counts_what_it_shows(api, course, instructor):
    LessonFactory(module=course.modules.first(), title="Hidden", is_published=False, duration_minutes=9)
    services.add_module(course=course, by=instructor, title="Empty")
    body = api().get(f"{API}/courses/{course.slug}/content").json()
    assert body["totals"] == {"modules": 2, "lessons": 6, "minutes": 0}
    own = api(instructor).get(f"{API}/courses/{course.slug}/content").json()
    assert own["totals"] == {"modules": 3, "lessons": 7, "minutes": 9}
    assert api().get(f"{API}/courses/{course.pk}/modules").json()["total"] == 2
    assert api(instructor).get(f"{API}/courses/{course.pk}/modules").json()["total"] == 3
    for query in ("include=all", "exclude=body"):
        assert api().get(f"{API}/courses/{course.pk}/content?{query}").status_code == 400


def test_building_an_outline(api, draft, instructor):
    client = api(instructor)
    made = client.post(f"{API}/courses/{draft.pk}/modules", {"title": "Third", "description": "Last"})
    module = made.json()
    assert (made.status_code, module["position"], module["is_published"]) == (201, 3, True)
    assert client.get(made["Location"]).json() == module
    sent = {
        "title": "نور",
        "module": module["id"],
        "body": "# Light",
        "is_published": True,
        "duration_minutes": 4,
    }
    made = client.post(f"{API}/courses/{draft.pk}/lessons", sent)
    lesson = made.json()
    assert (made.status_code, lesson["slug"], lesson["position"]) == (201, "نور", 1)
    assert "<h2" in lesson["body_html"]
    first = client.post(
        f"{API}/courses/{draft.pk}/lessons", {"title": "First", "module": module["id"], "position": 1}
    ).json()
    assert (first["position"], client.get(f"{API}/lessons/{lesson['id']}").json()["position"]) == (1, 2)
    order = client.post(f"{API}/modules/{module['id']}/reorder", {"ids": [lesson["id"], first["id"]]})
    assert (order.status_code, order.content) == (204, b"")
    target = str(draft.modules.first().pk)
    moved = client.post(f"{API}/lessons/{first['id']}/move", {"module": target, "position": 2}).json()
    assert (moved["module"], moved["position"]) == (target, 2)
    assert client.delete(f"{API}/lessons/{lesson['id']}").status_code == 204
    removed = client.get(f"{API}/courses/{draft.pk}/lessons?removed=true").json()["items"]
    assert [one["title"] for one in removed] == ["نور"]
    back = client.post(f"{API}/lessons/{lesson['id']}/restore", {"module": target}).json()
    assert (back["module"], back["position"]) == (target, 5)
    hidden = client.post(f"{API}/modules/{target}/unpublish", {}).json()
    assert hidden["is_published"] is False
    assert client.post(f"{API}/modules/{target}/publish", {}).json()["is_published"] is True


def test_lists_are_filtered(api, course, instructor):
    LessonFactory(module=course.modules.first(), type="link", link_url="https://example.org/", title="A link")
    module = course.modules.last()

    def listed(query, person=None):
        response = api(person).get(f"{API}/courses/{course.pk}/lessons?{query}")
        return response.json()["items"] if response.status_code == 200 else response.status_code

    assert [one["title"] for one in listed("type=link")] == ["A link"]
    assert {one["module"] for one in listed(f"module={module.pk}")} == {str(module.pk)}
    assert listed("removed=true") == 403
    assert listed("removed=true", instructor) == []
    for query in ("type=game", "module=x", "body=x", "page_size=0"):
        assert listed(query) == 400


def test_a_module_without_a_live_lesson_is_known_to_its_editors_alone(api, course, instructor, student):
    module = services.add_module(course=course, by=instructor, title="Not written yet")
    address = f"{API}/modules/{module.pk}"
    assert [api(person).get(address).status_code for person in (None, student, instructor)] == [404, 404, 200]
    LessonFactory(module=module)
    assert api(None).get(address).status_code == 200


def test_progress_wants_force(api, course, lesson, instructor, pupils, monkeypatch):
    from courses import learners

    provider = learners.learners()
    monkeypatch.setattr(
        type(provider), "people_with_progress", lambda self, ids: {lesson.pk: 2} if lesson.pk in ids else {}
    )
    client = api(instructor)
    for address in (f"{API}/lessons/{lesson.pk}", f"{API}/modules/{lesson.module_id}"):
        response = client.delete(address)
        assert (response.status_code, response.json()["code"]) == (409, "lessons_have_progress")
        assert response.json()["errors"][0]["people"] == 2
        assert client.delete(f"{address}?force=perhaps").status_code == 400
    assert client.delete(f"{API}/lessons/{lesson.pk}?force=true").status_code == 204
    assert client.delete(f"{API}/modules/{lesson.module_id}").status_code == 204


def test_refusals_of_lessons(api, course, lesson, instructor, outsider_instructor, shape):
    before = shape(course)
    client, address = api(instructor), f"{API}/lessons/{lesson.pk}"
    foreign = stored(outsider_instructor, mp4_bytes(), "film.mp4")
    cases = [
        ({"body": ""}, 409, "not_publishable", None),
        ({"type": "quiz"}, 409, "lesson_type_fixed", None),
        ({"slug": course.lessons.in_order()[1].slug}, 409, "slug_taken", None),
        ({"video_file": str(foreign.pk)}, 422, "validation_error", "unknown_file"),
        ({"video_file": "018f4c1e-0000-7000-8000-000000000001"}, 422, "validation_error", "unknown_file"),
        ({"video_url": "https://127.0.0.1/x.mp4"}, 422, "validation_error", "invalid_video_url"),
        ({"link_url": "javascript:alert(1)"}, 422, "validation_error", "invalid_url"),
        ({"type": "assignment", "is_preview": True}, 422, "validation_error", "preview_not_allowed"),
        ({"module": str(course.modules.last().pk)}, 422, "validation_error", "unknown_field"),
        ({"title": "x\u202ey"}, 422, "validation_error", "invalid_characters"),
        ({"duration_minutes": 0}, 422, "validation_error", "min_value"),
        (["list"], 422, "validation_error", "invalid"),
    ]
    for sent, status, code, entry in cases:
        response = client.patch(address, sent)
        assert (response.status_code, response.json()["code"]) == (status, code), sent
        if entry:
            assert entry in [e["code"] for e in response.json()["errors"]], sent
    assert client.get(f"{API}/lessons/not-an-id").status_code == 404
    assert client.post(address, {}).status_code == 405
    assert shape(course) == before


def test_resources_over_the_api(api, lesson, instructor, outsider_instructor):
    client = api(instructor)
    address = f"{API}/lessons/{lesson.pk}/resources"
    paper = stored(instructor, b"%PDF-1.4\n%%EOF\n", "paper.pdf")
    made = client.post(address, {"file": str(paper.pk)})
    assert (made.status_code, made.json()["title"], made.json()["mime"]) == (
        201,
        "paper.pdf",
        "application/pdf",
    )
    foreign = stored(outsider_instructor)
    response = client.post(address, {"file": str(foreign.pk)})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "unknown_file")
    one = f"{API}/resources/{made.json()['id']}"
    assert client.patch(one, {"title": "Paper"}).json()["title"] == "Paper"
    assert client.patch(one, {"url": "https://example.org/"}).status_code == 422
    assert client.delete(one).status_code == 204
    assert not lesson.resources.exists()


def test_order_mismatch(api, course, instructor):
    other = CourseFactory(instructor=instructor)
    ids = [str(pk) for pk in course.modules.values_list("pk", flat=True)]
    for sent in (ids[:1], [*ids, ids[0]], [ids[0], str(other.modules.first().pk)], []):
        response = api(instructor).post(f"{API}/courses/{course.pk}/reorder", {"ids": sent})
        assert (response.status_code, response.json()["code"]) == (409, "order_mismatch")
    assert api(instructor).post(f"{API}/courses/{course.pk}/reorder", {"ids": ["x"]}).status_code == 422
