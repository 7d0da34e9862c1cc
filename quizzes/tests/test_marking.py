"""mark() is total: no response makes it raise, none earns less than nothing or more than everything."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.exceptions import InvalidResponse
from quizzes.layout import Drawn, is_answered
from quizzes.marking import Key, Mark, mark, percentage_of

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
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["option", "options"]) | st.text(), inner)
    ),
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


@given(st.sampled_from(TYPES), JSON)
def test_what_is_stored_is_answered_or_empty(kind, response):
    drawn = Drawn(1, None, kind, (None,) * 4)
    try:
        stored = drawn.clean_response(response)
    except InvalidResponse:
        return
    assert drawn.clean_response(stored) == stored
    assert is_answered(stored) in (True, False)
