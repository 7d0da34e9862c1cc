"""Two authors at one quiz: whoever saves second overwrites nothing unknowingly."""

import pytest

from quizzes import services
from quizzes.models import Question, QuestionOption, Quiz
from quizzes.tests.factories import AttemptFactory, QuizFactory
from quizzes.tests.test_admin import page, verbs

pytestmark = pytest.mark.django_db
THEM = "Amal Farouk saved this in the meantime"


def rows():
    """Everything an author writes, as it is stored."""
    models = (Quiz, Question, QuestionOption)
    return [list(model.objects.order_by("pk").values()) for model in models]


def filled(form):
    return {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}


def settings_sent(client, quiz):
    """What the browser would send back from the settings, untouched."""
    response = client.get(page(quiz))
    form = response.context["adminform"].form
    assert f'name="seen" value="{form.fingerprint}"' in response.text
    return {**filled(form), "seen": form.fingerprint, "seen_at": "1"}


def question_sent(client, question, verb="save_question"):
    """The same of a question with its options."""
    response = client.get(page(question.quiz))
    editor = next(editor for editor in response.context["editors"] if editor.question == question)
    assert response.text.count(f'name="seen" value="{editor.fingerprint}"') == 2
    sent = filled(editor.form) | filled(editor.options.management_form)
    for row in editor.options.forms:
        sent |= filled(row)
    return {
        **sent,
        "seen": editor.fingerprint,
        "seen_at": "1",
        "order": response.context["order"],
        "verb": verb,
        "question": question.pk,
    }


def test_settings_of_a_second_author(login, admin_user):
    quiz = QuizFactory(max_attempts=3)
    mine, theirs = login(quiz.course.instructor), login(admin_user)
    first, second = settings_sent(mine, quiz), settings_sent(theirs, quiz)
    changed = second | {"description": "Theirs", "review_policy": "never", "max_attempts": ""}
    assert theirs.post(page(quiz), changed).status_code == 302
    before = rows()
    refused = mine.post(page(quiz), first | {"title": "Mine", "shuffle_options": "on"})
    assert refused.status_code == 200 and rows() == before
    for sentence in (
        THEM,
        "Now stands here: Theirs",
        "Now stands here: –",
        "Now stands here: No",
        'value="Mine"',
    ):
        assert sentence in refused.text, sentence
    never = str(Quiz.ReviewPolicy.NEVER.label)
    assert f"Now stands here: {never}" in refused.text
    seen = refused.context["adminform"].form.fingerprint  # now it is a decision
    assert mine.post(page(quiz), first | {"title": "Mine", "seen": seen}).status_code == 302
    quiz.refresh_from_db()
    assert (quiz.title, quiz.description, quiz.max_attempts) == ("Mine", "", 3)


def test_what_others_do_beside_the_settings_makes_them_not_stale(login):
    quiz = QuizFactory()
    client = login(quiz.course.instructor)
    sent = settings_sent(client, quiz)
    services.add_question(quiz=quiz, type="true_false", text="Light is slow.", answer=False)
    AttemptFactory(quiz=quiz, answers="right")
    services.unpublish_quiz(quiz=quiz)
    assert client.post(page(quiz), sent | {"title": "Mine"}).status_code == 302


def test_a_question_of_a_second_author(login, admin_user):
    quiz = QuizFactory(draft=True)
    one = quiz.questions.get(type="single_choice")
    mine, theirs = login(quiz.course.instructor), login(admin_user)
    first, second = question_sent(mine, one), question_sent(theirs, one)
    key = f"q-{one.pk}"
    gone, wrong = f"{key}-options-1", f"{key}-options-2"  # Alexandria goes, Giza is right
    changed = second | {f"{key}-text": "Where are pyramids?", f"{gone}-text": "", f"{wrong}-is_correct": "on"}
    assert theirs.post(verbs(quiz), changed).status_code == 302
    before = rows()
    typed = first | {f"{key}-text": "Which town is the capital?", f"{key}-points": "2"}
    refused = mine.post(verbs(quiz), typed)
    assert refused.status_code == 200 and rows() == before
    for sentence in (
        THEM,
        "Now stands here: Where are pyramids?",
        "“Giza”\u2069 (right)",
        "Which town is the capital?",
    ):
        assert sentence in refused.text, sentence
    editor = next(editor for editor in refused.context["editors"] if editor.question == one)
    assert f'name="seen" value="{editor.fingerprint}"' in refused.text
    assert mine.post(verbs(quiz), typed | {"seen": editor.fingerprint}).status_code == 302
    one.refresh_from_db()
    assert (one.text, int(one.points)) == ("Which town is the capital?", 2)
    assert list(one.options.values_list("text", "is_correct")) == [
        ("Cairo", True), ("Alexandria", False), ("Giza", False),
    ]  # fmt: skip


