"""`PUT content`: the whole tree at once, all or nothing, each problem at its place."""

import pytest

from courses import services
from courses.models import Lesson
from courses.services import content
from courses.tests.factories import CourseFactory, LessonFactory
from courses.tests.test_outline_races import assert_sound
from files.tests.factories import stored

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def address(course):
    return f"{API}/courses/{course.pk}/content"


@pytest.fixture
def client(api, instructor):
    return api(instructor)


def tree(client, address):
    return client.get(address, {"include": "body"}).json()


def refused(client, address, body, status, shape, course):
    """PUT the body; assert the refusal and that nothing changed; return {place: code}."""
    before = shape(course)
    answer = client.put(address, body)
    assert answer.status_code == status, answer.content
    assert shape(course) == before
    return {entry["field"]: entry["code"] for entry in answer.json()["errors"]}


def test_what_get_gave_changes_nothing(client, address, course, instructor, shape):
    picture = stored(instructor)
    lesson = LessonFactory(module=course.modules.first(), body=f"![x](file:{picture.pk})")
    services.add_resource(lesson=lesson, by=instructor, url="https://example.org/a")
    LessonFactory(module=course.modules.last(), is_published=False)
    before = shape(course)
    for include in ({}, {"include": "body"}):
        answer = client.put(address, client.get(address, include).json())
        assert answer.status_code == 200, answer.content
        assert shape(course) == before
    assert answer.json() == client.get(address).json()


def test_a_tree_is_kept_moved_changed_made_and_removed(client, address, course):
    first, second = course.modules.order_by("position")
    one, two, three = (str(pk) for pk in first.lessons.order_by("position").values_list("pk", flat=True))
    four = str(second.lessons.get(position=1).pk)
    version = course.structure_version
    body = {
        "modules": [
            {
                "title": "New",
                "release_after_days": 3,
                "lessons": [{"id": three}, {"title": "Fresh", "body": "Text"}],
            },
            {
                "id": str(second.pk),
                "lessons": [{"id": four, "title": "Other"}, {"id": one, "is_published": False}],
            },
        ]
    }
    answer = client.put(address, body)
    assert answer.status_code == 200, answer.content
    told = [(m["title"], [x["title"] for x in m["lessons"]]) for m in answer.json()["modules"]]
    assert told == [("New", ["Lesson 1.3", "Fresh"]), ("Module 2", ["Other", "Lesson 1.1"])]
    course.refresh_from_db()
    assert_sound(course)
    assert course.structure_version == version + 1
    assert course.lesson_count == 2
    assert not course.modules.filter(pk=first.pk).exists()
    assert course.modules.get(position=1).release_after_days == 3
    assert Lesson.objects.get(pk=two).deleted_at is not None
    assert Lesson.objects.get(pk=four).slug == "lesson-2-1"  # an address changes only when it is sent
    assert Lesson.objects.get(title="Fresh").slug == "fresh"


def test_an_empty_list_empties_the_course(client, address, course):
    assert client.put(address, {"modules": []}).json()["totals"] == {"modules": 0, "lessons": 0, "minutes": 0}
    course.refresh_from_db()
    assert (course.lesson_count, course.lessons.filter(deleted_at=None).count()) == (0, 0)
    assert course.lessons.count() == 6


def test_every_problem_is_told_at_its_place(client, address, course, shape, outsider_instructor):
    module = course.modules.first()
    lesson = module.lessons.first()
    foreign = CourseFactory(instructor=outsider_instructor)
    removed = services.remove_lesson(lesson=module.lessons.last(), by=None)
    foreign_file = stored(outsider_instructor)
    body = {
        "modules": [
            {"id": str(module.pk), "title": "", "lessons": [
                {"id": str(lesson.pk), "video_url": "javascript:alert(1)"},
                {"id": str(lesson.pk)},
                {"id": str(foreign.lessons.first().pk)},
                {"id": str(removed.pk)},
                {"body": f"![x](file:{foreign_file.pk})", "title": "With a picture"},
                {"title": "With a video", "type": "video", "video_file": str(foreign_file.pk)},
                {"type": "text"},
            ]},
            {"id": str(foreign.modules.first().pk), "lessons": []},
        ]
    }  # fmt: skip
    assert refused(client, address, body, 422, shape, course) == {
        "modules.0.title": "blank",
        "modules.0.lessons.0.video_url": "invalid_video_url",
        "modules.0.lessons.1.id": "duplicate_id",
        "modules.0.lessons.2.id": "unknown_lesson",
        "modules.0.lessons.3.id": "unknown_lesson",
        "modules.0.lessons.4.body": "unknown_file",
        "modules.0.lessons.5.video_file": "unknown_file",
        "modules.0.lessons.6.title": "required",
        "modules.1.id": "unknown_module",
    }


