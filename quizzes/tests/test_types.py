"""Every type of question through every door: the form without a script, the API, the editor in the admin."""

from html.parser import HTMLParser

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from lms.lib.errors import DomainError
from quizzes import services
from quizzes.exceptions import QuestionInUse
from quizzes.layout import read
from quizzes.models import Answer, Question
from quizzes.services import OptionDraft
from quizzes.tests.factories import (
    PAIRS,
    AttemptFactory,
    QuizFactory,
    add_essay,
    add_every_type,
    responses,
    whole,
)
from quizzes.tests.test_pages import fields

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def attempt():
    """An open attempt with one question of every type that a machine marks."""
    quiz = QuizFactory(draft=True, questions=0)
    add_every_type(quiz)
    services.publish_quiz(quiz=quiz)
    return AttemptFactory(quiz=whole(quiz))


def as_form(number, response):
    """Return the fields that a page without a script sends for a response."""
    ((name, value),) = response.items()
    if name == "pairs":
        return {f"answer_{number}": [value[place] for place in sorted(value, key=int)]}
    return {f"answer_{number}": [str(one) for one in value] if isinstance(value, list) else str(value)}


def test_every_type_without_a_script(login, attempt):
    browser = login(attempt.enrollment.student)
    page = reverse("quizzes:take_quiz", args=[attempt.quiz_id, attempt.number])
    given = responses(attempt)
    sent = fields(browser.get(page).text)
    for drawn in read(attempt.layout):
        sent |= as_form(drawn.number, given[drawn.question_id])
        if drawn.type == "ordering":  # it may have been drawn in the right order
            sent["keep"] = str(drawn.number)
    assert browser.post(page, sent | {"go": "submit"}).status_code == 302
    assert dict(Answer.objects.values_list("question", "response")) == given
    pairs = next(entry for entry in read(attempt.layout) if entry.type == "matching")
    again = fields(browser.get(page).text) | as_form(pairs.number, given[pairs.question_id])
    browser.post(page, again | {"keep": "1"})  # nothing changed: nothing is written
    assert set(Answer.objects.values_list("revision", flat=True)) == {1}
    browser.post(reverse("quizzes:submit_attempt", args=[attempt.quiz_id, attempt.number]))
    result = browser.get(reverse("quizzes:attempt_result", args=[attempt.quiz_id, attempt.number])).text
    assert (
        "100%" in result and "Ibn al-Haytham" in result and "6650 ± 1" in result and "first season" in result
    )


def test_an_order_moves_by_buttons_and_counts_once_touched(login, attempt):
    browser = login(attempt.enrollment.student)
    page = reverse("quizzes:take_quiz", args=[attempt.quiz_id, attempt.number])
    drawn = next(entry for entry in read(attempt.layout) if entry.type == "ordering")
    row = Answer.objects.filter(attempt=attempt, question=drawn.question_id)
    browser.post(page, fields(browser.get(page).text) | {"go": "1"})
    assert row.get().response is None
    moved = browser.post(page, fields(browser.get(page).text) | {"move": f"{drawn.number}:1:1"})
    assert row.get().response == {"order": [2, 1, 3, 4]} and moved.url.endswith(f"#question-{drawn.number}")
    browser.post(
        page, fields(browser.get(page).text) | {"move": f"{drawn.number}:2:-1"}
    )  # the first stays the first
    browser.post(page, fields(browser.get(page).text) | {"move": f"{drawn.number}:4:-1"})
    assert row.get().response == {"order": [2, 1, 4, 3]}
    other = AttemptFactory(quiz=whole(attempt.quiz))
    kept = login(other.enrollment.student)
    page = reverse("quizzes:take_quiz", args=[other.quiz_id, other.number])
    kept.post(page, fields(kept.get(page).text) | {"keep": str(drawn.number)})
    assert Answer.objects.get(attempt=other, question=drawn.question_id).response == {"order": [1, 2, 3, 4]}


