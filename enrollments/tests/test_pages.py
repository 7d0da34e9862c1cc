"""The pages of a student, with and without a script."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from courses import services as courses
from courses.models import Course, Module
from courses.tests.factories import CourseFactory, LessonFactory
from enrollments import services
from enrollments.models import Enrollment, LessonProgress, Review
from enrollments.permissions import lesson_url
from enrollments.tests.factories import EnrollmentFactory, ReviewFactory, complete, required_lessons
from files.tests.factories import VTT, stored

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SIGN_IN = 2  # session and person


def url(name, course, lesson=None):
    args = [course.slug] + ([lesson.slug] if lesson else [])
    return reverse(f"enrollments:{name}", args=args)


def text(response):
    return response.content.decode()


@pytest.fixture
def page(login, student):
    return login(student)


# --- Who gets in


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("dashboard", {"visitor": 302, "classmate": 200, "student": 200, "instructor": 200}),
        (
            "course_home",
            {"visitor": 302, "classmate": 302, "student": 200, "instructor": 200, "outsider": 302},
        ),
        ("lesson", {"visitor": 302, "classmate": 403, "student": 200, "instructor": 200, "outsider": 403}),
        ("drop", {"visitor": 302, "classmate": 404, "student": 200, "instructor": 404}),
        ("review", {"visitor": 302, "classmate": 404, "student": 409, "instructor": 404}),
        ("finished", {"visitor": 302, "classmate": 302, "student": 302, "instructor": 302}),
        ("outline", {"visitor": 302, "classmate": 200, "student": 200, "instructor": 200}),
    ],
)
def test_who_may_look(
    name, answers, enrollment, course, lessons, login, student, classmate, instructor, outsider_instructor
):
    people = {
        "visitor": None,
        "student": student,
        "classmate": classmate,
        "instructor": instructor,
        "outsider": outsider_instructor,
    }
    address = reverse("enrollments:dashboard")
    if name != "dashboard":
        address = url(name, course, lessons[0] if name == "lesson" else None)
    assert {who: login(people[who]).get(address).status_code for who in answers} == answers


@pytest.mark.parametrize("name", ["complete", "beat", "notes", "bookmark"])
def test_who_may_post(name, enrollment, course, lessons, login, student, classmate, instructor):
    address = url(name, course, lessons[0])
    refused = {None: 302, classmate: 302, instructor: 302}
    if name == "beat":
        refused = {None: 302, classmate: 403, instructor: 403}
    for person, status in refused.items():
        response = login(person).post(address, {"notes": "x", "revision": 0})
        assert response.status_code == status
    assert not LessonProgress.objects.exists()
    back = login(student).get(address)  # where somebody lands who had to log in between
    assert (back.status_code, back["Location"]) == (302, url("lesson", course, lessons[0]))


def test_a_draft_and_an_unknown_course_are_not_found(page, student):
    draft = CourseFactory(draft=True)
    for address in (url("course_home", draft), "/learn/nowhere/", "/learn/nowhere/nothing/"):
        assert page.get(address).status_code == 404
    assert page.post(url("enroll", draft)).status_code == 404


def test_an_unpublished_lesson_is_not_found_by_its_address(page, enrollment, course, lessons, instructor):
    courses.unpublish_lesson(lesson=lessons[0], by=instructor)
    assert page.get(url("lesson", course, lessons[0])).status_code == 404
    assert page.post(url("complete", course, lessons[0])).status_code == 404


def test_old_addresses_lead_to_the_new_one(page, enrollment, course, lessons, instructor):
    old = course.slug
    courses.update_course(course=course, by=instructor, fields={"slug": "new-lenses"})
    response = page.get(f"/learn/{old}/{lessons[0].slug}/?a=1")
    assert (response.status_code, response["Location"]) == (301, f"/learn/new-lenses/{lessons[0].slug}/?a=1")
    assert page.get(f"/learn/{old}/")["Location"] == "/learn/new-lenses/"


# --- Enrolling


def test_one_click_enrolls_and_opens_the_course(page, course, student):
    response = page.post(url("enroll", course))
    assert (response.status_code, response["Location"]) == (302, url("course_home", course))
    assert Enrollment.objects.get().student == student
    assert page.post(url("enroll", course))["Location"] == url("course_home", course)
    assert Enrollment.objects.count() == 1


def test_a_visitor_signs_in_and_comes_back(client, page, course):
    response = client.post(url("enroll", course))
    assert response["Location"] == f"/accounts/login/?next={url('enroll', course)}"
    assert page.get(url("enroll", course))["Location"] == course.get_absolute_url()


def test_a_refused_click_says_why(page, course):
    Course.objects.update(max_students=1)
    EnrollmentFactory(course=course)
    response = page.post(url("enroll", course), follow=True)
    assert "All seats of this course are taken" in text(response)
    assert Enrollment.objects.count() == 1


def test_leaving_asks_once(page, enrollment, course):
    assert "Your progress and notes are kept" in text(page.get(url("drop", course)))
    assert Enrollment.objects.get().status == "active"
    response = page.post(url("drop", course))
    assert response["Location"] == reverse("enrollments:dashboard")
    assert Enrollment.objects.get().status == "dropped"


def test_a_completed_course_cannot_be_left(page, student, course):
    EnrollmentFactory(student=student, course=course, completed=True)
    assert "cannot be left" in text(page.get(url("drop", course)))
    page.post(url("drop", course))
    assert Enrollment.objects.get().status == "completed"


# --- The lesson page


def test_opening_is_recorded_and_completes_nothing(page, enrollment, course, lessons):
    response = page.get(url("lesson", course, lessons[0]))
    assert lessons[0].title in text(response)
    row = LessonProgress.objects.get()
    assert (row.lesson, row.status) == (lessons[0], "in_progress")
    stored_row = Enrollment.objects.get()
    assert (stored_row.current_lesson, stored_row.progress_percentage) == (lessons[0], 0)
    assert response["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize(
    "headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}]
)
def test_a_page_fetched_in_advance_records_nothing(headers, page, enrollment, course, lessons):
    assert page.get(url("lesson", course, lessons[0]), headers=headers).status_code == 200
    assert page.head(url("lesson", course, lessons[0])).status_code == 200
    assert not LessonProgress.objects.exists()
    assert Enrollment.objects.get().last_accessed_at is None


def test_staff_look_without_a_trace(login, instructor, course, lessons):
    courses.unpublish_lesson(lesson=lessons[1], by=instructor)
    client = login(instructor)
    shown = text(client.get(url("lesson", course, lessons[1])))
    assert "You see this as its teacher" in shown
    assert "Not published" in shown
    assert "Mark complete" not in shown
    assert not LessonProgress.objects.exists()
    assert client.get(url("lesson", course, lessons[1]) + "?preview=student").status_code == 404
    Course.objects.update(is_sequential=True)
    locked = client.get(url("lesson", course, lessons[2]) + "?preview=student")
    assert locked.status_code == 403
    assert "You see this as a new student does" in text(locked)
    assert "You see this as a new student does" in text(
        client.get(url("course_home", course) + "?preview=student")
    )


def test_a_student_cannot_ask_for_the_teachers_preview(page, enrollment, course, lessons):
    shown = text(page.get(url("lesson", course, lessons[0]) + "?preview=student"))
    assert "You see this as" not in shown
    assert LessonProgress.objects.count() == 1


def test_a_preview_lesson_is_open_to_visitors(client, course, lessons, instructor):
    courses.update_lesson(lesson=lessons[0], by=instructor, fields={"is_preview": True})
    shown = client.get(url("lesson", course, lessons[0]))
    assert shown.status_code == 200
    assert "Log in to keep your progress" in text(shown)
    assert "Mark complete" not in text(shown)


def test_a_locked_lesson_says_why_and_what_to_do(page, enrollment, course, lessons, instructor):
    courses.update_lesson(lesson=lessons[1], by=instructor, fields={"body": "The secret of the lens."})
    Course.objects.update(is_sequential=True)
    response = page.get(url("lesson", course, lessons[1]))
    assert response.status_code == 403
    assert f"Complete “{lessons[0].title}” first." in text(response)
    assert lesson_url(course, lessons[0].slug) in text(response)
    assert "The secret" not in text(response)
    assert not LessonProgress.objects.exists()
    assert page.post(url("complete", course, lessons[1])).status_code == 302
    assert not LessonProgress.objects.exists()


def test_a_module_that_opens_later_tells_the_day(page, enrollment, course, lessons):
    late = Module.objects.get(position=2)
    Module.objects.filter(pk=late.pk).update(release_at=timezone.now() + timedelta(days=40))
    shown = text(page.get(url("course_home", course)))
    assert "Opens" in shown
    assert page.get(url("lesson", course, lessons[3])).status_code == 403


@pytest.mark.parametrize("state", ["suspended", "dropped", "expired"])
def test_whoever_is_not_current_reads_what_to_do(
    state, page, enrollment, course, lessons, student, instructor
):
    if state == "suspended":
        services.suspend(enrollment=enrollment, by=instructor, reason="A question.")
    elif state == "dropped":
        services.drop(enrollment=enrollment, by=student)
    else:
        past = timezone.now() - timedelta(days=1)
        Enrollment.objects.update(enrolled_at=past - timedelta(days=9), expires_at=past)
    response = page.get(url("lesson", course, lessons[0]))
    assert response.status_code == 403
    assert "locked" in text(response)
    home = text(page.get(url("course_home", course)))
    assert "What you can do" in home
    assert ("The reason given: A question." in home) == (state == "suspended")
    mine = text(
        page.get(
            reverse("enrollments:dashboard") + "?show=" + ("progress" if state == "suspended" else "dropped")
        )
    )
    assert ("The reason given: A question." in mine) == (state == "suspended")
    if state == "expired":
        assert Enrollment.objects.get().status == "expired"


def test_a_removed_course_says_that_progress_is_kept(page, enrollment, course, lessons, admin_user):
    courses.bin_course(course=Course.objects.get(), by=admin_user, force=True)
    assert "Your progress is kept" in text(page.get(url("course_home", course)))
    assert page.get(url("lesson", course, lessons[0])).status_code == 403
    assert "This course was removed" in text(page.get(reverse("enrollments:dashboard")))


# --- Completing


def test_mark_complete_without_a_script(page, enrollment, course, lessons):
    response = page.post(url("complete", course, lessons[0]))
    assert response["Location"] == url("lesson", course, lessons[0])
    assert "Completed" in text(page.get(response["Location"]))
    assert Enrollment.objects.get().completed_lessons_count == 1


def test_complete_and_continue_walks_to_the_end_page(page, enrollment, course, lessons):
    way = [page.post(url("complete", course, lesson), {"continue": "1"})["Location"] for lesson in lessons]
    assert way == [*[lesson_url(course, lesson.slug) for lesson in lessons[1:]], url("finished", course)]
    shown = text(page.get(url("finished", course)))
    assert "Well done, Salma" in shown
    assert Enrollment.objects.get().status == "completed"


def test_after_the_last_lesson_comes_the_first_that_is_missing(page, enrollment, course, lessons):
    complete(enrollment, lessons[1:5])
    response = page.post(url("complete", course, lessons[5]), {"continue": "1"})
    assert response["Location"] == lesson_url(course, lessons[0].slug)
    response = page.post(url("complete", course, lessons[0]), {"continue": "1"})
    assert response["Location"] == url("finished", course)


def test_in_a_completed_course_continue_walks_on(page, student, course, lessons):
    EnrollmentFactory(student=student, course=course, completed=True)
    way = [page.post(url("complete", course, lesson), {"continue": "1"})["Location"] for lesson in lessons]
    assert way == [*[lesson_url(course, lesson.slug) for lesson in lessons[1:]], url("finished", course)]


def test_htmx_swaps_in_place(page, enrollment, course, lessons):
    response = page.post(url("complete", course, lessons[0]), headers=HTMX)
    assert response.status_code == 200
    assert 'id="completion"' in text(response)
    assert "<html" not in text(response)
    assert response["HX-Trigger-After-Settle"] == "lesson-completed"
    fragment = text(page.get(url("outline", course) + f"?lesson={lessons[0].slug}"))
    assert "1 of 6 lessons" in fragment
    assert 'aria-current="page"' in fragment
    complete(enrollment, lessons[1:5])
    response = page.post(url("complete", course, lessons[5]), headers=HTMX)
    assert response["HX-Redirect"] == url("finished", course)


@pytest.mark.parametrize("name", ["complete", "notes", "bookmark"])
def test_a_refusal_in_place_turns_the_whole_page(name, page, enrollment, course, lessons, instructor):
    services.suspend(enrollment=enrollment, by=instructor, reason="Please see me first.")
    response = page.post(url(name, course, lessons[0]), {"notes": "x", "revision": 0}, headers=HTMX)
    # A redirect would be followed in the dark, and the page it leads to put into the middle of this one.
    assert (response.status_code, response["HX-Redirect"]) == (200, "/dashboard/")
    assert "Your access to this course is suspended" in text(page.get("/dashboard/"))
    assert not LessonProgress.objects.exists()


def test_after_a_completion_outline_and_bar_come_anew(page, enrollment, course, lessons):
    complete(enrollment, lessons[:1])
    shown = page.get(f"/learn/lenses/-/outline/?lesson={lessons[0].slug}").content.decode()
    assert 'id="outline-parts"' in shown and 'hx-select-oob="#lesson-bar"' in shown
    bar = shown[shown.index('id="lesson-bar"') :]
    assert f"/learn/lenses/{lessons[1].slug}/" in bar and "17%" in bar
    assert 'id="lesson-bar"' not in page.get("/learn/lenses/-/outline/").content.decode()


def test_modules_that_open_soon_stand_on_the_dashboard(page, enrollment, course):
    assert "Opening soon" not in page.get("/dashboard/").content.decode()
    course.modules.filter(title="Module 2").update(release_after_days=5)
    shown = page.get("/dashboard/").content.decode()
    assert "Opening soon" in shown and "Module 2" in shown
    course.lessons.filter(module__title="Module 2").update(is_published=False)
    assert "Opening soon" not in page.get("/dashboard/").content.decode()  # nothing is in it yet


def test_a_film_refuses_the_button_in_words(page, enrollment, course, video):
    page.get(url("lesson", course, video))
    response = page.post(url("complete", course, video), follow=True)
    assert "Watch 80% of the video first: you have 0%." in text(response)
    assert Enrollment.objects.get().completed_lessons_count == 0
    response = page.post(url("complete", course, video), headers=HTMX)
    assert response["HX-Redirect"] == url("lesson", course, video)


# --- Video


def test_a_film_resumes_at_its_second_and_carries_captions(page, enrollment, course, video, instructor):
    for language in ("en", "ar"):
        courses.add_resource(
            lesson=video,
            by=instructor,
            kind="caption",
            language=language,
            file=stored(instructor, VTT, name=f"{language}.vtt"),
        )
    page.get(url("lesson", course, video))
    LessonProgress.objects.update(last_position_seconds=42, completion_percentage=62)
    shown = text(page.get(url("lesson", course, video)))
    assert "#t=42" in shown
    assert 'srclang="ar"' in shown
    assert "Watch 80%: you have 62%" in shown
    assert 'dasharray="62' in shown
    LessonProgress.objects.update(last_position_seconds=97)
    assert "#t=" not in text(page.get(url("lesson", course, video)))


@pytest.mark.parametrize(
    ("address", "frame"),
    [
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?enablejsapi=1",
        ),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
    ],
)
def test_films_of_others_stand_in_a_frame(address, frame, page, enrollment, course):
    lesson = LessonFactory(
        module=course.modules.first(), type="video", video_url=address, video_duration_seconds=60, body=""
    )
    assert frame in text(page.get(url("lesson", course, lesson)))


def test_beats_answer_what_counts(page, enrollment, course, video, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    page.get(url("lesson", course, video))
    time_machine.shift(30)
    told = {"position": 30, "seconds": 20, "watched": json.dumps([[0, 30]])}
    answer = page.post(url("beat", course, video), told).json()
    assert answer == {
        "watched": [[0, 30]],
        "seconds": 20,
        "percent": 30.0,
        "sentence": "Watch 80%: you have 30%",
        "time_to_go": "About 1 minute to go. The lesson then completes itself.",
        "lesson_completed": False,
        "next_url": "",
    }
    time_machine.shift(60)
    answer = page.post(url("beat", course, video), {"watched": "[[0, 90]]"}).json()
    assert (answer["lesson_completed"], answer["sentence"]) == (True, "Completed")


@pytest.mark.parametrize(
    "told",
    [
        {"watched": "[[9, 3]]"},
        {"watched": "[[1.5, 3]]"},
        {"watched": "[[true, 3]]"},
        {"watched": '["a"]'},
        {"watched": "{"},
        {"watched": "[" * 900},
        {"watched": json.dumps([[n, n + 1] for n in range(0, 120, 2)])},
        {"seconds": "-5"},
        {"seconds": "99999999"},
        {"position": "-1"},
        {"position": "now"},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(told, page, enrollment, course, video):
    page.get(url("lesson", course, video))
    before = list(LessonProgress.objects.values())
    assert page.post(url("beat", course, video), told).status_code == 422
    assert list(LessonProgress.objects.values()) == before


# --- Notes and bookmarks


def test_notes_without_a_script(page, enrollment, course, lessons):
    page.get(url("lesson", course, lessons[0]))
    response = page.post(url("notes", course, lessons[0]), {"notes": "Bring\r\na lens", "revision": 0})
    assert response["Location"] == url("lesson", course, lessons[0]) + "#notes"
    assert LessonProgress.objects.get().notes == "Bring\na lens"
    response = page.post(url("notes", course, lessons[0]), {"notes": "Mine", "revision": 0})
    assert response.status_code == 409
    assert "Another device saved different notes" in text(response)
    assert "Bring<br>a lens" in text(response)
    assert "Mine" in text(response)
    assert LessonProgress.objects.get().notes == "Bring\na lens"
    response = page.post(url("notes", course, lessons[0]), {"notes": "x" * 2001, "revision": 1})
    assert response.status_code == 422


def test_notes_in_place(page, enrollment, course, lessons):
    response = page.post(url("notes", course, lessons[0]), {"notes": "One", "revision": 0}, headers=HTMX)
    assert (response.status_code, response["HX-Notes"]) == (200, "saved")
    assert 'name="revision" value="1"' in text(response)
    response = page.post(url("notes", course, lessons[0]), {"notes": "Two", "revision": 0}, headers=HTMX)
    assert response["HX-Notes"] == "conflict"
    response = page.post(url("notes", course, lessons[0]), {"notes": "x" * 2001, "revision": 1}, headers=HTMX)
    assert response["HX-Notes"] == "refused"
    assert LessonProgress.objects.get().notes == "One"


def test_the_ribbon(page, enrollment, course, lessons):
    assert page.post(url("bookmark", course, lessons[0]), {"on": "1"}).status_code == 302
    assert LessonProgress.objects.get().is_bookmarked
    assert lessons[0].title in text(page.get(reverse("enrollments:dashboard")))
    swapped = page.post(url("bookmark", course, lessons[0]), {"on": "0"}, headers=HTMX)
    assert 'aria-pressed="false"' in text(swapped)
    assert not LessonProgress.objects.get().is_bookmarked


def test_my_notes_are_found_again(page, login, classmate, enrollment, course, lessons, student, instructor):
    other = EnrollmentFactory(student=student, course=CourseFactory(title="Mirrors"))
    services.save_notes(enrollment=enrollment, lesson=lessons[0], notes="الضوء ينكسر", revision=0)
    services.save_notes(enrollment=enrollment, lesson=lessons[1], notes="Silver backs", revision=0)
    mirror = required_lessons(other.course)[0]
    services.set_bookmark(enrollment=other, lesson=mirror, bookmarked=True)
    courses.remove_lesson(lesson=lessons[1], by=instructor, force=True)
    everything = reverse("enrollments:my_notes")

    def found(client, address):
        return {row.lesson for row in client.get(address).context["page"]}

    assert found(page, everything) == {lessons[0], lessons[1], mirror}
    assert "Removed" in text(page.get(everything))
    assert found(page, url("my_notes", course)) == {lessons[0], lessons[1]}
    assert found(page, everything + "?q=الضَّوْء") == {lessons[0]}
    assert found(page, everything + "?q=SILVER") == {lessons[1]}
    assert found(page, everything + "?q=mirrors&page=99") == {mirror}
    assert "Nothing found" in text(page.get(everything + "?q=prism"))
    assert found(login(classmate), everything) == set()
    assert "No notes yet" in text(login(classmate).get(everything))
    assert login(classmate).get(url("my_notes", course)).status_code == 404


# --- My learning


def test_an_empty_dashboard_says_what_to_do(page):
    shown = text(page.get(reverse("enrollments:dashboard")))
    assert "You are not in a course yet" in shown
    assert reverse("courses:course_list") in shown


def test_the_card_resumes_the_exact_lesson(page, enrollment, course, lessons, video):
    complete(enrollment, lessons[:1])
    page.get(url("lesson", course, video))
    LessonProgress.objects.filter(lesson=video).update(last_position_seconds=42)
    shown = text(page.get(reverse("enrollments:dashboard")))
    assert "Continue where you stopped" in shown
    assert url("lesson", course, video) in shown
    assert "0:42" in shown
    assert "1 of 7 lessons" in shown
    assert "Module 1, lesson 4 of 4" in shown


def test_the_tabs_sort_by_state(page, student, course, instructor):
    titles = {name: f"Course of {name}" for name in ("progress", "completed", "dropped", "suspended")}
    made = {name: CourseFactory(title=title) for name, title in titles.items()}
    EnrollmentFactory(student=student, course=made["progress"])
    EnrollmentFactory(student=student, course=made["completed"], completed=True)
    services.drop(enrollment=EnrollmentFactory(student=student, course=made["dropped"]), by=student)
    paused = EnrollmentFactory(student=student, course=made["suspended"])
    services.suspend(enrollment=paused, by=instructor, reason="A question.")
    shown = {
        tab: page.get(reverse("enrollments:dashboard") + f"?show={tab}").context["enrollments"]
        for tab in ("progress", "completed", "dropped", "nonsense")
    }
    assert {row.course.title for row in shown["progress"]} == {titles["progress"], titles["suspended"]}
    assert {row.course.title for row in shown["nonsense"]} == {titles["progress"], titles["suspended"]}
    assert [row.course.title for row in shown["completed"]] == [titles["completed"]]
    assert [row.course.title for row in shown["dropped"]] == [titles["dropped"]]


# --- Course home, review


def test_what_is_new_since_one_finished(page, student, course, instructor):
    EnrollmentFactory(student=student, course=course, completed=True)
    LessonFactory(module=course.modules.last(), title="An afterthought")
    shown = text(page.get(url("course_home", course)))
    assert "New since you finished" in shown
    assert "An afterthought" in shown
    assert "6 of 6 lessons" in shown


def test_what_is_missing_is_told_where_no_certificate_does(page, enrollment, course, lessons):
    Course.objects.update(certificate_enabled=False)
    shown = text(page.get(url("course_home", course)))
    assert "To complete the course" in shown
    assert "and 1 more" in shown


def test_a_review_from_the_page(page, enrollment, course, lessons):
    assert "You can review a course from 20% on: you have 0%." in text(page.get(url("review", course)))
    complete(enrollment, lessons[:3])
    assert page.get(url("review", course)).status_code == 200
    response = page.post(url("review", course), {"rating": "4", "text": "short"})
    assert (response.status_code, Review.objects.count()) == (200, 0)
    assert "at least 10 characters" in text(response)
    page.post(url("review", course), {"rating": "4", "text": "Clear and short."})
    assert (Review.objects.get().rating, Review.objects.get().text) == (4, "Clear and short.")
    page.post(url("review", course), {"rating": "2", "text": ""})
    assert (Review.objects.get().rating, Review.objects.get().is_edited) == (2, True)
    page.post(url("review", course), {"delete": "1"})
    assert not Review.objects.exists()


# --- Hostile text


def test_a_review_can_be_deleted_whatever_became_of_the_progress(page, enrollment, lessons, instructor):
    complete(enrollment, lessons[:3])
    services.add_review(enrollment=Enrollment.objects.select_related("course").get(), rating=2)
    services.reset_progress(enrollment=enrollment, by=instructor, reason="Starts anew")
    assert page.post("/learn/lenses/-/review/", {"rating": "5"}).status_code == 409
    assert page.post("/learn/lenses/-/review/", {"delete": "1"}).status_code == 302
    assert not Review.objects.exists()


def test_hostile_text_is_shown_as_text(page, login, enrollment, course, lessons, instructor):
    complete(enrollment, lessons[:3])
    page.post(url("notes", course, lessons[0]), {"notes": HOSTILE, "revision": 0})
    page.post(url("review", course), {"rating": "5", "text": HOSTILE})
    review = Review.objects.get()
    services.reply_to_review(review=review, by=instructor, text=HOSTILE)
    courses.update_course(course=course, by=instructor, fields={"title": HOSTILE})
    courses.update_lesson(lesson=lessons[0], by=instructor, fields={"title": HOSTILE, "body": HOSTILE})
    course.refresh_from_db()
    addresses = [
        url("lesson", course, course.lessons.get(pk=lessons[0].pk)),
        url("course_home", course),
        url("review", course),
        url("drop", course),
        reverse("enrollments:dashboard"),
        reverse("enrollments:my_notes"),
        course.get_absolute_url(),
    ]
    for address in addresses:
        shown = text(page.get(address))
        assert "<script>alert(1)" not in shown, address
        assert "<img src=x" not in shown, address
    assert LessonProgress.objects.get(lesson=lessons[0]).notes == HOSTILE


# --- Budgets, with rows tripled


@pytest.fixture
def crowded(enrollment, course, lessons, student, instructor):
    """Three times as many lessons, people, rows, courses and reviews."""
    for module in course.modules.all():
        for _lesson in range(6):
            LessonFactory(module=module)
    for _student in range(3):
        EnrollmentFactory(course=course, completed=4)
    for _course in range(3):
        other = EnrollmentFactory(student=student, course=CourseFactory(), completed=2)
        services.set_bookmark(enrollment=other, lesson=required_lessons(other.course)[0], bookmarked=True)
    complete(enrollment, lessons[:4])
    services.recount_stale()
    return enrollment


def budget(client, max_queries, address, limit, method="get", **sent):
    with max_queries(limit + SIGN_IN):
        response = getattr(client, method)(address, **sent)
    assert response.status_code in (200, 302)
    return response


@pytest.mark.parametrize("sequential", [False, True])
def test_pages_stay_within_their_budgets(sequential, page, crowded, course, lessons, instructor, max_queries):
    Course.objects.update(is_sequential=sequential)
    services.unlock(enrollment=crowded, by=instructor)
    picture = stored(instructor)
    courses.add_resource(lesson=lessons[4], by=instructor, title="Picture", file=picture)
    budget(page, max_queries, url("lesson", course, lessons[4]), 6)
    budget(page, max_queries, url("lesson", course, lessons[4]), 6)
    budget(page, max_queries, url("course_home", course), 6 + 3 + 1)  # the certificate's box, the leaderboard
    budget(page, max_queries, reverse("enrollments:dashboard"), 6 + 2 + 3)
    budget(page, max_queries, reverse("enrollments:my_notes"), 2)


@pytest.mark.parametrize("sequential", [False, True])
def test_verbs_stay_within_their_budgets(sequential, page, crowded, course, lessons, video, max_queries):
    Course.objects.update(is_sequential=sequential)
    services.unlock(enrollment=crowded, by=course.instructor)
    page.get(url("lesson", course, lessons[4]))
    Enrollment.objects.update(last_beat_at=timezone.now() - timedelta(seconds=60))
    budget(page, max_queries, url("beat", course, lessons[4]), 6, "post", data={"seconds": 15})
    budget(page, max_queries, url("complete", course, lessons[4]), 6, "post", data={"continue": "1"})
    page.get(url("lesson", course, video))
    Enrollment.objects.update(last_beat_at=timezone.now() - timedelta(seconds=60))
    told = {"watched": "[[0, 100]]", "seconds": 15}
    assert budget(page, max_queries, url("beat", course, video), 7, "post", data=told).json()[
        "lesson_completed"
    ]


def test_the_last_step_stays_within_its_budget(page, crowded, course, lessons, max_queries):
    open_lessons = required_lessons(course)
    complete(crowded, open_lessons[:-1])
    last = open_lessons[-1]
    page.get(url("lesson", course, last))
    response = budget(page, max_queries, url("complete", course, last), 10, "post", data={"continue": "1"})
    assert response["Location"] == url("finished", course)


def test_enrolling_stays_within_its_budget(login, classmate, crowded, course, max_queries):
    budget(login(classmate), max_queries, url("enroll", course), 8, "post")


def test_reviews_come_ten_at_a_time(client, course):
    for number in range(12):
        ReviewFactory(enrollment__course=course, text=f"Opinion number {number:02}.")
    seen = []
    for page in ("", "2", "99", "x"):
        html = client.get(f"{course.get_absolute_url()}?reviews={page}").content.decode()
        seen.append(sorted(re.findall(r"Opinion number (\d\d)", html)))
        assert ("reviews=2#reviews" in html) is (page in ("", "x"))
        assert ("reviews=1#reviews" in html) is (page in ("2", "99"))
    first, second, beyond, nonsense = seen
    assert (first, second) == ([f"{n:02}" for n in range(2, 12)], ["00", "01"])
    assert (beyond, nonsense) == (second, first)


def test_the_tags_of_a_course_page_cost_three_queries_each(page, course, crowded, max_queries, rf, student):
    from django.template import Context, Template

    for _review in range(3):
        ReviewFactory(enrollment__course=course)
    course.refresh_from_db()
    request = rf.get("/")
    request.user = student
    source = "{% load learning %}{% enroll_button course %}{% course_reviews course %}"
    with max_queries(6):
        shown = Template(source).render(Context({"request": request, "user": student, "course": course}))
    assert "Continue" in shown or "Start" in shown
    assert shown.count("<article") == 3
    marks = (
        "{% load learning %}{% for course in courses %}"
        "{% enrolled_mark course as mark %}{{ mark.status }}{% endfor %}"
    )
    with max_queries(2):
        shown = Template(marks).render(Context({"user": student, "courses": Course.objects.all()}))
    assert shown == "active" * 4