def test_what_is_only_shown_is_refused_when_it_differs(client, address, course, shape):
    body = tree(client, address)
    body["totals"]["lessons"] = 99
    body["modules"][0]["minutes"] = 7
    body["modules"][0]["lessons"][1]["locked"] = True
    assert refused(client, address, body, 422, shape, course) == {"totals": "unknown_field"}
    del body["totals"]
    assert refused(client, address, body, 422, shape, course) == {"modules.0.minutes": "unknown_field"}
    del body["modules"][0]["minutes"]
    told = refused(client, address, body, 422, shape, course)
    assert told == {"modules.0.lessons.1.locked": "unknown_field"}
    assert refused(client, address, {"modules": [{"title": "No lessons"}]}, 422, shape, course) == {
        "modules.0.lessons": "required"
    }


def test_progress_wants_force(client, address, course, pupils, shape):
    lesson = course.lessons.live().in_order().first()
    pupils({lesson.pk: 4})
    body = {"modules": [{"id": str(m.pk), "lessons": []} for m in course.modules.all()]}
    before = shape(course)
    answer = client.put(address, body)
    entry = answer.json()["errors"][0]
    assert (answer.status_code, answer.json()["code"]) == (409, "lessons_have_progress")
    assert (entry["target"], entry["people"]) == (str(lesson.pk), 4)
    assert shape(course) == before
    assert client.put(f"{address}?force=true", body).status_code == 200


def test_states_that_cannot_be_are_refused_with_their_place(client, address, course, shape, monkeypatch):
    one, two = course.lessons.live().in_order()[:2]
    quiz = LessonFactory(module=course.modules.last(), type="quiz", body="", is_published=False)

    def changed(**nodes):
        body = {"modules": client.get(address).json()["modules"]}
        for module in body["modules"]:
            for lesson in module["lessons"]:
                lesson |= nodes.get(lesson["id"].replace("-", "_"), {})
        return body

    def name(lesson):
        return str(lesson.pk).replace("-", "_")

    for nodes, told in (
        ({name(one): {"body": " "}}, {"modules.0.lessons.0": "text_empty"}),
        ({name(two): {"slug": one.slug}}, {"modules.0.lessons.1.slug": "slug_taken"}),
        ({name(quiz): {"type": "text"}}, {"modules.1.lessons.3.type": "lesson_type_fixed"}),
    ):
        assert refused(client, address, changed(**nodes), 409, shape, course) == told
    swap = changed(**{name(one): {"slug": two.slug}, name(two): {"slug": one.slug}})
    assert client.put(address, swap).status_code == 200
    assert Lesson.objects.get(pk=one.pk).slug == two.slug
    monkeypatch.setattr(content, "MAX_MODULES", 1)
    assert refused(client, address, changed(), 409, shape, course) == {}


def test_a_failure_half_way_leaves_the_old_tree(course, instructor, shape, monkeypatch):
    before = shape(course)

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(content, "recount_course", fail)
    with pytest.raises(RuntimeError):
        services.put_content(course=course, by=instructor, modules=[])
    assert shape(course) == before


def test_the_second_editor_is_told(client, address, course):
    tag = client.get(address).headers["ETag"]
    headers = {"If-Match": tag}
    assert client.put(address, {"modules": []}, headers=headers).status_code == 200
    assert client.put(address, {"modules": []}, headers=headers).json()["code"] == "stale"


def test_the_cost_does_not_grow_with_the_lessons(instructor, max_queries):
    picture = stored(instructor)
    for lessons in (2, 12):
        course = CourseFactory(instructor=instructor, lessons=lessons)
        nodes = [
            {
                "id": module.pk,
                "lessons": [
                    {"id": lesson.pk, "title": f"{lesson.title} anew", "body": f"![x](file:{picture.pk}) {n}"}
                    for n, lesson in enumerate(module.lessons.order_by("-position"))
                ]
                + [{"title": f"Fresh {n}", "body": "Text"} for n in range(lessons)],
            }
            for module in course.modules.order_by("-position")
        ]
        with max_queries(34):
            services.put_content(course=course, by=instructor, modules=nodes)
        course.refresh_from_db()
        assert_sound(course)
        assert course.lessons.get(title="Lesson 1.1 anew").inline_files.get() == picture


@pytest.mark.django_db(transaction=True)
def test_two_trees_and_a_reorder_at_once(instructor, race):
    course = CourseFactory(instructor=instructor)
    one, two = course.modules.order_by("position")
    ids = {
        m: [{"id": pk} for pk in m.lessons.order_by("position").values_list("pk", flat=True)]
        for m in (one, two)
    }
    trees = [
        [{"id": two.pk, "lessons": ids[one][:2] + ids[two]}, {"id": one.pk, "lessons": ids[one][2:]}],
        [{"id": one.pk, "lessons": ids[two]}, {"id": two.pk, "lessons": ids[one]}],
    ]
    results = race(
        *[lambda t=t: services.put_content(course=course, by=instructor, modules=t) for t in trees * 2],
        *[lambda: services.reorder_modules(course=course, by=instructor, ids=[two.pk, one.pk])] * 2,
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert course.lessons.live().count() == 6
    assert_sound(course)