WRONG = {
    "single_choice": [{"option": 9}, {"option": "1"}, {"option": True}, {"options": [1]}, "1", [1], {}],
    "multiple_choice": [{"options": [1, 1]}, {"options": [0]}, {"options": {"1": 1}}],
    "true_false": [{"option": 3}, {"option": None}],
    "short_answer": [{"text": 5}, {"text": "x" * 1001}, {"text": None}, {"text": "a", "more": 1}],
    "numeric": [{"text": "1" * 101}, {"text": 12.5}],
    "matching": [{"pairs": {"9": "a"}}, {"pairs": {"1": "z"}}, {"pairs": {"1": ["a"]}}, {"pairs": ["a"]},
                 {"pairs": {"1": ""}}],
    "ordering": [{"order": [1, 1, 2, 3]}, {"order": [1, 2, 3, 9]}, {"order": "1234"}],
    "fill_blank": [{"blanks": ["a"] * 3}, {"blanks": ["x" * 201]}, {"blanks": [None]}, {"blanks": {"1": "a"}}],
}  # fmt: skip


def test_a_response_of_another_shape_changes_nothing(login, attempt):
    browser = login(attempt.enrollment.student)
    for drawn in read(attempt.layout):
        for response in WRONG[drawn.type]:
            sent = {"response": response, "revision": 1}
            url = f"{V1}/attempts/{attempt.pk}/answers/{drawn.question_id}"
            refused = browser.put(url, sent, content_type="application/json")
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "invalid_response"), (
                response
            )
    assert not Answer.objects.filter(revision__gt=0).exists()


def test_odd_content_is_saved_as_typed_and_marked_wrong(login, attempt):
    browser = login(attempt.enrollment.student)
    odd = {"numeric": "abc\x00", "short_answer": "\r\n a \x07"}
    for drawn in read(attempt.layout):
        if drawn.type in odd:
            url = f"{V1}/attempts/{attempt.pk}/answers/{drawn.question_id}"
            sent = {"response": {"text": odd[drawn.type]}, "revision": 1}
            assert browser.put(url, sent, content_type="application/json").status_code == 200
    saved = Answer.objects.filter(revision=1).values_list("question__type", "response")
    assert dict(saved) == {"numeric": {"text": "abc"}, "short_answer": {"text": "\n a "}}
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    assert set(Answer.objects.values_list("points_earned", flat=True)) == {0}


def test_an_essay_waits_for_a_person_and_an_empty_one_does_not():
    quiz = QuizFactory(draft=True, questions=1)
    essay = add_essay(quiz)
    services.publish_quiz(quiz=quiz)
    waiting, empty = (AttemptFactory(quiz=whole(quiz)) for _n in range(2))
    services.save_answer(attempt=waiting, question_id=essay.pk, response={"text": "Waves."}, revision=1)
    for attempt in (waiting, empty):
        services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
        attempt.refresh_from_db()
    assert (waiting.status, empty.status, empty.score) == ("submitted", "graded", 0)


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("short_answer", {}, "no_accepted_answer"),
        ("numeric", {}, "no_value"),
        ("matching", {"options": PAIRS[:1]}, "too_few_options"),
        ("matching", {"options": [*PAIRS, OptionDraft("Iraq")]}, "empty_pair"),
        ("ordering", {"options": [("one",), ("one",)]}, "duplicate_options"),
        ("fill_blank", {"text": "No blank at all."}, "blanks_mismatch"),
        ("fill_blank", {"text": "Blank [[2]] alone.", "accepted_answers": [["a"]]}, "blanks_mismatch"),
        ("fill_blank", {"text": "Blank [[1]] twice [[1]].", "accepted_answers": [["a"]]}, "blanks_mismatch"),
        ("fill_blank", {"text": "Blank [[1]] empty.", "accepted_answers": [[]]}, "no_accepted_answer"),
    ],
)
def test_a_draft_may_be_incomplete_and_says_so(kind, fields, code):
    quiz = QuizFactory(draft=True, questions=1)
    services.add_question(quiz=quiz, type=kind, **{"text": "What is missing?", **fields})
    assert code in {problem.code for problem in quiz.problems() if problem.is_blocking}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("essay", {"partial_credit": True}),
        ("essay", {"accepted_answers": ["a"]}),
        ("essay", {"options": [("a",), ("b",)]}),
        ("essay", {"min_words": 5, "max_words": 4}),
        ("numeric", {"tolerance": -1}),
        ("single_choice", {"numeric_value": 3}),
        ("matching", {"needs_grader": True}),
        ("ordering", {"options": [(str(n),) for n in range(13)]}),
        ("ordering", {"options": [OptionDraft("a", match_text="b"), OptionDraft("c")]}),
        ("short_answer", {"accepted_answers": ["a"] * 51}),
        ("short_answer", {"accepted_answers": [["a"]]}),
        ("fill_blank", {"accepted_answers": ["a"]}),
        ("short_answer", {"tags": [str(n) for n in range(11)]}),
    ],
)
def test_what_a_type_does_not_have_is_refused(kind, fields):
    quiz = QuizFactory(draft=True, questions=1)
    with pytest.raises((ValidationError, DomainError)):
        services.add_question(quiz=quiz, type=kind, text="What is too much?", **fields)
    assert Question.objects.count() == 1


