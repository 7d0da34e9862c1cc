"""Bulk enrollment, the grid, and one student lesson by lesson, in the admin."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEntry
from courses.models import Course
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services
from enrollments.models import Enrollment, LessonProgress
from enrollments.tests.factories import EnrollmentFactory, complete

pytestmark = pytest.mark.django_db
BULK = reverse("admin:enrollments_enrollment_bulk")


def grid(course):
    return reverse("admin:enrollments_enrollment_grid", args=[course.pk])


def page_of(enrollment):
    return reverse("admin:enrollments_enrollment_lessons", args=[enrollment.pk])


def text(response):
    return response.content.decode()


def carried(response):
    """The list that the report's form sends on."""
    return html.unescape(re.search(r'name="checked" value="([^"]*)"', text(response), re.S).group(1))


def test_paste_look_confirm(login, instructor, course, student):
    client = login(instructor)
    assert "Lenses" in text(client.get(f"{BULK}?course={course.pk}"))
    data = {"course": course.pk, "addresses": f"{student.email}\nnobody@example.com\nwrong", "check": "1"}
    report = client.post(BULK, data)
    shown = text(report)
    assert "This would happen" in shown and "No account with this address" in shown
    assert not Enrollment.objects.exists()
    done = client.post(BULK, {"course": course.pk, "checked": carried(report), "enroll": "1"})
    assert "Done" in text(done) and "Enrolled" in text(done)
    assert Enrollment.objects.get().student == student
    assert Enrollment.objects.get().source == "import"


def test_a_file_with_names_and_an_end(login, instructor, course):
    content = "\ufeffemail;full_name;expires_at\nnew@example.com;سلمى حداد;2099-01-31\n".encode()
    file = SimpleUploadedFile("class.csv", content)
    client = login(instructor)
    report = client.post(BULK, {"course": course.pk, "file": file, "invite": "on", "check": "1"})
    assert "Invited and enrolled" in text(report)
    assert 'name="invite"' in text(report)
    client.post(BULK, {"course": course.pk, "invite": "on", "checked": carried(report), "enroll": "1"})
    enrollment = Enrollment.objects.select_related("student").get()
    assert (enrollment.student.full_name, enrollment.expires_at.year) == ("سلمى حداد", 2099)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Paste addresses, or choose a file."),
        ({"file": b"email\n\xff"}, "UTF-8"),
        ({"file": b"email,full_name,expires_at\na@example.com,,soon\n"}, "Line 2"),
        ({"addresses": " ".join(f"p{n}@example.com" for n in range(501))}, "At most 500"),
        ({"checked": "line,email,expires_at\n1,a@example.com,2001-01-01\n"}, "in the future"),
    ],
)
def test_what_cannot_be_read_is_said(data, said, login, instructor, course):
    if isinstance(data.get("file"), bytes):
        data = data | {"file": SimpleUploadedFile("class.csv", data["file"])}
    response = login(instructor).post(BULK, {"course": course.pk, "enroll": "1", **data})
    assert (response.status_code, said in text(response)) == (200, True)
    assert not Enrollment.objects.exists()


def test_somebody_elses_course_cannot_be_chosen(login, instructor, student):
    foreign = CourseFactory()
    response = login(instructor).post(BULK, {"course": foreign.pk, "addresses": student.email, "enroll": "1"})
    assert response.status_code == 200
    assert not Enrollment.objects.exists()


def test_the_grid_says_sign_and_word(login, instructor, course, enrollment, lessons):
    complete(enrollment, lessons[:2])
    services.open_lesson(enrollment=enrollment, lesson=lessons[2])
    shown = text(login(instructor).get(grid(course)))
    assert shown.count("✓</span> Done") == 2
    assert shown.count("◐</span> Started") == 1
    assert shown.count("○</span> Not yet") == 3
    assert "Salma Haddad" in shown


