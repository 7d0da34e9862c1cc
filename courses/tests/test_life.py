"""Draft, published, archived, binned; and the check list."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.services import set_role
from courses import checks, services
from courses.exceptions import CourseHasStudents, NotPublishable, OwnsCourses, WrongStatus
from courses.models import Course
from courses.tests.factories import DESCRIPTION, CategoryFactory, CourseFactory, LessonFactory
from files.tests.factories import mp4_bytes, stored

pytestmark = pytest.mark.django_db

VERBS = {
    "publish": services.publish,
    "unpublish": services.unpublish,
    "archive": services.archive,
    "restore": services.restore,
    "bin": services.bin_course,
}
# From each state: where the verb leads, "-" for a refusal.
TRANSITIONS = [
    ("draft", {"publish": "published", "unpublish": "draft", "archive": "archived", "restore": "draft"}),
    ("published", {"publish": "published", "unpublish": "draft", "archive": "archived", "restore": "-"}),
    ("archived", {"publish": "published", "unpublish": "-", "archive": "archived", "restore": "draft"}),
    ("binned", {"publish": "-", "unpublish": "-", "archive": "-", "restore": "draft", "bin": "binned"}),
]


def bring_to(course, state):
    if state != "draft":
        services.publish(course=course, by=None)
    if state == "archived":
        services.archive(course=course, by=None)
    if state == "binned":
        services.bin_course(course=course, by=None)
    course.refresh_from_db()
    return course


def state_of(course):
    course.refresh_from_db()
    return "binned" if course.deleted_at else course.status


@pytest.mark.parametrize(
    ("start", "verb", "end"),
    [(start, verb, end) for start, verbs in TRANSITIONS for verb, end in verbs.items()],
)
def test_transition(draft, instructor, start, verb, end):
    course = bring_to(draft, start)
    audited, revision = AuditEntry.objects.count(), course.revision
    if end == "-":
        with pytest.raises(WrongStatus):
            VERBS[verb](course=course, by=instructor)
        end = start
    else:
        VERBS[verb](course=course, by=instructor)
    assert state_of(course) == end
    changed = int(start != end)  # already there: nothing changes
    assert (course.revision - revision, AuditEntry.objects.count() - audited) == (changed, changed)


def test_first_publication_is_kept(draft, instructor):
    first = services.publish(course=draft, by=instructor).published_at
    services.unpublish(course=draft, by=instructor)
    assert services.publish(course=draft, by=instructor).published_at == first


def test_course_with_students_is_not_binned(course, instructor, admin_user):
    services.set_enrollment_count(course.pk, 1)
    with pytest.raises(CourseHasStudents):
        services.bin_course(course=course, by=instructor)
    assert state_of(course) == "published"
    services.bin_course(course=course, by=admin_user, force=True)
    assert state_of(course) == "binned"


def test_binned_is_never_published_in_the_database(course):
    with pytest.raises(IntegrityError), transaction.atomic():
        Course.objects.filter(pk=course.pk).update(deleted_at=timezone.now())


def test_transfer_needs_a_teacher(course, admin_user, student, outsider_instructor):
    with pytest.raises(ValidationError):
        services.transfer_course(course=course, by=admin_user, instructor=student)
    services.transfer_course(course=course, by=admin_user, instructor=outsider_instructor)
    course.refresh_from_db()
    assert course.instructor == outsider_instructor
    assert "tomas" in course.search_text


def test_owner_of_a_course_is_not_demoted(course, instructor, admin_user):
    with pytest.raises(OwnsCourses):
        set_role(user=instructor, role="student", by=admin_user)
    services.bin_course(course=course, by=admin_user, force=True)
    assert set_role(user=instructor, role="student", by=admin_user).role == "student"


# --- The check list


def codes(course):
    return [problem.code for problem in course.problems() if problem.is_blocking]


def test_empty_course_hears_everything_at_once(instructor):
    course = services.create_course(by=instructor, title="Optics", description="Too short.")
    with pytest.raises(NotPublishable) as error:
        services.publish(course=course, by=instructor)
    entries = {entry.code: entry for entry in error.value.errors}
    assert {"too_few_lessons", "description_too_short"} <= set(entries)
    assert str(entries["too_few_lessons"].message) == "Publish at least 3 lessons (now 0)."
    assert entries["too_few_lessons"].extra["target"] == str(course.pk)
    assert state_of(course) == "draft"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": "text", "body": "  "}, "text_empty"),
        ({"type": "video"}, "video_missing"),
        ({"type": "video", "video_url": "https://youtu.be/dQw4w9WgXcQ"}, "video_length_missing"),
        ({"type": "document"}, "document_missing"),
        ({"type": "link"}, "link_missing"),
    ],
)
def test_lesson_that_lacks_something(draft, instructor, shape, fields, code):
    lesson = services.add_lesson(module=draft.modules.first(), by=instructor, title="Lacking", **fields)
    before = shape(draft)
    with pytest.raises(NotPublishable) as error:
        services.publish_lesson(lesson=lesson, by=instructor)
    assert [e.code for e in error.value.errors] == [code]
    assert error.value.errors[0].extra["target"] == str(lesson.pk)
    assert shape(draft) == before
    # By a body it is the same rule.
    with pytest.raises(NotPublishable):
        services.update_lesson(lesson=lesson, by=instructor, fields={"is_published": True})
    with pytest.raises(NotPublishable):
        services.add_lesson(
            module=draft.modules.first(), by=instructor, title="New", is_published=True, **fields
        )
    assert shape(draft) == before


def test_complete_lessons_of_each_type_are_publishable(draft, instructor):
    module = draft.modules.first()
    film = stored(instructor, mp4_bytes(90), "film.mp4")
    video = services.add_lesson(module=module, by=instructor, title="Film", type="video", video_file=film)
    link = services.add_lesson(
        module=module, by=instructor, title="Link", type="link", link_url="https://example.org/a"
    )
    document = services.add_lesson(module=module, by=instructor, title="Paper", type="document")
    services.add_resource(
        lesson=document, by=instructor, file=stored(instructor, b"%PDF-1.4\n%%EOF\n", "paper.pdf")
    )
    for lesson in (video, link, document):
        assert services.publish_lesson(lesson=lesson, by=instructor).is_published
    assert video.minutes == 2


def test_published_lesson_cannot_be_broken(course, lesson, instructor, shape):
    before = shape(course)
    for fields in ({"body": ""}, {"type": "link"}, {"type": "video"}):
        with pytest.raises(NotPublishable):
            services.update_lesson(lesson=lesson, by=instructor, fields=fields)
    assert shape(course) == before


@pytest.fixture
def unfit(monkeypatch):
    """`unfit("Title")`: an app above finds a blocking problem in the live lesson of that title."""

    def find(title):
        def check(course):
            live = course.lessons.live().filter(title=title)
            return [checks.Problem("no_questions", "Add a question.", row) for row in live]

        monkeypatch.setattr(checks, "_checks", [])
        services.register_publish_check(check)

    return find


def test_lesson_that_broke_while_removed_comes_back_hidden(course, lesson, instructor):
    module = course.modules.first()
    for bring_back in (
        lambda row: services.restore_lesson(lesson=row, by=instructor, module=module),
        lambda row: services.restore_module(course=course, by=instructor, lessons=[row.pk], title="Back"),
    ):
        removed = services.remove_lesson(lesson=lesson, by=instructor)
        services.update_lesson(lesson=removed, by=instructor, fields={"body": ""})
        bring_back(removed)
        lesson.refresh_from_db()
        assert (lesson.deleted_at, lesson.is_published) == (None, False)
        course.refresh_from_db()
        assert course.lesson_count == 5
        services.update_lesson(lesson=lesson, by=instructor, fields={"body": "Words", "is_published": True})


def test_lesson_that_an_app_above_finds_broken_comes_back_hidden(course, lesson, instructor, unfit):
    removed = services.remove_lesson(lesson=lesson, by=instructor)
    unfit(lesson.title)
    back = services.restore_lesson(lesson=removed, by=instructor, module=course.modules.first())
    assert back.is_published is False
    lesson.refresh_from_db()
    assert lesson.is_published is False


def test_unfit_lesson_is_not_moved_before_students(course, instructor, shape, unfit):
    hidden = services.add_module(course=course, by=instructor, title="Hidden", is_published=False)
    row = LessonFactory(module=hidden, title="Unfit")
    unfit("Unfit")
    before = shape(course)
    with pytest.raises(NotPublishable) as error:
        services.move_lesson(lesson=row, by=instructor, module=course.modules.first())
    assert error.value.errors[0].code == "no_questions"
    assert shape(course) == before
    other = services.add_module(course=course, by=instructor, title="Hidden too", is_published=False)
    assert services.move_lesson(lesson=row, by=instructor, module=other).module == other


def test_only_file_of_a_published_document_stays(course, instructor):
    document = services.add_lesson(
        module=course.modules.first(), by=instructor, title="Paper", type="document"
    )
    paper = services.add_resource(
        lesson=document, by=instructor, file=stored(instructor, b"%PDF-1.4\n%%EOF\n", "paper.pdf")
    )
    services.publish_lesson(lesson=document, by=instructor)
    with pytest.raises(NotPublishable):
        services.remove_resource(resource=paper, by=instructor)
    assert document.resources.count() == 1


def test_published_course_may_fall_below_three_lessons(course, instructor):
    for lesson in course.lessons.all()[:4]:
        services.remove_lesson(lesson=lesson, by=instructor)
    assert state_of(course) == "published"
    assert codes(course) == ["too_few_lessons"]


def test_publish_content_takes_what_is_fit(instructor):
    course = CourseFactory(instructor=instructor, draft=True, modules=1, lessons=0)
    module = course.modules.get()
    services.unpublish_module(module=module, by=instructor)
    for n in range(3):
        LessonFactory(module=module, title=f"Fit {n}", is_published=False)
    broken = LessonFactory(module=module, title="Broken", body="", is_published=False)
    with pytest.raises(NotPublishable):
        services.publish(course=course, by=instructor)
    assert not course.lessons.filter(is_published=True).exists()
    course = services.publish(course=course, by=instructor, publish_content=True)
    assert (course.status, course.lesson_count) == ("published", 3)
    assert list(course.lessons.filter(is_published=False)) == [broken]


def test_publish_content_rolls_back_when_the_course_is_not_fit(instructor, shape):
    course = CourseFactory(instructor=instructor, draft=True, modules=1, lessons=2, description="Short.")
    LessonFactory(module=course.modules.get(), title="Third", is_published=False)
    before = shape(course)
    with pytest.raises(NotPublishable) as error:
        services.publish(course=course, by=instructor, publish_content=True)
    assert [e.code for e in error.value.errors] == ["description_too_short"]
    assert shape(course) == before


def test_checks_of_other_apps_are_asked(draft, instructor, monkeypatch):
    lesson = draft.lessons.first()

    def check(course):
        live = course.lessons.live().filter(pk=lesson.pk)
        return [checks.Problem("no_questions", "Add a question.", row) for row in live]

    monkeypatch.setattr(checks, "_checks", [])
    services.register_publish_check(check)
    assert codes(draft) == ["no_questions"]
    with pytest.raises(NotPublishable):
        services.publish(course=draft, by=instructor)
    services.unpublish_lesson(lesson=lesson, by=instructor)
    with pytest.raises(NotPublishable) as error:
        services.publish_lesson(lesson=lesson, by=instructor)
    assert error.value.errors[0].code == "no_questions"
    assert services.publish(course=draft, by=instructor).is_published


def test_warnings_block_nothing(draft, instructor):
    draft = services.update_course(course=draft, by=instructor, fields={"price": 10})
    warned = {problem.code for problem in draft.problems() if not problem.is_blocking}
    assert warned == {"no_thumbnail", "no_category", "no_objectives", "no_preview"}
    lesson = draft.lessons.first()
    services.update_lesson(lesson=lesson, by=instructor, fields={"is_preview": True})
    fields = {"category": CategoryFactory(), "objectives": ["See"], "thumbnail": stored(instructor)}
    draft = services.update_course(course=draft, by=instructor, fields=fields)
    assert [problem.code for problem in draft.problems()] == []


def test_each_problem_links_to_where_it_is_mended(instructor):
    course = services.create_course(by=instructor, title="Optics", description=DESCRIPTION)
    module = services.add_module(course=course, by=instructor, title="One")
    lesson = services.add_lesson(module=module, by=instructor, title="Empty")
    type(lesson).objects.filter(pk=lesson.pk).update(is_published=True)
    urls = {problem.code: problem.url for problem in course.problems()}
    assert urls["too_few_lessons"] == f"/admin/courses/course/{course.pk}/change/"
    assert urls["text_empty"] == f"/admin/courses/lesson/{lesson.pk}/change/"