def test_an_option_changed_elsewhere_makes_its_question_stale(login):
    quiz = AttemptFactory(answers="right").quiz
    one = quiz.questions.get(type="single_choice")
    client = login(quiz.course.instructor)
    sent = question_sent(client, one)
    one.options.filter(is_correct=False).update(feedback="Read again.")
    before = rows()
    refused = client.post(verbs(quiz), sent)
    assert "This was saved elsewhere in the meantime." in refused.text and rows() == before
    assert "Read again." in refused.text


def test_only_saves_since_the_page_was_made_name_somebody(login, admin_user):
    quiz = QuizFactory(draft=True)
    one = quiz.questions.first()
    sent = question_sent(login(admin_user), one)
    login(admin_user).post(verbs(quiz), sent | {f"q-{one.pk}-explanation": "Because."})
    client = login(quiz.course.instructor)
    sent = question_sent(client, one)
    services.update_question(question=one, explanation="From the API.")
    for since, named in (
        ("9999999999", False),
        ("1", True),
        ("never", True),
        ("٣" * 4, True),
        ("9" * 30, True),
    ):
        refused = client.post(verbs(quiz), sent | {"seen_at": since})
        assert (THEM in refused.text) is named, since


@pytest.mark.parametrize("verb", ["delete_question", "question_up", "question_down", "order_questions"])
def test_order_and_deleting_of_what_was_changed_elsewhere(login, verb):
    quiz = QuizFactory(draft=True)
    one, two, three = quiz.questions.order_by("position")
    client = login(quiz.course.instructor)
    sent = question_sent(client, two, verb) | {"ids": [two.pk, one.pk, three.pk]}
    services.reorder_questions(quiz=quiz, ids=[three.pk, two.pk, one.pk])
    services.update_question(question=two, explanation="Because.")
    before = rows()
    refused = client.post(verbs(quiz), sent, follow=True)
    said = "delete it again" if verb == "delete_question" else "The list changed in the meantime."
    assert said in refused.text and rows() == before
    again = question_sent(client, two, verb) | {"ids": sent["ids"]}
    client.post(verbs(quiz), again)
    assert rows() != before


@pytest.mark.parametrize("ids", [[], ["x"], ["one"], ["one", "one", "two"], ["one", "two", "foreign"]])
def test_an_order_that_is_not_of_all_is_refused(login, ids):
    quiz, foreign = QuizFactory(draft=True), QuizFactory().questions.first()
    known = dict(zip(["one", "two"], quiz.questions.all(), strict=False)) | {"foreign": foreign}
    sent = [known[name].pk if name in known else name for name in ids]
    before = rows()
    refused = login(quiz.course.instructor).post(
        verbs(quiz), {"verb": "order_questions", "ids": sent}, follow=True
    )
    assert "The list changed in the meantime." in refused.text and rows() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_is_told(race, login, admin_user):
    quiz = QuizFactory(draft=True)
    one = quiz.questions.first()
    browsers = [login(quiz.course.instructor), login(admin_user)]
    settings = [settings_sent(browser, quiz) for browser in browsers]
    questions = [question_sent(browser, one) for browser in browsers]
    for address, sent, name in (
        (page(quiz), settings, "description"),
        (verbs(quiz), questions, f"q-{one.pk}-explanation"),
    ):
        saves = [
            lambda at=at: browsers[at].post(address, sent[at] | {name: f"By {at}."})  # noqa: B023
            for at in range(2)
        ]
        codes = [response.status_code for response in race(*saves)]
        assert sorted(codes) == [200, 302]
        winner = f"By {codes.index(302)}."
        quiz.refresh_from_db(), one.refresh_from_db()
        assert winner == (quiz.description if name == "description" else one.explanation)


def test_a_question_that_another_author_deleted_is_kept_as_a_new_one(login):
    quiz = QuizFactory(draft=True)
    one = quiz.questions.first()
    client = login(quiz.course.instructor)
    sent = question_sent(client, one) | {f"q-{one.pk}-text": "Reworded at great length"}
    services.delete_question(question=one)
    before = rows()
    refused = client.post(verbs(quiz), sent)
    assert (refused.status_code, rows()) == (200, before)
    assert "Somebody has deleted this question." in refused.text
    editor = refused.context["new_question"]
    assert editor.form["text"].value() == "Reworded at great length"
    again = filled(editor.form) | filled(editor.options.management_form)
    for row in editor.options.forms:
        again |= filled(row)
    assert client.post(verbs(quiz), again | {"verb": "add_question"}).status_code == 302
    made = quiz.questions.get(text="Reworded at great length")
    assert made.options.count() == 3 and made.options.filter(is_correct=True).count() == 1


@pytest.mark.parametrize("verb", ["question_up", "delete_question"])
def test_a_button_of_a_question_that_is_gone_says_so(login, verb):
    quiz = QuizFactory(draft=True)
    one = quiz.questions.first()
    client = login(quiz.course.instructor)
    sent = question_sent(client, one, verb)
    services.delete_question(question=one)
    assert "Somebody has deleted this question." in client.post(verbs(quiz), sent, follow=True).text
