"""The staff door: own courses for instructors, all for admins, verbs a row at a time."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.models import Course
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services
from enrollments.models import Enrollment, LessonProgress, Review
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory, complete

pytestmark = pytest.mark.django_db
LIST = reverse("admin:enrollments_enrollment_changelist")
ADD = reverse("admin:enrollments_enrollment_add")
REVIEWS = reverse("admin:enrollments_review_changelist")


def change(row):
    return reverse(f"admin:enrollments_{row._meta.model_name}_change", args=[row.pk])


def act(client, action, *rows, where=LIST, **data):
    body = {"action": action, "_selected_action": [str(row.pk) for row in rows], **data}
    return client.post(where, body, follow=True)


def text(response):
    return response.content.decode()


@pytest.fixture
def foreign(db):
    """Somebody in another teacher's course."""
    return EnrollmentFactory(
        course=CourseFactory(title="Somebody else's"), student__full_name="Farah Foreign"
    )


def test_who_sees_what(login, student, instructor, outsider_instructor, admin_user, enrollment, foreign):
    assert login(student).get(LIST).status_code == 302
    assert "Salma Haddad" in text(login(instructor).get(LIST))
    assert "Farah Foreign" not in text(login(instructor).get(LIST))
    assert "Salma Haddad" not in text(login(outsider_instructor).get(LIST))
    assert "Farah Foreign" in text(login(admin_user).get(LIST))
    assert login(instructor).get(change(enrollment)).status_code == 200
    # Django's admin answers a row outside the queryset with a redirect to its index.
    assert login(instructor).get(change(foreign)).status_code == 404
    assert login(outsider_instructor).get(change(enrollment)).status_code == 404


def test_filters_and_search_stay_inside_own_courses(login, instructor, enrollment, foreign):
    client = login(instructor)
    assert "Somebody else" not in text(client.get(LIST))
    assert "Farah" not in text(client.get(f"{LIST}?course={foreign.course.pk}"))
    assert "Farah" not in text(client.get(f"{LIST}?q=farah"))
    assert "Salma Haddad" in text(client.get(f"{LIST}?q=salma"))


def test_filters_choose(login, admin_user, enrollment, course, lessons):
    half = complete(EnrollmentFactory(course=course, student__full_name="Half Way"), lessons[:3])
    Enrollment.objects.filter(pk=enrollment.pk).update(enrolled_at=timezone.now() - timedelta(days=10))
    client = login(admin_user)

    def shown(query):
        return set(client.get(f"{LIST}?{query}").context["cl"].queryset)

    assert shown("progress=50-74") == {half}
    assert shown("progress=0") == {enrollment}
    assert shown("inactive=7") == {enrollment}
    assert shown("inactive=14") == set()
    assert shown(f"course={course.pk}") == {half, enrollment}
    assert shown("status__exact=dropped") == set()


def test_the_list_costs_the_same_for_many(login, instructor, enrollment, course, max_queries):
    client = login(instructor)
    client.get(LIST)
    with max_queries(12):
        client.get(LIST)
    for _student in range(9):
        EnrollmentFactory(course=course, completed=2)
    with max_queries(12):
        assert client.get(LIST).context["cl"].result_count == 10


def test_what_waits_for_its_recount_is_said_above_the_list(login, instructor, enrollment, course):
    client = login(instructor)
    assert "still to recount" not in text(client.get(LIST))
    LessonFactory(module=course.modules.first())
    shown = text(client.get(LIST))
    assert "1 of 1 still to recount" in shown
    act(client, "recount", enrollment)
    assert "still to recount" not in text(client.get(LIST))
    assert Enrollment.objects.get().total_lessons_count == 7


def test_the_detail_is_read_only_but_for_the_staffs_notes(login, instructor, enrollment, lessons):
    complete(enrollment, lessons[:1])
    services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="Private of the student", revision=0)
    client = login(instructor)
    shown = text(client.get(change(enrollment)))
    assert "Private of the student" not in shown
    assert lessons[0].title in shown
    before = Enrollment.objects.values("status", "progress_percentage", "student").get()
    body = {"notes": "Needs more time.", "status": "completed", "progress_percentage": 100}
    for prefix in ("events", "lesson_progress"):
        body |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    client.post(change(enrollment), body)
    stored = Enrollment.objects.get()
    assert stored.notes == "Needs more time."
    assert Enrollment.objects.values("status", "progress_percentage", "student").get() == before
    assert LessonProgress.objects.get().notes == "Private of the student"


def test_two_staff_at_one_note_overwrite_nothing_unseen(login, instructor, admin_user, enrollment):
    mine, theirs = login(instructor), login(admin_user)
    rows = {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("events", "lesson_progress")
        for name in ("TOTAL", "INITIAL")
    }
    opened = mine.get(change(enrollment))
    seen = opened.context["adminform"].form.fingerprint
    assert f'name="seen" value="{seen}"' in opened.text
    sent = {"notes": "Theirs: called on Monday.", "seen": seen} | rows
    assert theirs.post(change(enrollment), sent).status_code == 302
    Enrollment.objects.update(progress_percentage=50)  # what the student does makes no note stale
    refused = mine.post(change(enrollment), {"notes": "Mine: needs more time.", "seen": seen} | rows)
    assert refused.status_code == 200
    for said in (
        "Amal Farouk saved this in the meantime",
        "Now stands here: Theirs",
        "Mine: needs more time.",
    ):
        assert said in refused.text
    assert Enrollment.objects.get().notes == "Theirs: called on Monday."
    seen = refused.context["adminform"].form.fingerprint  # now it is a decision
    again = {"notes": "Mine: needs more time.", "seen": seen} | rows
    assert mine.post(change(enrollment), again).status_code == 302
    assert Enrollment.objects.get().notes == "Mine: needs more time."


