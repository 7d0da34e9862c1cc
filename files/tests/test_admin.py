"""Files in the admin: one's own, or everybody's for admins; every change by the verb."""

import pytest
from django.urls import reverse

from files.models import StoredFile
from files.tests.factories import mp4_bytes, stored

pytestmark = pytest.mark.django_db
LIST = "/admin/files/storedfile/"


@pytest.fixture
def shelf(instructor, student):
    """A cover that a course shows, a film that nothing shows, and somebody else's picture."""
    from courses.tests.factories import CourseFactory

    cover = stored(instructor, name="cover.png", alt_text="A lens", visibility="public")
    CourseFactory(instructor=instructor, title="Light and lenses", thumbnail=cover)
    return cover, stored(instructor, mp4_bytes(), "film.mp4"), stored(student, name="mine.png")


def shown(page):
    return [file.original_name for file in page.context["cl"].result_list]


def test_each_sees_their_own_and_admins_all(shelf, login, instructor, outsider_instructor, admin_user):
    assert set(shown(login(instructor).get(LIST))) == {"cover.png", "film.mp4"}
    assert shown(login(outsider_instructor).get(LIST)) == []
    assert len(shown(login(admin_user).get(LIST))) == 3


@pytest.mark.parametrize(
    "query, names",
    [
        ("unused=1", {"film.mp4", "mine.png"}),
        ("unused=0", {"cover.png"}),
        ("kind__exact=video", {"film.mp4"}),
        ("visibility__exact=public", {"cover.png"}),
        ("q=fil", {"film.mp4"}),
    ],
)
def test_filters_and_search(shelf, login, admin_user, query, names):
    assert set(shown(login(admin_user).get(f"{LIST}?{query}"))) == names


def test_space_is_told(shelf, login, instructor, admin_user):
    own = login(instructor).get(LIST)
    assert own.context["usage"].used == sum(file.size for file in shelf[:2])
    assert own.context["usage"].by_owner == []
    site = login(admin_user).get(LIST)
    assert {row["kind"] for row in site.context["usage"].by_kind} == {"image", "video"}
    assert instructor.full_name in site.content.decode()


def test_the_list_asks_a_constant_number_of_questions(shelf, login, instructor, max_queries):
    client = login(instructor)
    for _number in range(6):
        stored(instructor)
    with max_queries(9):
        client.get(LIST)


def change(client, file, **values):
    body = {
        "original_name": file.original_name,
        "alt_text": file.alt_text,
        "visibility": file.visibility,
        **values,
    }
    return client.post(reverse("admin:files_storedfile_change", args=[file.pk]), body)


def test_name_text_and_visibility_are_changed_by_the_verb(shelf, login, instructor):
    film = shelf[1]
    assert change(login(instructor), film, original_name="lecture.exe", alt_text="x").status_code == 302
    film.refresh_from_db()
    assert (film.original_name, film.alt_text) == ("lecture.mp4", "x")


def test_a_students_file_does_not_become_public_even_by_an_admin(shelf, login, admin_user):
    picture = shelf[2]
    page = change(login(admin_user), picture, visibility="public")
    assert page.status_code == 200
    assert "visibility" in page.context["adminform"].form.errors
    picture.refresh_from_db()
    assert picture.visibility == "private"


def act(client, action, *files):
    return client.post(LIST, {"action": action, "_selected_action": [file.pk for file in files]}, follow=True)


def test_actions_call_the_verb_for_each(shelf, login, instructor, django_capture_on_commit_callbacks):
    cover, film, others = shelf
    client = login(instructor)
    with django_capture_on_commit_callbacks(execute=True):
        page = act(client, "delete_unused", cover, film, others)
    assert "Light and lenses" in page.content.decode()
    assert set(StoredFile.objects.all()) == {cover, others}
    act(client, "make_private", cover)
    cover.refresh_from_db()
    assert cover.visibility == "private"


def test_the_picker_shows_own_files_with_their_places(
    shelf, login, instructor, outsider_instructor, max_queries
):
    client = login(instructor)
    for number in range(14):
        stored(instructor, b"text", f"notes {number}.txt")
    page = client.get(f"{LIST}picker/?kind=image").content.decode()
    assert "cover.png" in page and "Light and lenses" in page
    assert "film.mp4" not in page and "mine.png" not in page
    with max_queries(12):
        everything = client.get(f"{LIST}picker/?search=notes").content.decode()
    assert everything.count("data-pick=") == 12 and "Search by name" in everything
    assert "data-pick" not in login(outsider_instructor).get(f"{LIST}picker/").content.decode()
