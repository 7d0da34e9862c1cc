"""May this person open this lesson? Many situations, each asked at every door: all give one answer."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from courses import services as courses
from courses.models import Course, Lesson, Module
from courses.outline import lock_of, outline_of
from enrollments import services
from enrollments.exceptions import DomainError
from enrollments.models import Enrollment
from enrollments.permissions import lesson_access, outline_access
from enrollments.tests.factories import complete
from files.tests.factories import stored

pytestmark = pytest.mark.django_db

LATER = timedelta(days=9)


class World:
    """One course of two modules with three lessons each; what happens to it is told by short names."""

    def __init__(self, student, course, lessons, instructor, admin_user):
        self.student, self.course, self.lessons = student, course, lessons
        self.instructor, self.admin = instructor, admin_user

    @property
    def row(self):
        return Enrollment.objects.select_related("course", "student").get(student=self.student)

    def enrolled(self):
        course = Course.objects.get(pk=self.course.pk)
        services.enroll(student=self.student, course=course, source="web")

    def left(self):
        services.drop(enrollment=self.row, by=self.student)

    def removed_by_staff(self):
        services.drop(enrollment=self.row, by=self.instructor, reason="Left the school")

    def suspended(self):
        services.suspend(enrollment=self.row, by=self.instructor, reason="A question.")

    def resumed(self):
        services.resume(enrollment=self.row, by=self.instructor)

    def past_its_end(self):
        ago = timezone.now() - timedelta(days=3)
        Enrollment.objects.update(enrolled_at=ago, expires_at=timezone.now() - timedelta(hours=1))

    def expired(self):
        self.past_its_end()
        services.expire_due()

    def renewed(self):
        self.enrolled()

    def ends_soon(self):
        Enrollment.objects.update(expires_at=timezone.now() + timedelta(hours=1))

    def extended(self):
        services.extend(enrollment=self.row, by=self.instructor, expires_at=timezone.now() + LATER)

    def first_done(self):
        complete(self.row, self.lessons[:1])

    def all_done(self):
        complete(self.row, self.lessons)

    def reset(self):
        services.reset_progress(enrollment=self.row, by=self.instructor, reason="Starts anew")

    def unlocked(self):
        services.unlock(enrollment=self.row, by=self.instructor)

    def locked_again(self):
        services.unlock(enrollment=self.row, by=self.instructor, unlocked=False)

    def opens_later(self):
        Module.objects.update(release_at=timezone.now() + LATER)

    def opened_before(self):
        Module.objects.update(release_at=timezone.now() - LATER)

    def drips_later(self):
        Module.objects.update(release_after_days=5)

    def dripped(self):
        Module.objects.update(release_after_days=5)
        Enrollment.objects.update(enrolled_at=timezone.now() - timedelta(days=6))

    def in_order(self):
        Course.objects.update(is_sequential=True)

    def first_is_optional(self):
        Lesson.objects.filter(pk=self.lessons[0].pk).update(is_required=False)

    def is_preview(self):
        Lesson.objects.filter(pk=self.lessons[0].pk).update(is_preview=True)

    def lesson_hidden(self):
        courses.unpublish_lesson(lesson=Lesson.objects.get(pk=self.lessons[0].pk), by=self.instructor)

    def module_hidden(self):
        courses.unpublish_module(module=self.lessons[0].module, by=self.instructor)

    def unpublished(self):
        courses.unpublish(course=Course.objects.get(pk=self.course.pk), by=self.instructor)

    def archived(self):
        courses.archive(course=Course.objects.get(pk=self.course.pk), by=self.instructor)

    def in_the_bin(self):
        courses.bin_course(course=Course.objects.get(pk=self.course.pk), by=self.admin, force=True)


# who · what happened, in this order · which lesson · the answer
SITUATIONS = [
    ("visitor", "", 0, "sign_in_required"),
    ("visitor", "is_preview", 0, "preview"),
    ("visitor", "is_preview opens_later", 0, "preview"),
    ("visitor", "is_preview unpublished", 0, "not_found"),
    ("visitor", "is_preview lesson_hidden", 0, "not_found"),
    ("visitor", "unpublished", 0, "not_found"),
    ("visitor", "in_the_bin", 0, "not_found"),
    ("visitor", "lesson_hidden", 0, "not_found"),
    ("student", "", 0, "not_enrolled"),
    ("student", "is_preview", 0, "preview"),
    ("student", "unpublished", 0, "not_found"),
    ("student", "archived", 0, "not_found"),
    ("student", "in_the_bin", 0, "not_found"),
    ("student", "enrolled", 0, "enrolled"),
    ("student", "enrolled", 5, "enrolled"),
    ("student", "enrolled ends_soon", 0, "enrolled"),
    ("student", "enrolled lesson_hidden", 0, "not_found"),
    ("student", "enrolled module_hidden", 0, "not_found"),
    ("student", "enrolled first_done lesson_hidden", 0, "not_found"),
    ("student", "enrolled unpublished", 0, "enrolled"),
    ("student", "enrolled archived", 0, "enrolled"),
    ("student", "enrolled in_the_bin", 0, "course_removed"),
    ("student", "enrolled all_done in_the_bin", 0, "course_removed"),
    ("student", "enrolled left", 0, "dropped"),
    ("student", "enrolled left is_preview", 0, "preview"),
    ("student", "enrolled left unpublished", 0, "not_found"),
    ("student", "enrolled left enrolled", 0, "enrolled"),
    ("student", "enrolled removed_by_staff", 0, "dropped"),
    ("student", "enrolled suspended", 0, "suspended"),
    ("student", "enrolled suspended is_preview", 0, "preview"),
    ("student", "enrolled suspended past_its_end", 0, "suspended"),
    ("student", "enrolled suspended unlocked", 0, "suspended"),
    ("student", "enrolled suspended resumed", 0, "enrolled"),
    ("student", "enrolled first_done suspended", 0, "suspended"),
    ("student", "enrolled past_its_end", 0, "access_expired"),
    ("student", "enrolled expired", 0, "access_expired"),
    ("student", "enrolled first_done expired", 0, "access_expired"),
    ("student", "enrolled all_done past_its_end", 0, "access_expired"),
    ("student", "enrolled expired renewed", 0, "enrolled"),
    ("student", "enrolled expired extended", 0, "enrolled"),
    ("student", "enrolled opens_later", 0, "not_released"),
    ("student", "enrolled opened_before", 0, "enrolled"),
    ("student", "enrolled drips_later", 0, "not_released"),
    ("student", "enrolled dripped", 0, "enrolled"),
    ("student", "enrolled dripped opens_later", 0, "not_released"),
    ("student", "enrolled first_done opens_later", 0, "completed"),
    ("student", "enrolled unlocked opens_later", 0, "unlocked"),
    ("student", "enrolled unlocked locked_again opens_later", 0, "not_released"),
    ("student", "enrolled in_order", 0, "enrolled"),
    ("student", "enrolled in_order", 1, "previous_lesson"),
    ("student", "enrolled in_order opens_later", 1, "not_released"),
    ("student", "enrolled in_order first_done", 1, "enrolled"),
    ("student", "enrolled in_order first_done", 2, "previous_lesson"),
    ("student", "enrolled in_order first_is_optional", 1, "enrolled"),
    ("student", "enrolled in_order unlocked", 5, "unlocked"),
    ("student", "enrolled in_order lesson_hidden", 1, "enrolled"),
    ("student", "enrolled in_order first_done reset", 1, "previous_lesson"),
    ("student", "enrolled all_done in_order", 5, "completed"),
    ("classmate", "enrolled", 0, "not_enrolled"),
    ("instructor", "", 0, "staff"),
    ("instructor", "unpublished lesson_hidden", 0, "staff"),
    ("instructor", "opens_later in_order", 5, "staff"),
    ("instructor", "in_the_bin", 0, "not_found"),
    ("outsider", "", 0, "not_enrolled"),
    ("admin", "unpublished module_hidden", 0, "staff"),
    ("admin", "in_the_bin", 0, "staff"),
]
OPEN = {"staff", "preview", "completed", "unlocked", "enrolled"}


@pytest.fixture
def doors(login, api, course, lessons, instructor):
    """Return what each door says of a lesson to a person, as a code; "" where it only says no."""
    pictures = [stored(instructor, name=f"picture-{number}.png") for number in range(len(lessons))]
    for lesson, picture in zip(lessons, pictures, strict=True):
        courses.add_resource(lesson=lesson, by=instructor, title="Picture", file=picture)

    def ask(person, index):
        lesson = Lesson.objects.select_related("course", "module").get(pk=lessons[index].pk)
        reader = person or AnonymousUser()
        browser, client = login(person), api(person)
        page = browser.get(f"/learn/{lesson.course.slug}/{lesson.slug}/")
        read = client.get(f"/api/v1/lessons/{lesson.pk}")
        listed = client.get(f"/api/v1/lessons/{lesson.pk}/resources")
        tag = [
            row for part in outline_of(lesson.course, reader) for row in part.lessons if row.lesson == lesson
        ]
        row = Enrollment.objects.filter(student=person, course=lesson.course).first() if person else None
        address = row and f"/api/v1/enrollments/{row.pk}/lessons/{lesson.pk}/progress"
        return {
            "opened": client.put(address, {}, format="json") if row else None,
            "owns_file": person == instructor,
            "one": lesson_access(reader, lesson),
            "outline": outline_access(reader, lesson.course).get(lesson.pk),
            "lock": lock_of(lesson, reader),
            "tag": tag[0].lock if tag else None,
            "page": page,
            "read": read,
            "listed": listed,
            "file": browser.head(pictures[index].get_absolute_url()).status_code,
        }

    return ask


def check(said, code):
    """Every door of the situation gives `code`."""
    one = said["one"]
    assert (one.code, one.allowed) == (code, code in OPEN)
    assert said["outline"] in (one, None)  # an editor's hidden lessons are not in the students' outline
    assert (said["lock"] is None) == one.allowed
    if code == "not_found":
        assert said["page"].status_code == said["read"].status_code == said["listed"].status_code == 404
        assert said["file"] == (200 if said["owns_file"] else 404)
        assert said["opened"] is None or said["opened"].status_code == 404
        return
    if one.allowed:
        assert said["page"].status_code == said["listed"].status_code == 200
        assert said["read"].json()["lock"] is None
        assert said["file"] == 200
        return
    assert one.sentence and one.next_url, "says why, and what to do"
    assert said["lock"].code == said["tag"].code == code
    assert said["file"] == 404
    if said["opened"] is not None:
        assert (said["opened"].status_code, said["opened"].json()["code"]) == (403, code)
    if code == "course_removed":  # the course's own addresses are gone with it
        assert said["read"].status_code == said["listed"].status_code == 404
    else:
        assert said["read"].json()["lock"]["code"] == said["listed"].json()["code"] == code
    if code == "sign_in_required":
        assert said["page"].status_code == 302
        return
    assert said["page"].status_code == 403
    assert one.sentence in said["page"].content.decode()


def test_every_door_gives_the_same_answer(
    doors, student, classmate, course, lessons, instructor, outsider_instructor, admin_user
):
    people = {
        "visitor": None,
        "student": student,
        "classmate": classmate,
        "instructor": instructor,
        "outsider": outsider_instructor,
        "admin": admin_user,
    }
    wrong = []
    for who, story, index, code in SITUATIONS:
        with transaction.atomic():
            world = World(student, course, lessons, instructor, admin_user)
            for event in story.split():
                getattr(world, event)()
            try:
                check(doors(people[who], index), code)
            except (AssertionError, DomainError) as error:
                wrong.append(f"{who}: {story} [{index}] should be {code}: {error!r}")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
    assert len(SITUATIONS) >= 40
