"""Writing a course's own fields."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from courses import services
from courses.exceptions import BelowEnrollmentCount
from courses.models import Course, Tag
from files.models import StoredFile
from files.tests.factories import mp4_bytes, stored

pytestmark = pytest.mark.django_db


def code_of(error, field):
    return [e.code for e in error.value.error_dict[field]]


def test_new_course_is_a_draft_of_its_author(instructor):
    course = services.create_course(by=instructor, title="  Optics  ")
    assert (course.title, course.status, course.instructor) == ("Optics", "draft", instructor)
    assert (course.language, course.currency, course.published_at) == (instructor.locale, "EGP", None)
    assert instructor.instructor_profile.slug
    assert AuditEntry.objects.get(target_id=str(course.pk)).action == "course.created"


def test_students_own_no_courses(student, admin_user):
    for by, owner in ((student, None), (admin_user, student)):
        with pytest.raises(ValidationError) as error:
            services.create_course(by=by, title="Optics", instructor=owner)
        assert code_of(error, "instructor") == ["not_an_instructor"]
    assert not Course.objects.exists()


def test_only_a_real_change_counts(course, instructor):
    before = (course.revision, course.structure_version, course.updated_at)
    same = services.update_course(
        course=course, by=instructor, fields={"title": course.title, "level": "beginner"}
    )
    assert (same.revision, same.structure_version, same.updated_at) == before
    changed = services.update_course(course=course, by=instructor, fields={"subtitle": "New"})
    assert (changed.revision, changed.structure_version) == (before[0] + 1, before[1])


def test_quiz_average_counts_for_progress(course, instructor):
    changed = services.update_course(course=course, by=instructor, fields={"min_quiz_average": 60})
    assert changed.structure_version == course.structure_version + 1
    assert changed.structure_changed_at > course.structure_changed_at


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", "ab", "min_length"),
        ("title", "x" * 256, "max_length"),
        ("title", "null\0byte", "invalid_characters"),
        ("title", "over\u202eride", "invalid_characters"),
        ("title", "two\nlines", "invalid_characters"),
        ("subtitle", "x" * 501, "max_length"),
        ("description", "x" * 20_001, "max_length"),
        ("description", "bell\x07", "invalid_characters"),
        ("objectives", ["x" * 301], "max_length"),
        ("objectives", ["a"] * 21, "too_many_items"),
        ("requirements", ["isolate \u2066"], "invalid_characters"),
        ("tags", [f"tag {n}" for n in range(11)], "too_many_tags"),
        ("tags", ["x" * 51], "max_length"),
        ("level", "expert", "invalid_choice"),
        ("language", "not a tag", "invalid_language"),
        ("price", Decimal("-1"), "min_value"),
        ("price", Decimal("1.2345"), "too_many_decimals"),
        ("currency", "XYZ1", "invalid_currency"),
        ("access_days", 0, "min_value"),
        ("max_students", 0, "min_value"),
        ("min_quiz_average", Decimal("101"), "max_value"),
        ("promo_video_url", "https://evil.example/video", "invalid_video_url"),
        ("promo_video_url", "javascript:alert(1)", "invalid_video_url"),
    ],
)
def test_value_that_does_not_fit(course, instructor, shape, field, value, code):
    before = shape(course)
    with pytest.raises(ValidationError) as error:
        services.update_course(course=course, by=instructor, fields={field: value})
    assert code in code_of(error, field)
    assert shape(course) == before


def test_price_has_the_decimals_of_its_currency(course, instructor):
    with pytest.raises(ValidationError) as error:
        services.update_course(course=course, by=instructor, fields={"price": "10.5", "currency": "JPY"})
    assert code_of(error, "price") == ["too_many_decimals"]
    paid = services.update_course(course=course, by=instructor, fields={"price": "10.125", "currency": "kwd"})
    paid.refresh_from_db()
    assert (paid.price, paid.currency, paid.is_free) == (Decimal("10.125"), "KWD", False)


def test_every_wrong_field_is_named_at_once(instructor):
    with pytest.raises(ValidationError) as error:
        services.create_course(by=instructor, title="", level="expert", currency="zz")
    assert set(error.value.error_dict) == {"title", "level", "currency"}


def test_blank_lines_are_dropped_and_text_is_composed(course, instructor):
    fields = {"objectives": ["  See  ", "", "   ", "Cafe\u0301"], "description": "a\r\nb"}
    changed = services.update_course(course=course, by=instructor, fields=fields)
    assert changed.objectives == ["See", "Café"]
    assert changed.description == "a\nb"


def test_tags_are_one_whatever_their_spelling(course, instructor):
    services.update_course(course=course, by=instructor, fields={"tags": ["Python", "python ", "قهوة"]})
    other = services.create_course(by=instructor, title="Other", tags=["PYTHON", "قهوه"])
    assert {tag.name for tag in other.tags.all()} == {"Python", "قهوة"}
    assert Tag.objects.count() == 2


def test_limit_of_seats_is_not_below_the_seats_taken(course, instructor):
    services.set_enrollment_count(course.pk, 3)
    with pytest.raises(BelowEnrollmentCount):
        services.update_course(course=course, by=instructor, fields={"max_students": 2})
    course.refresh_from_db()
    assert course.max_students is None
    assert services.update_course(course=course, by=instructor, fields={"max_students": 3}).max_students == 3


def test_price_and_address_are_audited(course, instructor):
    services.update_course(
        course=course, by=instructor, fields={"price": 5, "slug": "lenses", "subtitle": "s"}
    )
    entry = AuditEntry.objects.get(action="course.changed")
    assert set(entry.data) == {"price", "slug"}
    assert entry.data["slug"] == ["light-and-lenses", "lenses"]


def test_chosen_pictures_become_public(course, instructor):
    cover, inside = stored(instructor), stored(instructor, name="inside.png")
    text = f"See ![a lens](file:{inside.pk}). " + course.description
    course = services.update_course(
        course=course, by=instructor, fields={"thumbnail": cover, "description": text}
    )
    assert set(StoredFile.objects.filter(visibility="public")) == {cover, inside}
    assert list(course.inline_files.all()) == [inside]
    assert f"/files/{inside.pk}/" in course.description_html()


def test_files_must_be_ones_own_and_of_the_right_kind(
    course, instructor, outsider_instructor, admin_user, shape
):
    foreign = stored(outsider_instructor)
    film = stored(instructor, mp4_bytes(), "film.mp4")
    before = shape(course)
    for fields in (
        {"thumbnail": foreign},
        {"thumbnail": film},
        {"description": f"![x](file:{foreign.pk})"},
        {"description": f"![x](file:{film.pk})"},
    ):
        with pytest.raises(ValidationError) as error:
            services.update_course(course=course, by=instructor, fields=fields)
        assert code_of(error, next(iter(fields))) == ["unknown_file"]
    assert shape(course) == before
    foreign.refresh_from_db()
    assert foreign.visibility == "private"
    # An admin may use anyone's; what the course holds stays good when somebody else saves.
    course = services.update_course(course=course, by=admin_user, fields={"thumbnail": foreign})
    text = f"![x](file:{foreign.pk}) " + course.description
    assert (
        services.update_course(course=course, by=instructor, fields={"description": text}).description == text
    )


def test_search_words_follow_the_course(course, instructor):
    category = services.save_category(by=None, name_en="Physics", name_ar="فيزياء")
    fields = {"title": "أَشِعّة الضوء", "tags": ["Optik"], "category": category}
    course = services.update_course(course=course, by=instructor, fields=fields)
    for word in ("اشعه", "optik", "physics", "فيزياء", "nour", "lenses"):
        assert word in course.search_text
    assert course.title_key == "اشعه الضوء"


def test_renaming_a_tag_merges_it(course, instructor, admin_user):
    services.update_course(course=course, by=instructor, fields={"tags": ["Optik"]})
    other = services.create_course(by=instructor, title="Other", tags=["Optics"])
    kept = services.rename_tag(tag=Tag.objects.get(name="Optik"), by=admin_user, name="OPTICS")
    assert list(course.tags.all()) == list(other.tags.all()) == [kept]
    course.refresh_from_db()
    assert "optics" in course.search_text
    assert "optik" not in course.search_text
