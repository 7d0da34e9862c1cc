"""The staff door: one page for a quiz, attempts to read, and nothing of it for others."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Accommodation
from courses.tests.factories import CourseFactory
from enrollments.services import drop
from enrollments.tests.factories import EnrollmentFactory
from quizzes import services
from quizzes.models import Attempt, Question, Quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory, QuizLessonFactory

pytestmark = pytest.mark.django_db

LIST, ADD, ATTEMPTS = "/admin/quizzes/quiz/", "/admin/quizzes/quiz/add/", "/admin/quizzes/attempt/"


def page(quiz):
    return reverse("admin:quizzes_quiz_change", args=[quiz.pk])


def verbs(quiz):
    return reverse("admin:quizzes_quiz_verbs", args=[quiz.pk])


def settings(**fields):
    return {
        "title": "Optics", "type": "graded", "description": "", "instructions": "", "passing_score": "60",
        "max_attempts": "", "scoring_policy": "best", "review_policy": "after_submit", "position": "", "lesson": "",
        "course": "", "show_score_immediately": "on", "apply_accommodations": "on", **fields,
    }  # fmt: skip


def question(prefix="new", options=(), **fields):
    """What the form of a question sends; options are (id, text, right, place)."""
    sent = {
        f"{prefix}-{name}": value
        for name, value in {"type": "single_choice", "text": "Which one bends light?", "points": "1",
                            "explanation": "", "answer": "true", "feedback_true": "", "feedback_false": "",
                            **fields}.items()
    }  # fmt: skip
    sent |= {f"{prefix}-options-TOTAL_FORMS": len(options), f"{prefix}-options-INITIAL_FORMS": 0}
    for n, (pk, text, right, place) in enumerate(options):
        row = f"{prefix}-options-{n}"
        sent |= {f"{row}-id": pk, f"{row}-text": text, f"{row}-feedback": "", f"{row}-place": place}
        if right:
            sent[f"{row}-is_correct"] = "on"
    return sent


GLASS = [("", "A lens", True, 1), ("", "A wall", False, 2), ("", "", False, "")]


def test_an_instructor_writes_a_quiz_from_its_lesson(login, instructor):
    lesson = QuizLessonFactory(module__course__instructor=instructor, title="Bending light")
    client = login(instructor)
    form = client.get(f"{ADD}?lesson={lesson.pk}&course={lesson.course_id}").context["adminform"].form
    assert [form[name].value() for name in ("lesson", "course", "title")] == [
        lesson.pk, lesson.course_id, "Bending light",
    ]  # fmt: skip
    made = client.post(ADD, settings(lesson=lesson.pk))
    quiz = Quiz.objects.get()
    assert made["Location"] == f"{page(quiz)}#questions" and quiz.course == lesson.course
    assert client.get(f"{ADD}?lesson={lesson.pk}").url == page(quiz)

    added = client.post(verbs(quiz), question(options=GLASS) | {"verb": "add_question"})
    first = quiz.questions.get()
    assert added["Location"] == f"{page(quiz)}#question-{first.pk}"
    assert list(first.options.values_list("text", "is_correct")) == [("A lens", True), ("A wall", False)]
    client.post(
        verbs(quiz),
        question(type="true_false", text="Light is slow.", answer="false") | {"verb": "add_question"},
    )
    second = quiz.questions.get(type="true_false")
    assert list(second.options.values_list("text", "is_correct")) == [("True", False), ("False", True)]
    client.post(verbs(quiz), {"verb": "question_up", "question": second.pk})
    assert list(quiz.questions.values_list("pk", flat=True)) == [second.pk, first.pk]

    shown = client.get(page(quiz))
    assert "Nothing is missing." not in shown.text or "Recommended" not in shown.text
    client.post(verbs(quiz), {"verb": "publish"})
    quiz.refresh_from_db()
    assert quiz.is_published
    client.post(verbs(quiz), {"verb": "unpublish"})
    quiz.refresh_from_db()
    assert not quiz.is_published


def test_options_are_changed_moved_and_dropped(login):
    quiz = QuizFactory(draft=True)
    one = quiz.questions.get(type="single_choice")
    cairo, alexandria, giza = one.options.order_by("position")
    rows = [
        (cairo.pk, "Cairo", True, 3),
        (alexandria.pk, "", False, 2),
        (giza.pk, "Gizeh", False, 1),
        ("", "Luxor", False, 2),
    ]
    sent = question(f"q-{one.pk}", rows, text="What is the capital?", points="2.5")
    client = login(quiz.course.instructor)
    assert client.post(verbs(quiz), sent | {"verb": "save_question", "question": one.pk}).status_code == 302
    one.refresh_from_db()
    assert (one.text, str(one.points)) == ("What is the capital?", "2.50")
    assert list(one.options.order_by("position").values_list("text", "is_correct")) == [
        ("Gizeh", False), ("Luxor", False), ("Cairo", True),
    ]  # fmt: skip
    assert one.options.get(text="Gizeh").pk == giza.pk


def test_saving_a_question_as_it_stands_changes_nothing(login):
    attempt = AttemptFactory(answers="right")
    quiz, client = attempt.quiz, login(attempt.quiz.course.instructor)
    services.update_question(question=quiz.questions.first(), tags=["R, advanced", "Light"])
    before = list(Question.objects.order_by("pk").values()), list(Attempt.objects.values())
    for editor in client.get(page(quiz)).context["editors"]:
        sent = {bound.html_name: bound.value() for bound in editor.form if bound.value() not in (None, False)}
        sent |= {f"{editor.prefix}-options-TOTAL_FORMS": len(editor.options.forms),
                 f"{editor.prefix}-options-INITIAL_FORMS": editor.options.initial_form_count()}  # fmt: skip
        for row in editor.options.forms:
            sent |= {bound.html_name: bound.value() for bound in row if bound.value() not in (None, False)}
        sent |= {"verb": "save_question", "question": editor.question.pk}
        assert client.post(verbs(quiz), sent).status_code == 302
    assert (list(Question.objects.order_by("pk").values()), list(Attempt.objects.values())) == before


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (question(text="Four", options=GLASS), "at least 5 characters"),
        (question(points="0", options=GLASS), "greater than or equal to 0.01"),
        (question(type="riddle", options=GLASS), "not one of the available choices"),
        (question(text="Wrong\x00text", options=GLASS), "Null characters"),
    ],
)
def test_what_does_not_fit_is_said_and_kept(login, sent, sentence):
    quiz = QuizFactory(draft=True)
    response = login(quiz.course.instructor).post(verbs(quiz), sent | {"verb": "add_question"})
    assert response.status_code == 200 and sentence in response.text and "A lens" in response.text
    assert quiz.questions.count() == 3


def test_a_published_quiz_is_not_broken(login):
    quiz = QuizFactory()
    one = quiz.questions.get(type="single_choice")
    client = login(quiz.course.instructor)
    rows = [(option.pk, option.text, False, "") for option in one.options.all()]
    response = client.post(
        verbs(quiz), question(f"q-{one.pk}", rows) | {"verb": "save_question", "question": one.pk}
    )
    assert "no option is marked as right" in response.text
    assert one.options.filter(is_correct=True).count() == 1


def test_settings_are_saved_by_the_verb(login):
    quiz = QuizFactory(lesson=True)
    client = login(quiz.course.instructor)
    form = client.get(page(quiz)).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    before = Quiz.objects.values().get(pk=quiz.pk)
    assert client.post(page(quiz), data).url == LIST
    changed = Quiz.objects.values().get(pk=quiz.pk)
    assert changed | {"updated_at": before["updated_at"]} == before
    assert client.post(
        page(quiz), data | {"title": "Light", "passing_score": "72.5", "_continue": "1"}
    ).url == page(quiz)
    quiz.refresh_from_db()
    assert (quiz.title, str(quiz.passing_score)) == ("Light", "72.50")
    refused = client.post(page(quiz), data | {"passing_score": "101"})
    assert "less than or equal to 100" in refused.text
    refused = client.post(ADD, settings())
    assert "Choose a course, or one of its lessons." in refused.text
    assert Quiz.objects.count() == 1


def test_others_see_nothing_of_it(login, outsider_instructor, student):
    attempt = AttemptFactory(answers="right")
    quiz = attempt.quiz
    lesson = QuizLessonFactory(module=quiz.course.modules.first())
    foreign = CourseFactory(instructor=outsider_instructor)
    client = login(outsider_instructor)
    assert quiz.title not in client.get(LIST).text and quiz.course.title not in client.get(LIST).text
    assert "Person" not in client.get(ATTEMPTS).text
    addresses = [page(quiz), f"/admin/quizzes/quiz/{quiz.pk}/delete/", f"/admin/quizzes/quiz/{quiz.pk}/history/",
                 f"/admin/quizzes/attempt/{attempt.pk}/change/"]  # fmt: skip
    for address in addresses:
        assert client.get(address).status_code == 404, address
    for verb in ("publish", "unpublish", "question_up", "delete_question", "add_question", "save_question"):
        assert (
            client.post(verbs(quiz), {"verb": verb, "question": quiz.questions.first().pk}).status_code == 404
        )
    form = client.get(f"{ADD}?lesson={lesson.pk}").context["adminform"].form
    assert not form["lesson"].value() and str(lesson.pk) not in str(form["lesson"])
    assert list(form.fields["course"].queryset) == [foreign]
    assert client.post(ADD, settings(lesson=lesson.pk)).status_code == 200
    assert client.post(ADD, settings(course=quiz.course_id)).status_code == 200
    assert Quiz.objects.count() == 1
    for address in (LIST, ADD, page(quiz), ATTEMPTS):
        assert login(student).get(address).status_code in (302, 403, 404)


def test_a_question_of_another_quiz_is_not_found(login, instructor):
    mine, other = QuizFactory(course__instructor=instructor), QuizFactory()
    client, foreign = login(instructor), other.questions.first()
    for verb in ("question_up", "question_down", "delete_question", "save_question"):
        assert client.post(verbs(mine), {"verb": verb, "question": foreign.pk}).status_code == 404
    assert client.post(verbs(mine), {"verb": "delete_question", "question": "x"}).status_code == 404
    assert client.post(verbs(mine), {"verb": "explode"}).status_code == 404
    assert client.get(verbs(mine)).status_code == 405
    assert Question.objects.count() == 6


def test_attempts_are_read_only(login):
    attempt = AttemptFactory(answers="right")
    running = AttemptFactory(quiz=attempt.quiz)
    client = login(attempt.quiz.course.instructor)
    shown = client.get(ATTEMPTS)
    assert "3 of 3" in shown.text and "0 of 3" in shown.text and "100%" in shown.text
    for one in (attempt, running):
        address = f"{ATTEMPTS}{one.pk}/change/"
        assert "capital of Egypt" in client.get(address).text
        assert client.post(address, {"score": "4", "status": "graded"}).status_code == 403
        assert client.post(f"{ATTEMPTS}{one.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{ATTEMPTS}add/").status_code == 403
    running.refresh_from_db()
    assert running.is_open and Attempt.objects.count() == 2


def test_deleting_is_for_quizzes_nobody_sat(login):
    kept, gone = AttemptFactory().quiz, QuizFactory()
    address = "/admin/quizzes/quiz/{}/delete/".format
    assert login(kept.course.instructor).post(address(kept.pk), {"post": "yes"}).status_code == 403
    assert login(gone.course.instructor).post(address(gone.pk), {"post": "yes"}).status_code == 302
    assert list(Quiz.objects.values_list("pk", flat=True)) == [kept.pk]


def test_actions_publish_each_and_say_what_was_refused(login, instructor):
    course = CourseFactory(instructor=instructor)
    good, bad = QuizFactory(course=course, draft=True), services.create_quiz(course=course, title="Empty")
    client = login(instructor)
    sent = {"action": "publish", "_selected_action": [good.pk, bad.pk]}
    response = client.post(LIST, sent, follow=True)
    assert "Add at least one question." in response.text and "Done for 1." in response.text
    good.refresh_from_db(), bad.refresh_from_db()
    assert good.is_published and not bad.is_published
    client.post(LIST, sent | {"action": "unpublish"})
    good.refresh_from_db()
    assert not good.is_published


def test_hostile_text_in_the_editor(login):
    script = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    quiz = QuizFactory(draft=True, title=script)
    client = login(quiz.course.instructor)
    client.post(
        verbs(quiz),
        question(
            text=script, explanation=script, options=[("", f"{script} a", True, 1), ("", script, False, 2)]
        )
        | {"verb": "add_question"},
    )
    assert quiz.questions.count() == 4
    for address in (page(quiz), LIST, f"/admin/quizzes/quiz/{quiz.pk}/history/"):
        shown = client.get(address)
        assert (
            shown.status_code == 200 and "<script>alert" not in shown.text and "<img src=x" not in shown.text
        )


def grant(enrollment, factor="1.50", extra=0):
    student = enrollment.student
    return Accommodation.objects.create(
        user=student, time_factor=Decimal(factor), extra_attempts=extra, note="Dyslexia"
    )


def test_accommodations_of_the_enrolled_without_their_note(login, outsider_instructor, admin_user):
    quiz = QuizFactory(time_limit_minutes=30, max_attempts=2)
    owner = quiz.course.instructor
    assert 'id="accommodations"' not in login(owner).get(page(quiz)).text
    slow, often, plain, gone, foreign = [
        EnrollmentFactory(course=CourseFactory() if name == "Hady" else quiz.course, student__full_name=name)
        for name in ("Basma", "Dalia", "Emad", "Farid", "Hady")
    ]
    grant(slow), grant(often, "1", 1), grant(plain, "1"), grant(gone), grant(foreign)
    drop(enrollment=gone, by=gone.student)
    for person in (owner, admin_user):
        client = login(person)
        shown = client.get(page(quiz))
        assert [(row.name, row.factor, row.extra_attempts) for row in shown.context["granted"]] == [
            ("Basma", "1.5", 0), ("Dalia", "1", 1),
        ]  # fmt: skip
        said = " ".join(shown.text.split())
        assert "45 minutes, extended from 30 · 2 attempts" in said
        assert "30 minutes · 3 attempts, extended from 2" in said
        assert "Dyslexia" not in shown.text
    assert login(outsider_instructor).get(page(quiz)).status_code == 404
    mine = QuizFactory(course__instructor=outsider_instructor)
    assert "Basma" not in login(outsider_instructor).get(page(mine)).text
    services.update_quiz(quiz=quiz, time_limit_minutes=None, max_attempts=None)
    assert "No time limit · attempts without limit" in " ".join(login(owner).get(page(quiz)).text.split())
    services.update_quiz(quiz=quiz, time_limit_minutes=30, apply_accommodations=False)
    shown = login(owner).get(page(quiz)).text
    assert shown.count("does not apply here") == 2 and "extended from" not in shown


@pytest.mark.parametrize("count", [1, 12])
def test_queries_do_not_grow(login, max_queries, count):
    quiz = QuizFactory(questions=count)
    for _n in range(count if count == 1 else 5):
        grant(AttemptFactory(quiz=quiz, answers="right").enrollment)
        QuizFactory(course=quiz.course, questions=1)
    client = login(quiz.course.instructor)
    for address in (LIST, ATTEMPTS):
        with max_queries(16):
            assert client.get(address).status_code == 200
    with max_queries(28):  # statistics, regrade offer and pictures among them
        assert client.get(page(quiz)).status_code == 200