def test_the_detail_speaks_in_words(login, instructor, enrollment, lessons):
    complete(enrollment, lessons[:1])
    services.suspend(enrollment=enrollment, by=instructor, reason="Please see me.")
    html = text(login(instructor).get(change(enrollment)))
    assert "Suspended" in html
    for raw in (
        "(&#x27;suspended",
        "Is granted",
        "From status",
        str(lessons[0].pk) + " completed",
        "suspended 20",
    ):
        assert raw not in html, raw
    type(instructor).objects.update(locale="ar")
    html = text(login(instructor).get(change(enrollment)))
    for english in ("Current lesson", "Started at", "Dropped at", "To status", "Actor", "Completed via"):
        assert english not in html, english


def test_nothing_is_deleted_here(login, admin_user, enrollment, course):
    client = login(admin_user)
    review = ReviewFactory(enrollment__course=course)
    for row in (enrollment, review):
        address = reverse(f"admin:enrollments_{row._meta.model_name}_delete", args=[row.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in text(client.get(LIST))
    assert Enrollment.objects.count() == 2


def test_an_admin_gives_somebody_a_seat(login, admin_user, instructor, student, classmate, course):
    Course.objects.update(price=100)
    client = login(admin_user)
    body = {"student": str(student.pk), "course": str(course.pk), "expires_at_0": "", "expires_at_1": ""}
    assert client.post(ADD, body).status_code == 302
    enrollment = Enrollment.objects.get()
    assert (enrollment.source, enrollment.is_granted, enrollment.student) == ("admin", True, student)
    assert enrollment.events.get().actor == admin_user
    refused = client.post(ADD, body, follow=True)
    assert "already enrolled" in text(refused)
    Course.objects.update(max_students=1)
    refused = client.post(ADD, {**body, "student": str(classmate.pk)}, follow=True)
    assert "All seats" in text(refused)
    assert Enrollment.objects.count() == 1
    services.drop(enrollment=enrollment, by=student)
    client.post(ADD, body)
    assert Enrollment.objects.get().status == "active"
    assert login(instructor).get(ADD).status_code == 403


def test_suspending_asks_for_a_reason(login, instructor, enrollment, course):
    other = EnrollmentFactory(course=course)
    client = login(instructor)
    asked = act(client, "suspend", enrollment, other)
    assert 'name="reason"' in text(asked)
    assert Enrollment.objects.filter(status="active").count() == 2
    assert "at least 3 characters" in text(act(client, "suspend", enrollment, other, apply="1", reason="x"))
    act(client, "suspend", enrollment, other, apply="1", reason="A question.")
    assert Enrollment.objects.filter(status="suspended").count() == 2
    assert enrollment.events.get(kind="suspended").reason == "A question."
    act(client, "resume", enrollment, other)
    assert Enrollment.objects.filter(status="active").count() == 2


def test_each_refusal_stands_with_its_row(login, instructor, enrollment, course):
    done = EnrollmentFactory(course=course, completed=True, student__full_name="Dina Done")
    shown = act(login(instructor), "drop", enrollment, done, apply="1", reason="Asked for it.")
    assert "Dina Done" in text(shown)
    assert "not possible while" in text(shown)
    assert "Done for 1." in text(shown)
    assert set(Enrollment.objects.values_list("status", flat=True)) == {"dropped", "completed"}


def test_extending_and_unlocking(login, instructor, enrollment):
    end = timezone.now() + timedelta(days=2)
    Enrollment.objects.update(expires_at=end)
    client = login(instructor)
    assert 'name="days"' in text(act(client, "extend", enrollment))
    act(client, "extend", enrollment, apply="1", days="10")
    assert Enrollment.objects.get().expires_at == end + timedelta(days=10)
    act(client, "unlock", enrollment)
    assert Enrollment.objects.get().is_unlocked


def test_nobody_acts_on_rows_of_others_or_on_themselves(login, instructor, course, foreign):
    own = EnrollmentFactory(student=instructor, course=course)
    client = login(instructor)
    act(client, "suspend", foreign, apply="1", reason="A question.")
    shown = act(client, "unlock", own)
    assert "your own enrollment" in text(shown)
    assert set(Enrollment.objects.values_list("status", "is_unlocked")) == {("active", False)}


def test_reviews_are_answered_by_their_teacher(login, instructor, outsider_instructor, course):
    review = ReviewFactory(enrollment__course=course, rating=2, text="It went too fast for me.")
    assert "too fast" in text(login(instructor).get(REVIEWS))
    assert "too fast" not in text(login(outsider_instructor).get(REVIEWS))
    assert login(outsider_instructor).get(change(review)).status_code == 404
    client = login(instructor)
    client.post(
        change(review), {"reply": "Thank you, I slowed down.", "rating": 5, "text": "It was wonderful."}
    )
    stored = Review.objects.get()
    assert (stored.reply, stored.replied_by) == ("Thank you, I slowed down.", instructor)
    assert (stored.rating, stored.text) == (2, "It went too fast for me.")
    assert '<option value="hide"' not in text(client.get(REVIEWS))
    act(client, "hide", review, where=REVIEWS, apply="1", reason="I do not like it.")
    assert not Review.objects.get().is_hidden


def test_an_admin_hides_and_shows_reviews(login, admin_user, course):
    review = ReviewFactory(enrollment__course=course)
    client = login(admin_user)
    act(client, "hide", review, where=REVIEWS, apply="1", reason="Names a person.")
    assert Course.objects.get().review_count == 0
    act(client, "show", review, where=REVIEWS)
    assert Course.objects.get().review_count == 1