def test_key_changes_raise_the_version_and_shape_stays_once_met(attempt):
    by_type = {question.type: question for question in attempt.quiz.questions.all()}
    changes = {
        "short_answer": {"accepted_answers": ["Alhazen"]},
        "numeric": {"tolerance": 2},
        "matching": {"partial_credit": False},
        "ordering": {"scoring": "full_marks"},
        "fill_blank": {"case_sensitive": True},
    }
    for kind, changed in changes.items():
        assert services.update_question(question=by_type[kind], **changed).key_version == 2
        assert services.update_question(question=by_type[kind], tags=["new"]).key_version == 2
    pairs = [OptionDraft(o.text, id=o.pk, match_text=o.match_text) for o in by_type["matching"].options.all()]
    frozen = [
        (by_type["matching"], {"options": [pairs[0]._replace(match_text="Tripoli"), *pairs[1:]]}),
        (by_type["fill_blank"], {"text": "One [[1]] only.", "accepted_answers": [["spring"]]}),
        (by_type["numeric"], {"type": "short_answer", "accepted_answers": ["6650"]}),
    ]
    for question, changed in frozen:
        before = Question.objects.values().get(pk=question.pk)
        with pytest.raises(QuestionInUse):
            services.update_question(question=question, **changed)
        assert Question.objects.values().get(pk=question.pk) == before


def test_excluded_and_full_marks(attempt):
    quiz = attempt.quiz
    first, second = quiz.questions.order_by("position")[:2]
    services.update_question(question=first, scoring="excluded")
    services.update_question(question=second, scoring="full_marks")
    quiz.refresh_from_db()
    assert (quiz.total_questions, quiz.total_points) == (7, 14)
    services.submit_attempt(attempt=attempt, by=attempt.enrollment.student)
    attempt.refresh_from_db()
    assert (attempt.score, attempt.max_score) == (2, 14)
    assert len(AttemptFactory(quiz=whole(quiz)).layout["questions"]) == 7


