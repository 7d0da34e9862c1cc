"""The page of one lesson: its text and files, and what is refused."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses import services
from courses.models import Lesson, LessonResource
from courses.tests.test_admin import form_of
from files.models import StoredFile
from files.tests.factories import mp4_bytes, png_bytes, stored

pytestmark = pytest.mark.django_db

VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nLight.\n"


def page(lesson):
    return reverse("admin:courses_lesson_change", args=[lesson.pk])


def resources(lesson):
    return reverse("admin:courses_lesson_resources", args=[lesson.pk])


@pytest.fixture
def save(login, instructor):
    """`save(lesson, title=…)`: the answer to the form with these fields changed."""
    client = login(instructor)

    def post(lesson, **fields):
        data = {**form_of(client, page(lesson)), **fields}
        return client.post(page(lesson), {name: value for name, value in data.items() if value is not None})

    return post


def errors(response):
    return response.context["adminform"].form.errors


def test_saving_unchanged_changes_nothing(save, lesson, course, shape):
    before = shape(course)
    assert save(lesson).status_code == 302
    assert shape(course) == before


def test_a_lesson_is_written(save, lesson, course):
    response = save(
        lesson, title="The window", body="**Look.**", is_preview="on", duration_minutes="5", _save=""
    )
    assert (
        response["Location"]
        == f"{reverse('admin:courses_course_outline', args=[course.pk])}#lesson-{lesson.pk}"
    )
    lesson.refresh_from_db()
    assert (lesson.title, lesson.body, lesson.is_preview, lesson.duration_minutes) == (
        "The window",
        "**Look.**",
        True,
        5,
    )


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"title": "x"}, "title"),
        ({"type": "quiz"}, "type"),
        ({"type": "assignment"}, "type"),
        ({"body": "x" * 50_001}, "body"),
        ({"type": "video", "video_url": "https://evil.example/a"}, "video_url"),
        ({"type": "link", "link_url": "javascript:alert(1)"}, "link_url"),
        ({"duration_minutes": "0"}, "duration_minutes"),
        ({"required_watch_percentage": "101"}, "required_watch_percentage"),
        ({"body": ""}, "__all__"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_written(save, lesson, course, shape, fields, field):
    before = shape(course)
    response = save(lesson, **fields)
    assert response.status_code == 200
    assert field in errors(response)
    assert shape(course) == before


def test_the_type_of_a_quiz_is_fixed(login, save, course, instructor):
    quiz = services.add_lesson(module=course.modules.first(), by=instructor, title="Quiz", type="quiz")
    html = login(instructor).get(page(quiz)).content.decode()
    assert 'name="type"' not in html
    assert f"{reverse('admin:quizzes_quiz_add')}?lesson={quiz.pk}" in html
    save(quiz, type="text", title="Still a quiz")
    quiz.refresh_from_db()
    assert (quiz.type, quiz.title) == ("quiz", "Still a quiz")


def test_a_picture_without_scripts_goes_to_the_end_of_the_text(save, lesson, instructor):
    picture = SimpleUploadedFile("lens.png", png_bytes(), content_type="image/png")
    save(lesson, body="Look:", picture=picture, picture_alt="a [thick] lens")
    file = StoredFile.objects.get()
    lesson.refresh_from_db()
    assert lesson.body == f"Look:\n\n![a (thick) lens](file:{file.pk})"
    assert (file.alt_text, list(lesson.inline_files.all())) == ("a [thick] lens", [file])


def test_a_film_is_uploaded_or_chosen_and_only_own_ones(save, lesson, instructor, outsider_instructor):
    film = SimpleUploadedFile("film.mp4", mp4_bytes(), content_type="video/mp4")
    save(lesson, type="video", video_upload=film)
    lesson.refresh_from_db()
    assert lesson.video_file.original_name == "film.mp4"
    foreign = stored(outsider_instructor, mp4_bytes(), "theirs.mp4")
    assert "video_file" in errors(save(lesson, video_file=foreign.pk))
    assert "video_url" in errors(save(lesson, video_url="https://youtu.be/dQw4w9WgXcQ"))
    lesson.refresh_from_db()
    assert lesson.video_file.original_name == "film.mp4"


def test_a_film_that_is_kept_stays_chosen_when_the_rest_is_refused(save, lesson):
    film = SimpleUploadedFile("film.mp4", mp4_bytes(), content_type="video/mp4")
    response = save(lesson, type="video", video_upload=film, video_url="https://youtu.be/dQw4w9WgXcQ")
    assert "video_url" in errors(response)
    assert response.context["adminform"].form["video_file"].value() == str(StoredFile.objects.get().pk)


def test_a_wrong_file_is_refused_at_its_field(save, lesson):
    wrong = SimpleUploadedFile("film.mp4", b"MZ this is no film", content_type="video/mp4")
    assert "video_upload" in errors(save(lesson, type="video", video_upload=wrong))
    assert not StoredFile.objects.exists()


def test_files_links_and_captions(login, lesson, instructor):
    services.update_lesson(
        lesson=lesson, by=instructor,
        fields={"type": "video", "video_url": "https://youtu.be/dQw4w9WgXcQ", "video_duration_seconds": 60},
    )  # fmt: skip
    client = login(instructor)
    captions = SimpleUploadedFile("film.vtt", VTT, content_type="text/vtt")
    sent = [
        {"resource-kind": "caption", "resource-upload": captions, "resource-language": "ar"},
        {"resource-kind": "material", "resource-url": "https://example.org/lens", "resource-title": "More"},
        {"resource-kind": "material", "resource-file": stored(instructor).pk},
    ]
    for data in sent:
        assert client.post(resources(lesson), {"verb": "add", **data})["Location"].endswith("#resources")
    kept = list(lesson.resources.order_by("kind", "position").values_list("kind", "title", "language"))
    assert kept == [("caption", "film.vtt", "ar"), ("material", "More", ""), ("material", "picture.png", "")]
    more = lesson.resources.get(title="More")
    client.post(resources(lesson), {"verb": "remove", "resource": more.pk})
    assert not LessonResource.objects.filter(pk=more.pk).exists()


@pytest.mark.parametrize(
    "data",
    [
        {"resource-kind": "material"},
        {"resource-kind": "material", "resource-url": "javascript:alert(1)"},
        {"resource-kind": "virus", "resource-url": "https://example.org"},
        {"resource-kind": "caption", "resource-url": "https://example.org"},
    ],
)
def test_a_resource_that_does_not_fit_is_refused_with_a_sentence(login, lesson, instructor, data):
    answer = login(instructor).post(resources(lesson), {"verb": "add", **data}, follow=True)
    assert [str(message) for message in answer.context["messages"]]
    assert not lesson.resources.exists()


def test_foreign_files_and_resources_are_refused(login, lesson, instructor, outsider_instructor, draft):
    client, foreign = login(instructor), stored(outsider_instructor)
    client.post(resources(lesson), {"verb": "add", "resource-kind": "material", "resource-file": foreign.pk})
    assert not lesson.resources.exists()
    other = draft.lessons.in_order().first()
    theirs = services.add_resource(lesson=other, by=instructor, url="https://example.org", title="Kept")
    for resource in (theirs.pk, "x", ""):
        assert client.post(resources(lesson), {"verb": "remove", "resource": resource}).status_code == 404
    assert other.resources.get() == theirs


def test_a_published_document_keeps_its_last_file(login, lesson, instructor):
    file = services.add_resource(lesson=lesson, by=instructor, file=stored(instructor))
    services.update_lesson(lesson=lesson, by=instructor, fields={"type": "document"})
    answer = login(instructor).post(resources(lesson), {"verb": "remove", "resource": file.pk}, follow=True)
    assert "Attach a file." in answer.content.decode()
    assert lesson.resources.get() == file


def test_a_removed_lesson_has_no_page(login, lesson, instructor):
    services.remove_lesson(lesson=lesson, by=instructor)
    assert login(instructor).get(page(lesson)).status_code == 404


def test_the_list_of_lessons_is_the_outline_of_a_course(login, instructor, lesson):
    client = login(instructor)
    assert client.get("/admin/courses/lesson/")["Location"] == "/admin/courses/course/"
    assert client.get("/admin/courses/lesson/add/").status_code == 403
    assert Lesson.objects.filter(pk=lesson.pk).exists()
