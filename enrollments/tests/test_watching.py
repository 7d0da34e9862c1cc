from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollments.services import percentage
from enrollments.services.watching import (
    MAX_INTERVALS,
    clean_intervals,
    credit,
    first_gap,
    is_watched_enough,
    resume_at,
    subtract,
    total_seconds,
    unite,
    watched_percentage,
)

pairs = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=60)


def seconds_of(intervals):
    return {second for start, end in intervals for second in range(start, end)}


@given(pairs)
def test_cleaning_keeps_exactly_the_seconds_inside_the_film(reported):
    cleaned = clean_intervals(reported, 200)
    assert seconds_of(cleaned) == {s for s in seconds_of(reported) if s < 200}
    assert all(a[1] < b[0] for a, b in pairwise(cleaned))


@given(pairs, pairs)
def test_what_is_new_is_what_was_not_known(reported, known):
    reported, known = clean_intervals(reported, 300), clean_intervals(known, 300)
    assert seconds_of(subtract(reported, known)) == seconds_of(reported) - seconds_of(known)


@given(pairs, pairs, st.integers(0, 400))
def test_credit_never_exceeds_the_allowance_and_never_takes_back(reported, known, allowance):
    known, reported = clean_intervals(known, 300), clean_intervals(reported, 300)
    after = credit(known, reported, allowance)
    assert seconds_of(known) <= seconds_of(after) <= seconds_of(known) | seconds_of(reported)
    assert total_seconds(after) - total_seconds(known) <= allowance


@given(pairs, pairs, pairs)
def test_the_order_of_devices_does_not_matter(one, two, three):
    assert unite([*unite([*one, *two]), *three]) == unite([*one, *unite([*three, *two])])


def test_at_most_200_intervals_are_kept_and_the_shortest_go():
    known = [[10 * n, 10 * n + 5] for n in range(MAX_INTERVALS)]
    after = credit(known, [[9001, 9002], [9100, 9109]], 100)
    assert len(after) == MAX_INTERVALS
    assert [9100, 9109] in after
    assert [9001, 9002] not in after
    assert after == sorted(after)


@pytest.mark.parametrize(
    ("watched", "enough"),
    [([[0, 80]], True), ([[0, 78]], True), ([[0, 77]], False), ([[22, 100]], True), ([], False)],
)
def test_two_seconds_are_forgiven(watched, enough):
    assert is_watched_enough(watched, 100, 80) is enough


def test_the_share_is_cut_not_rounded():
    assert watched_percentage([[0, 2]], 3) == Decimal("66.66")
    assert watched_percentage([[0, 3]], 3) == Decimal(100)


@pytest.mark.parametrize(
    ("watched", "gap"),
    [([], 0), ([[0, 40]], 40), ([[10, 20]], 0), ([[0, 100]], None), ([[0, 30], [60, 100]], 30)],
)
def test_first_gap(watched, gap):
    assert first_gap(watched, 100) == gap


@pytest.mark.parametrize(("position", "second"), [(0, 0), (40, 40), (94, 94), (95, 0), (100, 0)])
def test_a_film_goes_on_where_it_stopped_and_starts_again_at_its_end(position, second):
    assert resume_at(position, 100) == second
    assert resume_at(position, None) == position


def test_percentage_is_whole_only_when_everything_is_done():
    for total in range(1, 301):
        for done in range(total + 1):
            value = percentage(done, total)
            assert 0 <= value <= 100
            assert (value == 100) == (done == total)
            assert value == value.quantize(Decimal("0.01"))
    assert percentage(0, 0) == 0
    assert percentage(2, 3) == Decimal("66.66")
