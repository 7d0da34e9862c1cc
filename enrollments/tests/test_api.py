"""The API of learning: the same verbs and gates as the pages."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from courses import services as courses
from courses.models import Course
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services
from enrollments.models import Enrollment, EnrollmentEvent, LessonProgress, Review
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory, complete, required_lessons

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


def path(enrollment, tail=""):
    return f"{ROOT}/enrollments/{enrollment.pk}{tail}"


def lesson_path(enrollment, lesson, verb):
    return path(enrollment, f"/lessons/{lesson.pk}/{verb}")


def problem(response, status, code):
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert response["Content-Type"] == "application/problem+json"
    assert body["detail"]
    return body


def facts():
    return (
        list(Enrollment.objects.order_by("pk").values()),
        list(LessonProgress.objects.order_by("pk").values()),
        list(Review.objects.order_by("pk").values()),
        EnrollmentEvent.objects.count(),
        AuditEntry.objects.count(),
    )


# --- Enrolling and looking


def test_enrolling_by_id_and_by_slug(api, student, classmate, course):
    response = api(student).post(f"{ROOT}/enrollments", {"course": str(course.pk)})
    assert response.status_code == 201
    body = response.json()
    assert response["Location"] == f"{ROOT}/enrollments/{body['id']}"
    assert (body["status"], body["source"], body["course"]["slug"]) == ("active", "api", course.slug)
    assert body["student"]["id"] == str(student.pk)
    assert body["resume"]["lesson"]["title"] == "Lesson 1.1"
    assert (body["new_lessons"], body["review"]) == ([], None)
    assert "notes" not in body
    assert response["Cache-Control"] == "private, no-store"
    assert api(classmate).post(f"{ROOT}/enrollments", {"course": course.slug}).status_code == 201


def test_refusals_of_enrolling(api, student, enrollment, course, instructor):
    client = api(student)
    body = problem(client.post(f"{ROOT}/enrollments", {"course": course.slug}), 409, "already_enrolled")
    assert body["next_url"] == enrollment.get_absolute_url()
    again = client.post(f"{ROOT}/enrollments", {"course": course.slug})
    assert again["Location"] == path(enrollment)
    for unknown in ("nowhere", str(uuid4()), CourseFactory(draft=True).slug):
        problem(client.post(f"{ROOT}/enrollments", {"course": unknown}), 404, "not_found")
    archived = courses.archive(course=CourseFactory(instructor=instructor), by=instructor)
    problem(api(instructor).post(f"{ROOT}/enrollments", {"course": archived.slug}), 409, "course_not_open")
    first = CourseFactory()
    wanted = CourseFactory()
    wanted.prerequisite_courses.set([first])
    body = problem(client.post(f"{ROOT}/enrollments", {"course": wanted.slug}), 409, "prerequisites_missing")
    assert body["errors"][0]["target"] == str(first.pk)
    Course.objects.filter(pk=first.pk).update(price=5)
    problem(client.post(f"{ROOT}/enrollments", {"course": first.slug}), 403, "payment_required")
    Course.objects.filter(pk=first.pk).update(price=0, max_students=1)
    EnrollmentFactory(course=first)
    problem(client.post(f"{ROOT}/enrollments", {"course": first.slug}), 409, "course_full")
    assert Enrollment.objects.filter(student=student).count() == 1


@pytest.mark.parametrize(
    "body", [{}, {"course": ""}, {"course": None}, {"course": "x", "status": "completed"}]
)
def test_bodies_are_read_strictly(body, api, student):
    problem(api(student).post(f"{ROOT}/enrollments", body), 422, "validation_error")
    assert not Enrollment.objects.exists()


def test_the_list_is_mine_until_staff_ask_for_more(api, student, classmate, instructor, enrollment, course):
    EnrollmentFactory(student=classmate, course=course)
    EnrollmentFactory(student=student)
    assert api(student).get(f"{ROOT}/enrollments").json()["total"] == 2
    assert api(student).get(f"{ROOT}/enrollments?course={course.pk}").json()["total"] == 1
    assert api(student).get(f"{ROOT}/enrollments?student={classmate.pk}").json()["total"] == 0
    assert api(instructor).get(f"{ROOT}/enrollments").json()["total"] == 0
    assert api(instructor).get(f"{ROOT}/enrollments?course={course.pk}").json()["total"] == 2
    assert api(instructor).get(f"{ROOT}/enrollments?student={student.pk}").json()["total"] == 1
    assert api(student).get(f"{ROOT}/enrollments?status=completed").json()["total"] == 0
    services.open_lesson(enrollment=enrollment, lesson=required_lessons(course)[0])
    seen = [row["course"]["id"] for row in api(student).get(f"{ROOT}/enrollments").json()["items"]]
    assert seen[0] == str(course.pk)
    ordered = api(student).get(f"{ROOT}/enrollments?ordering=-enrolled_at").json()["items"]
    assert [row["course"]["id"] for row in ordered][-1] == str(course.pk)
    for wrong in ("status=gone", "colour=red", "ordering=notes", "course=x"):
        problem(api(student).get(f"{ROOT}/enrollments?{wrong}"), 400, "invalid_filter")
    problem(api(None).get(f"{ROOT}/enrollments"), 401, "token_missing")


def test_students_mute_and_staff_note(api, student, instructor, enrollment):
    assert api(student).patch(path(enrollment), {"is_muted": True}).json()["is_muted"]
    answer = api(instructor).patch(path(enrollment), {"notes": "Needs\r\nmore time."})
    assert answer.json()["notes"] == "Needs\nmore time."
    before = facts()
    problem(api(student).patch(path(enrollment), {"notes": "Mine"}), 422, "validation_error")
    problem(api(instructor).patch(path(enrollment), {"is_muted": False}), 422, "validation_error")
    for field in ("status", "progress_percentage", "student", "completed_at", "expires_at", "id"):
        body = problem(api(student).patch(path(enrollment), {field: "x"}), 422, "validation_error")
        assert body["errors"][0]["code"] == "unknown_field"
    assert facts() == before


def test_what_is_in_one_enrollment(api, student, enrollment, course, lessons, video):
    complete(enrollment, lessons[:3])
    services.open_lesson(enrollment=enrollment, lesson=video)
    LessonProgress.objects.filter(lesson=video).update(last_position_seconds=42)
    ReviewFactory(enrollment=Enrollment.objects.select_related("course").get(), rating=4, text="")
    body = api(student).get(path(enrollment)).json()
    assert body["resume"] == {
        "lesson": {"id": str(video.pk), "slug": video.slug, "title": video.title},
        "second": 42,
    }
    assert (body["progress_percentage"], body["completed_lessons_count"]) == (42.85, 3)
    assert body["review"]["rating"] == 4


# --- Progress


def test_the_whole_course_as_one_person_has_it(
    api, student, instructor, enrollment, course, lessons, max_queries
):
    Course.objects.update(is_sequential=True)
    complete(enrollment, lessons[:3])
    services.save_notes(enrollment=enrollment, lesson=lessons[3], notes="Mine alone", revision=0)
    with max_queries(4):
        body = api(student).get(path(enrollment, "/progress")).json()
    assert [(m["completed_lessons_count"], m["total_lessons_count"]) for m in body["modules"]] == [
        (3, 3),
        (0, 3),
    ]
    shown = [lesson for module in body["modules"] for lesson in module["lessons"]]
    assert [lesson["access"]["code"] for lesson in shown] == [
        "completed",
        "completed",
        "completed",
        "enrolled",
        "previous_lesson",
        "previous_lesson",
    ]
    assert [lesson["requirement"]["code"] for lesson in shown][2:4] == ["completed", "mark_complete"]
    assert shown[3]["progress"]["notes"] == "Mine alone"
    assert shown[4]["progress"] is None
    assert [one["code"] for one in body["missing"]] == ["lesson_not_completed"] * 3
    for _extra in range(12):
        LessonFactory(module=course.modules.last())
    services.recount_stale()
    with max_queries(4):
        api(student).get(path(enrollment, "/progress"))
    staff = api(instructor).get(path(enrollment, "/progress"))
    assert "Mine alone" not in staff.content.decode()
    assert "is_bookmarked" not in staff.content.decode()


def test_reporting_progress(api, student, enrollment, video, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    client, where = api(student), lesson_path(enrollment, video, "progress")
    opened = client.put(where, {}).json()
    assert opened["progress"]["status"] == "in_progress"
    time_machine.shift(50)
    told = {"last_position_seconds": 50, "watched": [[0, 50]], "time_spent_seconds": 40}
    body = client.patch(where, told).json()
    assert (body["credited_seconds"], body["progress"]["watched"]) == (40, [[0, 50]])
    assert body["progress"]["completion_percentage"] == 50
    time_machine.shift(50)
    body = client.put(where, {"watched": [[40, 90]]}).json()
    assert (body["lesson_completed"], body["completed_lessons_count"]) == (True, 1)
    assert body["progress"]["completed_via"] == "watch"


def test_a_note_of_staff_hits_only_what_was_read(api, student, instructor, admin_user, enrollment):
    """What the student does meanwhile makes it stale for nobody."""
    mine, theirs = api(instructor), api(admin_user)
    tag = {"If-Match": mine.get(path(enrollment))["ETag"]}
    assert api(student).patch(path(enrollment), {"is_muted": True}).status_code == 200
    Enrollment.objects.update(progress_percentage=50)
    first = theirs.patch(path(enrollment), {"notes": "Theirs"}, headers=tag)
    assert first.status_code == 200
    problem(mine.patch(path(enrollment), {"notes": "Mine"}, headers=tag), 412, "stale")
    assert Enrollment.objects.get().notes == "Theirs"
    fresh = {"If-Match": first["ETag"]}
    assert mine.patch(path(enrollment), {"notes": "Mine"}, headers=fresh).json()["notes"] == "Mine"
    own = {"If-Match": api(student).get(path(enrollment))["ETag"]}
    assert api(student).patch(path(enrollment), {"is_muted": False}, headers=own).status_code == 200
    problem(api(student).patch(path(enrollment), {"is_muted": True}, headers=own), 412, "stale")


def test_notes_and_bookmarks_over_the_api(api, student, enrollment, lessons):
    client, where = api(student), lesson_path(enrollment, lessons[0], "progress")
    body = client.patch(where, {"notes": "One", "notes_revision": 0, "is_bookmarked": True}).json()
    assert (body["progress"]["notes_revision"], body["progress"]["is_bookmarked"]) == (1, True)
    refused = problem(client.patch(where, {"notes": "Two", "notes_revision": 0}), 409, "notes_changed")
    assert (refused["notes"], refused["notes_revision"]) == ("One", 1)
    assert LessonProgress.objects.get().notes == "One"


@pytest.mark.parametrize(
    "body",
    [
        {"watched": [[5, 5]]},
        {"watched": [[9, 3]]},
        {"watched": [[-1, 3]]},
        {"watched": [[1]]},
        {"watched": [[1, 2, 3]]},
        {"watched": [[1.5, 2]]},
        {"watched": [["a", "b"]]},
        {"watched": "x"},
        {"watched": None},
        {"watched": [[n, n + 1] for n in range(0, 102, 2)]},
        {"time_spent_seconds": -1},
        {"time_spent_seconds": 86401},
        {"time_spent_seconds": "soon"},
        {"last_position_seconds": -1},
        {"last_position_seconds": 10**12},
        {"notes": "x" * 2001, "notes_revision": 0},
        {"notes": "without a revision"},
        {"notes_revision": 1},
        {"notes": "bad \u202e bidi", "notes_revision": 0},
        {"notes": "nul \x00", "notes_revision": 0},
        {"is_bookmarked": "perhaps"},
        {"completion_percentage": 100},
        {"status": "completed"},
        {"completed_at": "2026-01-01T00:00:00Z"},
        [],
        "x",
    ],
)
def test_malformed_progress_is_refused_and_changes_nothing(body, api, student, enrollment, video):
    services.open_lesson(enrollment=enrollment, lesson=video)
    before = facts()
    response = api(student).patch(lesson_path(enrollment, video, "progress"), body)
    problem(response, 422, "validation_error")
    assert "bidi" not in response.content.decode()
    assert facts() == before


def test_completing_over_the_api(api, student, enrollment, lessons, video):
    client = api(student)
    body = client.post(lesson_path(enrollment, lessons[0], "complete"), {}).json()
    assert (body["lesson_completed"], body["course_completed"]) == (True, False)
    assert body["progress_percentage"] == 14.28
    again = client.post(lesson_path(enrollment, lessons[0], "complete"), {})
    assert (again.status_code, again.json()["lesson_completed"]) == (200, False)
    refused = problem(client.post(lesson_path(enrollment, video, "complete"), {}), 409, "not_watched_enough")
    assert (refused["needed"], refused["watched"], refused["first_gap"]) == (80, 0, 0)
    Course.objects.update(is_sequential=True)
    refused = problem(
        client.post(lesson_path(enrollment, lessons[-1], "complete"), {}), 403, "previous_lesson"
    )
    assert refused["next_url"].startswith("/learn/lenses/")
    assert Enrollment.objects.get().completed_lessons_count == 1


def test_a_lesson_of_another_course_and_another_persons_row_are_not_found(
    api, student, classmate, enrollment, lessons, instructor
):
    foreign = required_lessons(CourseFactory(instructor=instructor))[0]
    for verb, send in (("progress", "put"), ("complete", "post")):
        before = facts()
        problem(getattr(api(student), send)(lesson_path(enrollment, foreign, verb), {}), 404, "not_found")
        problem(
            getattr(api(classmate), send)(lesson_path(enrollment, lessons[0], verb), {}), 404, "not_found"
        )
        courses.unpublish_lesson(lesson=lessons[0], by=instructor)
        problem(getattr(api(student), send)(lesson_path(enrollment, lessons[0], verb), {}), 404, "not_found")
        courses.publish_lesson(lesson=lessons[0], by=instructor)
        assert facts()[1] == before[1]
    staff = api(instructor).post(lesson_path(enrollment, foreign, "complete"), {"reason": "Seen in class."})
    problem(staff, 404, "not_found")


def test_staff_complete_for_somebody_with_a_reason(api, instructor, enrollment, lessons):
    where = lesson_path(enrollment, lessons[0], "complete")
    problem(api(instructor).post(where, {}), 422, "validation_error")
    body = api(instructor).post(where, {"reason": "Seen in class."}).json()
    assert (body["lesson_completed"], body["progress"]["completed_via"]) == (True, "staff")
    assert "notes" not in body["progress"]
    refused = api(instructor).put(lesson_path(enrollment, lessons[0], "progress"), {})
    problem(refused, 403, "permission_denied")
    assert refused.json()["detail"] == "Only the student may do this."  # the teacher is told no untruth


def test_figures_and_history(api, student, enrollment, lessons, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    time_machine.shift(300)
    complete(enrollment, lessons[:1])
    services.open_lesson(enrollment=enrollment, lesson=lessons[1])
    body = api(student).get(path(enrollment, "/stats")).json()
    assert body["lessons"] == {"completed": 1, "in_progress": 1, "not_started": 4}
    assert body["mean_minutes_per_lesson"] == 5.0
    assert [lesson["title"] for lesson in body["recent_lessons"]] == [lessons[1].title, lessons[0].title]
    services.drop(enrollment=enrollment, by=student)
    events = api(student).get(path(enrollment, "/events")).json()
    assert [event["kind"] for event in events["items"]] == ["dropped", "enrolled"]
    assert events["items"][0]["actor"] == student.full_name


def test_nothing_done_yet_has_no_mean(api, student, enrollment):
    assert api(student).get(path(enrollment, "/stats")).json()["mean_minutes_per_lesson"] is None


# --- Staff verbs


def test_staff_suspend_resume_extend_and_unlock(api, instructor, enrollment):
    client = api(instructor)
    problem(client.post(path(enrollment, "/suspend"), {}), 422, "validation_error")
    assert (
        client.post(path(enrollment, "/suspend"), {"reason": "A question."}).json()["status"] == "suspended"
    )
    assert client.post(path(enrollment, "/resume"), {}).json()["status"] == "active"
    assert client.post(path(enrollment, "/unlock"), {}).json()["is_unlocked"]
    assert not client.post(path(enrollment, "/unlock"), {"unlocked": False}).json()["is_unlocked"]
    Enrollment.objects.update(expires_at=timezone.now() + timedelta(days=1))
    longer = client.post(path(enrollment, "/extend"), {"days": 30}).json()["expires_at"]
    assert longer > (timezone.now() + timedelta(days=30)).isoformat()
    assert client.post(path(enrollment, "/extend"), {"expires_at": None}).json()["expires_at"] is None
    for body in ({}, {"days": 1, "expires_at": None}, {"days": 0}, {"expires_at": "2001-01-01T00:00:00Z"}):
        problem(client.post(path(enrollment, "/extend"), body), 422, "validation_error")
    assert client.post(path(enrollment, "/drop"), {"reason": "Asked for it."}).json()["status"] == "dropped"
    problem(client.post(path(enrollment, "/suspend"), {"reason": "Too late."}), 409, "invalid_status")


STAFF_VERBS = [
    ("suspend", {"reason": "A question."}),
    ("resume", {}),
    ("extend", {"expires_at": None}),
    ("unlock", {}),
]


@pytest.mark.parametrize(("verb", "body"), STAFF_VERBS)
def test_staff_verbs_are_for_staff_of_the_course(
    verb, body, api, student, classmate, outsider_instructor, instructor, admin_user, enrollment, course
):
    before = facts()
    for person, status, code in (
        (None, 401, "token_missing"),
        (student, 403, "permission_denied"),
        (classmate, 404, "not_found"),
        (outsider_instructor, 404, "not_found"),
    ):
        problem(api(person).post(path(enrollment, f"/{verb}"), body), status, code)
    assert facts() == before
    own = EnrollmentFactory(student=instructor, course=course)
    problem(api(instructor).post(path(own, f"/{verb}"), body), 403, "own_enrollment")
    assert api(admin_user).post(path(own, f"/{verb}"), body).status_code == 200


@pytest.mark.parametrize("tail", ["", "/progress", "/stats", "/events"])
def test_reading_is_for_the_student_and_staff(
    tail, api, student, classmate, outsider_instructor, instructor, admin_user, enrollment
):
    answers = {student: 200, instructor: 200, admin_user: 200, classmate: 404, outsider_instructor: 404}
    for person, status in answers.items():
        assert api(person).get(path(enrollment, tail)).status_code == status
    assert api(None).get(path(enrollment, tail)).status_code == 401
    assert api(student).get(f"{ROOT}/enrollments/{uuid4()}{tail}").status_code == 404
    assert api(student).get(f"{ROOT}/enrollments/nonsense{tail}").status_code == 404


def test_a_students_drop_and_its_end(api, student, enrollment, course):
    assert api(student).post(path(enrollment, "/drop"), {}).json()["status"] == "dropped"
    assert api(student).post(path(enrollment, "/drop"), {}).status_code == 200
    assert Course.objects.get().enrollment_count == 0
    back = api(student).post(f"{ROOT}/enrollments", {"course": course.slug})
    assert (back.status_code, back.json()["id"]) == (200, str(enrollment.pk))


# --- Of a course


def test_who_is_in_a_course(
    api, instructor, outsider_instructor, student, enrollment, course, lessons, max_queries
):
    complete(EnrollmentFactory(course=course, student__full_name="Zeynep Aydın"), lessons[:3])
    quiet = EnrollmentFactory(course=course, student__full_name="Adam Quiet")
    Enrollment.objects.filter(pk=quiet.pk).update(enrolled_at=timezone.now() - timedelta(days=20))
    client, where = api(instructor), f"{ROOT}/courses/{course.slug}/enrollments"
    with max_queries(4):
        assert client.get(where).json()["total"] == 3
    assert client.get(f"{ROOT}/courses/{course.pk}/enrollments").json()["total"] == 3

    def names(query):
        return [row["student"]["full_name"] for row in client.get(f"{where}?{query}").json()["items"]]

    assert names("ordering=name") == ["Adam Quiet", "Salma Haddad", "Zeynep Aydın"]
    assert names("ordering=-progress")[0] == "Zeynep Aydın"
    assert names("progress_min=40&progress_max=60") == ["Zeynep Aydın"]
    assert names("inactive_days=14") == ["Adam Quiet"]
    assert names("search=salma") == ["Salma Haddad"]
    assert names("status=dropped") == []
    problem(client.get(f"{where}?inactive_days=soon"), 400, "invalid_filter")
    problem(client.get(f"{where}?search=a"), 400, "search_too_short")
    problem(api(outsider_instructor).get(where), 403, "not_owner")
    problem(api(student).get(where), 403, "permission_denied")
    problem(api(None).get(where), 401, "token_missing")


def test_a_course_in_figures(api, instructor, student, enrollment, course):
    EnrollmentFactory(course=course, completed=True)
    Enrollment.objects.filter(pk=enrollment.pk).update(time_spent_seconds=7200)
    body = api(instructor).get(f"{ROOT}/courses/{course.slug}/enrollment-stats").json()
    assert (body["counts"]["active"], body["counts"]["completed"], body["counts"]["total"]) == (1, 1, 2)
    assert (body["completion_rate"], body["mean_progress"]) == (50.0, 50.0)
    assert (body["total_hours"], body["mean_hours"], body["average_rating"]) == (2.0, 1.0, None)
    problem(api(student).get(f"{ROOT}/courses/{course.slug}/enrollment-stats"), 403, "permission_denied")
    empty = CourseFactory(instructor=instructor)
    body = api(instructor).get(f"{ROOT}/courses/{empty.slug}/enrollment-stats").json()
    assert (body["completion_rate"], body["mean_progress"], body["mean_hours"]) == (None, None, None)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("none", "enroll"),
        ("enrolled", "start"),
        ("started", "continue"),
        ("completed", "open_again"),
        ("dropped", "enroll_again"),
        ("suspended", "enrollment_suspended"),
        ("expired", "renew"),
        ("full", "course_full"),
        ("priced", "payment_required"),
        ("archived", "course_not_open"),
        ("prerequisite", "prerequisites_missing"),
        ("later", "not_released"),
        ("later_with_an_empty_module", "not_released"),
    ],
)
def test_what_the_button_says(state, code, api, student, course, lessons, instructor):
    if state in ("enrolled", "started", "completed", "dropped", "suspended", "expired") or "later" in state:
        enrollment = EnrollmentFactory(student=student, course=course, completed=state == "completed")
    if state == "started":
        services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    elif state == "dropped":
        services.drop(enrollment=enrollment, by=student)
    elif state == "suspended":
        services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    elif state == "expired":
        past = timezone.now() - timedelta(days=1)
        Enrollment.objects.update(enrolled_at=past - timedelta(days=9), expires_at=past)
    elif state == "full":
        EnrollmentFactory(course=course)
        Course.objects.update(max_students=1)
    elif state == "priced":
        Course.objects.update(price=9)
    elif state == "archived":
        courses.archive(course=course, by=instructor)
    elif state == "prerequisite":
        course.prerequisite_courses.set([CourseFactory()])
    elif "later" in state:
        course.modules.update(release_at=timezone.now() + timedelta(days=5))
        if "empty" in state:  # nobody sees a module without a live lesson
            courses.add_module(course=course, by=instructor, title="Not written yet")
    asking = instructor if state == "archived" else student
    body = api(asking).get(f"{ROOT}/courses/{course.slug}/enrollment-state").json()
    assert body["code"] == code
    assert body["label"]
    assert (body["enrollment"] is not None) == Enrollment.objects.filter(
        student=asking, course=course
    ).exists()


# --- Reviews


def test_a_review_over_the_api(api, student, enrollment, course, lessons):
    client, where = api(student), path(enrollment, "/review")
    problem(client.post(where, {"rating": 5}), 409, "progress_too_low")
    complete(enrollment, lessons[:3])
    created = client.post(where, {"rating": 5, "text": "Clear and short."})
    assert (created.status_code, created.json()["author"]) == (201, "Salma H.")
    problem(client.post(where, {"rating": 4}), 409, "already_reviewed")
    assert client.patch(where, {"rating": 3}).json()["text"] == "Clear and short."
    before = facts()
    for body in ({"rating": 0}, {"rating": 6}, {"text": "short"}, {"reply": "Thanks"}, {"is_hidden": True}):
        problem(client.patch(where, body), 422, "validation_error")
    assert facts() == before
    assert client.delete(where).status_code == 204
    problem(client.delete(where), 404, "not_found")
    problem(client.patch(where, {"rating": 3}), 404, "not_found")


def test_reviews_are_public_and_counted(api, course, admin_user):
    for stars in (5, 5, 3):
        ReviewFactory(enrollment__course=course, rating=stars)
    hidden = ReviewFactory(enrollment__course=course, rating=1)
    services.hide_review(review=hidden, by=admin_user, reason="Names a person.")
    body = api(None).get(f"{ROOT}/courses/{course.slug}/reviews").json()
    assert (body["total"], body["distribution"]) == (3, {"1": 0, "2": 0, "3": 1, "4": 0, "5": 2})
    assert "email" not in str(body)
    assert api(None).get(f"{ROOT}/courses/{course.slug}/reviews")["Cache-Control"] == "public, max-age=60"
    assert api(None).get(f"{ROOT}/courses/{course.slug}/reviews?rating=3").json()["total"] == 1
    ordered = api(None).get(f"{ROOT}/courses/{course.slug}/reviews?ordering=rating").json()["items"]
    assert [review["rating"] for review in ordered] == [3, 5, 5]
    draft = CourseFactory(draft=True)
    problem(api(None).get(f"{ROOT}/courses/{draft.slug}/reviews"), 404, "not_found")


def test_replying_hiding_and_showing(
    api, student, classmate, instructor, outsider_instructor, admin_user, course
):
    review = ReviewFactory(enrollment__course=course)

    def post(person, verb, body):
        return api(person).post(f"{ROOT}/reviews/{review.pk}/{verb}", body)

    before = facts()
    for person, code in ((student, "permission_denied"), (outsider_instructor, "not_owner")):
        for verb, body in (("reply", {"text": "Hm."}), ("hide", {"reason": "Because."}), ("show", {})):
            problem(post(person, verb, body), 403, code)
    refused = post(instructor, "hide", {"reason": "I do not like it."})
    problem(refused, 403, "permission_denied")
    assert refused.json()["detail"] == "Only an administrator may do this."
    problem(post(admin_user, "hide", {"reason": ""}), 422, "validation_error")
    assert facts() == before
    assert post(instructor, "reply", {"text": "Thank you."}).json()["reply"] == "Thank you."
    assert post(admin_user, "hide", {"reason": "Names a person."}).json()["is_hidden"]
    assert not post(admin_user, "show", {}).json()["is_hidden"]
    assert api(admin_user).post(f"{ROOT}/reviews/{uuid4()}/show", {}).status_code == 404


# --- Budgets


def test_lists_and_verbs_stay_within_their_budgets(api, student, enrollment, course, lessons, max_queries):
    for _course in range(6):
        EnrollmentFactory(student=student)
    client = api(student)
    with max_queries(4):
        client.get(f"{ROOT}/enrollments")
    services.open_lesson(enrollment=enrollment, lesson=lessons[0])
    Enrollment.objects.update(last_beat_at=timezone.now() - timedelta(seconds=30))
    with max_queries(6):
        client.patch(lesson_path(enrollment, lessons[0], "progress"), {"time_spent_seconds": 15})
    with max_queries(6):
        client.post(lesson_path(enrollment, lessons[0], "complete"), {})
