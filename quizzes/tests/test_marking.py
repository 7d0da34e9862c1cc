"""mark() is total: no response makes it raise, none earns less than nothing or more than everything."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from quizzes.exceptions import InvalidResponse
from quizzes.layout import Drawn, is_answered
from quizzes.marking import Key, Mark, mark, percentage_of, spelling
from quizzes.models import Question
from quizzes.numbers import read_number

TYPES = ["single_choice", "multiple_choice", "true_false"]
POINTS = st.decimals(min_value="0.01", max_value=1000, places=2)
NUMBERS = st.integers() | st.floats() | st.just(10**4000) | st.just(float("nan")) | st.just(Decimal("1e999"))
SCALARS = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.text()
    | st.just("\x00")
    | st.just("\ud800")
    | st.just("ا" * 10**5)
)
NAMES = ["option", "options", "text", "blanks", "pairs", "order", "1", "2"]
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner),
)


@st.composite
def keys(draw):
    kind = draw(st.sampled_from(TYPES))
    size = 2 if kind == "true_false" else draw(st.integers(2, 20))
    few = 1 if kind == "true_false" else size
    right = draw(st.sets(st.integers(1, size), min_size=1, max_size=few))
    partial = kind == "multiple_choice" and draw(st.booleans())
    return Key(kind, draw(POINTS), size, frozenset(right), partial)


@given(keys(), JSON)
def test_no_response_breaks_it(key, response):
    given_mark = mark(key, response)
    assert 0 <= given_mark.points <= key.points
    assert given_mark.is_correct == (given_mark.points == key.points) or given_mark.points == 0


@given(keys())
def test_the_key_itself_earns_everything_and_nothing_earns_nothing(key):
    several = key.type == "multiple_choice"
    response = {"options": sorted(key.right)} if several else {"option": min(key.right)}
    assert mark(key, response) == Mark(key.points, True)
    for empty in (None, {}, [], {"options": []}, {"option": None}, "", 0):
        assert mark(key, empty) == Mark(Decimal("0.00"), False)


@given(keys(), st.sets(st.integers(1, 20), min_size=1))
def test_marks_of_a_choice(key, chosen):
    several = key.type == "multiple_choice"
    response = {"options": sorted(chosen)} if several else {"option": min(chosen)}
    earned = mark(key, response).points
    if not several:
        assert earned == (key.points if min(chosen) in key.right else 0)
    elif not key.partial_credit:
        assert earned == (key.points if chosen == key.right else 0)
    elif chosen <= set(range(1, key.size + 1)):
        share = max(0, len(chosen & key.right) - len(chosen - key.right))
        assert abs(earned - key.points * share / len(key.right)) <= Decimal("0.005")


TEXTS = st.text(min_size=1, max_size=20).filter(
    lambda text: spelling(text, exact=True) and spelling(text, exact=False)
)


@st.composite
def typed_keys(draw):
    """Return a key of a type where nothing is chosen, with the response that it asks for."""
    kind = draw(st.sampled_from(["short_answer", "numeric", "fill_blank", "matching", "ordering"]))
    points, partial = draw(POINTS), kind not in ("short_answer", "numeric") and draw(st.booleans())
    size = draw(st.integers(2, 12))
    if kind == "numeric":
        value = draw(
            st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3)
        )
        tolerance = draw(st.decimals(0, 100, places=2))
        key = Key(kind, points, value=value, tolerance=tolerance, in_percent=draw(st.booleans()))
        return key, {"text": str(value)}
    if kind == "ordering":
        order = tuple(draw(st.permutations(range(1, size + 1))))
        return Key(kind, points, size, order=order, partial_credit=partial), {"order": list(order)}
    if kind == "matching":
        chosen = {place: draw(st.sampled_from("abcdef")) for place in range(1, size + 1)}
        key = Key(
            kind,
            points,
            size,
            letters={p: frozenset(one) for p, one in chosen.items()},
            partial_credit=partial,
        )
        return key, {"pairs": {str(place): letter for place, letter in chosen.items()}}
    accepted = tuple(tuple(draw(st.lists(TEXTS, min_size=1, max_size=3))) for _n in range(size))
    accepted = accepted[:1] if kind == "short_answer" else accepted
    key = Key(kind, points, accepted=accepted, case_sensitive=draw(st.booleans()), partial_credit=partial)
    first = [texts[0] for texts in accepted]
    return key, {"blanks": first} if kind == "fill_blank" else {"text": first[0]}


@given(typed_keys(), JSON)
def test_typed_answers_earn_all_something_or_nothing(made, response):
    key, right = made
    assert mark(key, right) == Mark(key.points, True)
    assert 0 <= mark(key, response).points <= key.points
    for empty in (
        None,
        {},
        [],
        {"text": ""},
        {"blanks": []},
        {"pairs": {}},
        {"order": []},
        {"text": "\x00 "},
    ):
        assert mark(key, empty).points == 0


@given(JSON, POINTS)
def test_what_a_person_marks_waits_unless_it_is_empty(response, points):
    for kind in ("essay", "short_answer"):
        given_mark = mark(Key(kind, points, needs_grader=True), response)
        assert given_mark in (Mark(None, None), Mark(Decimal("0.00"), False))
    assert mark(Key("essay", points, needs_grader=True), {"text": "Light."}) == Mark(None, None)
    assert mark(Key("essay", points, scoring="full_marks"), response) == Mark(points, True)
    assert mark(Key("essay", points, scoring="excluded"), response) == Mark(Decimal("0.00"), None)


WORD = "ابن الهيثم"
ALIKE = {"ا": "اأإآ", "ه": "هة", "ي": "يى"}
SIGNS = [
    "",
    "\u064b",
    "\u064e",
    "\u0651\u0650",
    "\u0652",
    "\u0640",
    "\u200f",
    "\u200d",
]  # vowels, tatweel, invisible


@given(
    st.tuples(
        *(
            st.sampled_from([one + sign for one in ALIKE.get(letter, letter) for sign in SIGNS])
            for letter in WORD
        )
    )
)
def test_spellings_of_an_arabic_word_are_one(letters):
    key = Key("short_answer", Decimal(2), accepted=((WORD,),))
    assert mark(key, {"text": f"  {''.join(letters)}\n"}) == Mark(Decimal("2.00"), True)


def examples():
    """Yield the worked examples of the documentation."""
    page = (Path(settings.BASE_DIR) / "docs" / "grading.md").read_text()
    for line in page.splitlines():
        if line.startswith("| `"):
            yield tuple(cell.strip().strip("`") for cell in line.strip("|").split(" | "))


@pytest.mark.parametrize(("kind", "key", "response", "points"), list(examples()))
def test_the_examples_of_the_documentation(kind, key, response, points):
    facts = json.loads(key)
    facts = {name: frozenset(value) if name == "right" else value for name, value in facts.items()}
    for name in {"value", "tolerance"} & set(facts):
        facts[name] = Decimal(facts[name])
    for name in {"accepted", "order"} & set(facts):
        facts[name] = tuple(tuple(one) if isinstance(one, list) else one for one in facts[name])
    if "letters" in facts:
        facts["letters"] = {int(place): frozenset(letter) for place, letter in facts["letters"].items()}
    assert mark(Key(kind, Decimal(6), **facts), json.loads(response)).points == Decimal(points.rstrip(" |"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.5", "12.5"), ("12,5", "12.5"), ("١٢٫٥", "12.5"), ("۱۲٫۵ kg", "12.5"), (" −3 °C", "-3"), ("+.5", "0.5"),
        ("1.25e1", "12.5"), ("5%", "5"), ("٥٪", "5"), ("7.", "7"), ("١٬٢٣٤", "1234"), ("12e", "12"),
        ("", None), ("abc", None), ("1.234,5", None), ("1/2", None), ("1 2", None), ("1e9999", None), ("NaN", None),
        ("Infinity", None), ("--1", None), ("9" * 10**5, None), ("\ud800", None), ("\x00", None),
    ],
)  # fmt: skip
def test_how_numbers_are_read(text, number):
    assert read_number(text) == (None if number is None else Decimal(number))


@given(st.sampled_from(TYPES), POINTS, JSON)
def test_a_damaged_key_waits_for_a_person(kind, points, response):
    for right in (frozenset(), frozenset([3])):
        assert mark(Key(kind, points, 2, right), response) == Mark(None, None)
    assert mark(Key("essay", points, 2, frozenset([1])), response) == Mark(None, None)


@pytest.mark.parametrize(
    ("chosen", "points"),
    [
        ([1], "0.67"),
        ([1, 2], "1.33"),
        ([1, 2, 3], "2.00"),
        ([1, 4], "0.00"),
        ([1, 2, 4], "0.67"),
        ([4, 5], "0.00"),
    ],
)
def test_part_marks(chosen, points):
    key = Key("multiple_choice", Decimal(2), 5, frozenset([1, 2, 3]), True)
    assert mark(key, {"options": chosen}).points == Decimal(points)


@pytest.mark.parametrize(
    ("score", "maximum", "percentage"),
    [
        ("0", "3", "0.00"),
        ("2", "3", "66.66"),
        ("3", "3", "100.00"),
        ("0", "0", "100.00"),
        ("599.99", "1000", "59.99"),
    ],
)
def test_percentages_are_cut(score, maximum, percentage):
    assert percentage_of(Decimal(score), Decimal(maximum)) == Decimal(percentage)


@given(st.sampled_from(Question.Type.values), JSON)
def test_what_is_stored_is_answered_or_empty(kind, response):
    drawn = Drawn(1, None, kind, (None,) * 4, ("x", "y"), 3)
    try:
        stored = drawn.clean_response(response)
    except InvalidResponse:
        return
    assert drawn.clean_response(stored) == stored
    assert is_answered(stored) in (True, False)