def test_the_grid_is_sorted_and_paged(login, instructor, course, lessons):
    rows = [
        EnrollmentFactory(course=course, student__full_name=f"Student {number:02}") for number in range(52)
    ]
    complete(rows[40], lessons[:3])
    client = login(instructor)
    first = text(client.get(grid(course)))
    assert "Student 00" in first and "Student 51" not in first
    assert "Student 51" in text(client.get(grid(course), {"page": 2}))
    names = re.findall(r"Student \d\d", text(client.get(grid(course), {"o": "-progress"})))
    assert names[0] == "Student 40"
    assert client.get(grid(course), {"o": "nonsense", "page": "x"}).status_code == 200


def test_the_grid_costs_the_same_for_many(login, instructor, course, max_queries):
    client = login(instructor)
    client.get(grid(course))
    for _round in range(2):
        for _student in range(3):
            complete(EnrollmentFactory(course=course), list(course.lessons.live()[:2]))
        LessonFactory(module=course.modules.first())
        services.recount_stale()
        with max_queries(8 + 3):  # and session, person, sidebar
            client.get(grid(course))


def test_one_student_marked_and_reset(login, instructor, enrollment, lessons):
    client, path = login(instructor), page_of(enrollment)
    assert lessons[0].title in text(client.get(path))
    chosen = [str(lesson.pk) for lesson in lessons[:2]]
    refused = client.post(path, {"lessons": chosen, "reason": "", "complete": "1"})
    assert refused.status_code == 200 and "checked" in text(refused)
    assert not LessonProgress.objects.exists()
    none = client.post(path, {"reason": "Known from before", "complete": "1"})
    assert "Choose at least one lesson." in text(none)
    client.post(path, {"lessons": chosen, "reason": "Known from before", "complete": "1"})
    assert set(LessonProgress.objects.values_list("completed_via", flat=True)) == {"staff"}
    assert Enrollment.objects.get().completed_lessons_count == 2
    assert AuditEntry.objects.filter(action="lesson.completed_by_staff").count() == 2
    client.post(path, {"lessons": chosen[:1], "reason": "A mistake", "reset": "1"})
    assert Enrollment.objects.get().completed_lessons_count == 1


def test_a_lesson_of_another_course_cannot_be_marked(login, instructor, enrollment):
    foreign = CourseFactory(instructor=instructor).lessons.first()
    data = {"lessons": [str(foreign.pk)], "reason": "Known from before", "complete": "1"}
    assert login(instructor).post(page_of(enrollment), data).status_code == 200
    assert not LessonProgress.objects.exists()


def test_nobody_marks_their_own_lessons_but_an_admin(login, instructor, admin_user, course):
    own = EnrollmentFactory(student=instructor, course=course)
    data = {"lessons": [str(course.lessons.first().pk)], "reason": "I know it", "complete": "1"}
    login(instructor).post(page_of(own), data)
    assert not LessonProgress.objects.exists()
    login(admin_user).post(page_of(own), data)
    assert LessonProgress.objects.get().is_completed


def test_a_completed_course_is_not_reset_by_the_action(login, instructor, enrollment, lessons):
    complete(enrollment, lessons)
    other = EnrollmentFactory(course=enrollment.course)
    complete(other, lessons[:1])
    data = {
        "action": "reset_progress",
        "_selected_action": [str(enrollment.pk), str(other.pk)],
        "apply": "1",
        "reason": "Starts anew",
    }
    listing = reverse("admin:enrollments_enrollment_changelist")
    shown = text(login(instructor).post(listing, data, follow=True))
    assert "cannot be reset" in shown and "Done for 1." in shown
    assert Enrollment.objects.get(pk=enrollment.pk).progress_percentage == 100
    assert Enrollment.objects.get(pk=other.pk).progress_percentage == 0


def test_what_waits_for_its_recount_is_told(login, instructor, enrollment):
    Course.objects.update(structure_version=99)
    listing = reverse("admin:enrollments_enrollment_changelist")
    shown = text(login(instructor).get(listing, {"course": str(enrollment.course_id)}))
    assert "1 of 1 still to recount" in shown
    assert grid(enrollment.course) in shown