BODIES = {
    "short_answer": {"accepted_answers": ["Hooke"], "case_sensitive": True, "tags": ["optics"]},
    "numeric": {"numeric_value": 12.5, "tolerance": 0.5},
    "matching": {"options": [{"text": "a", "match_text": "1"}, {"text": "b", "match_text": "2"}],
                 "partial_credit": True},
    "ordering": {"options": [{"text": "a"}, {"text": "b"}, {"text": "c"}]},
    "fill_blank": {"text": "The [[1]] shines.", "accepted_answers": [["sun", "moon"]]},
    "essay": {"min_words": 10, "max_words": 20},
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_authoring_by_api(api, kind):
    quiz = QuizFactory(draft=True, questions=0)
    client = api(quiz.course.instructor)
    made = client.post(
        f"{V1}/quizzes/{quiz.pk}/questions",
        {"type": kind, "text": "Which one is it?", **BODIES[kind]},
        format="json",
    )
    assert made.status_code == 201, made.json()
    shown = client.get(f"{V1}/questions/{made.json()['id']}").json()
    for name, value in BODIES[kind].items():
        if name != "options":
            assert shown[name] == value
    assert not [problem for problem in quiz.problems() if problem.is_blocking]


EMPTY_ROWS = {"new-options-TOTAL_FORMS": "0", "new-options-INITIAL_FORMS": "0"}
FORMS = {
    "short_answer": {"new-accepted": "Hooke\n  Robert Hooke \n", "new-tags": "optics, people"},
    "numeric": {"new-numeric_value": "12.5", "new-tolerance": "2", "new-tolerance_kind": "percent"},
    "fill_blank": {"new-text": "The [[1]] and the [[2]].", "new-blank_answers": "sun | Sun\nmoon",
                   "new-partial_credit": "on"},
    "essay": {"new-min_words": "10"},
    "matching": {"new-options-TOTAL_FORMS": "3", "new-options-0-text": "a", "new-options-0-match_text": "1",
                 "new-options-1-text": "b", "new-options-1-match_text": "2", "new-options-2-match_text": "3"},
    "ordering": {"new-options-TOTAL_FORMS": "2", "new-options-0-text": "b", "new-options-0-place": "2",
                 "new-options-1-text": "a", "new-options-1-place": "1"},
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_authoring_in_the_admin(login, kind):
    quiz = QuizFactory(draft=True, questions=0)
    browser = login(quiz.course.instructor)
    sent = {"new-type": kind, "new-text": "Which one is it?", "new-points": "2", "verb": "add_question"}
    verbs = reverse("admin:quizzes_quiz_verbs", args=[quiz.pk])
    assert browser.post(verbs, {**EMPTY_ROWS, **sent, **FORMS[kind]}).status_code == 302
    question = Question.objects.get()
    assert not [problem for problem in quiz.problems() if problem.is_blocking]
    expected = {
        "short_answer": lambda: question.accepted_answers + question.tags
        == ["Hooke", "Robert Hooke", "optics", "people"],
        "numeric": lambda: (question.numeric_value, question.tolerance_kind) == (12.5, "percent"),
        "fill_blank": lambda: question.accepted_answers == [["sun", "Sun"], ["moon"]] and question.partial_credit,
        "essay": lambda: question.needs_grader and question.min_words == 10,
        "matching": lambda: [o.match_text for o in question.options.all()] == ["1", "2", "3"],
        "ordering": lambda: [o.text for o in question.options.all()] == ["a", "b"],
    }  # fmt: skip
    assert expected[kind]()
    page = browser.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).text
    again = form_of(page, f"q-{question.pk}") | {"verb": "save_question", "question": str(question.pk)}
    before = Question.objects.values().get()
    saved = browser.post(verbs, again)
    assert (
        saved.status_code == 302 and Question.objects.values().get() == before
    )  # what was shown goes back whole


class Fields(HTMLParser):
    """Collects the fields of one editor as a browser would send them."""

    def __init__(self, prefix):
        super().__init__()
        self.prefix, self.found, self.select, self.area = prefix, {}, None, None

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        name = facts.get("name") or ""
        if tag == "option" and self.select and "selected" in facts:
            self.found[self.select] = facts["value"]
        if not name.startswith(self.prefix):
            return
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area, self.found[name] = name, ""
        elif facts.get("type") != "checkbox" or "checked" in facts:
            self.found[name] = facts.get("value", "on" if facts.get("type") == "checkbox" else "")

    def handle_data(self, data):
        if self.area:
            self.found[self.area] += data.removeprefix("\n") if not self.found[self.area] else data

    def handle_endtag(self, tag):
        self.select = None if tag == "select" else self.select
        self.area = None if tag == "textarea" else self.area


def form_of(page, prefix):
    parser = Fields(prefix)
    parser.feed(page)
    return parser.found
