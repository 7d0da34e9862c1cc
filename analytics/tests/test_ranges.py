"""Ranges: exactly the days asked for, and 400 for everything else."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict

from analytics.ranges import InvalidRange, last_days, read_days, read_limit, read_range

TODAY = date(2026, 3, 31)
SINCE = date(2026, 1, 1)


def ago(days):
    return TODAY - timedelta(days=days)


def read(text):
    return read_range(QueryDict(text), today=TODAY, since=SINCE)


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("", ago(29), TODAY),
        ("period=", ago(29), TODAY),
        ("from=&to=&period=7d", ago(6), TODAY),
        ("period=7d", ago(6), TODAY),
        ("period=30d", ago(29), TODAY),
        ("period=90d", ago(89), TODAY),
        ("period=1y", ago(364), TODAY),
        ("period=all", SINCE, TODAY),
        (f"from={ago(6)}&to={TODAY}", ago(6), TODAY),
        (f"from={ago(364)}&to={TODAY}", ago(364), TODAY),
        (f"from={ago(16)}&to={ago(10)}", ago(16), ago(10)),
    ],
)
def test_a_range_has_exactly_its_days(text, first, last):
    found = read(text)
    assert (found.first, found.last) == (first, last)
    assert len(found) == len(list(found)) == len(found.spans()) == (last - first).days + 1
    assert found.bucket == "day"
    assert [span.first for span in found.spans() if span.is_partial] == [TODAY] * (last == TODAY)
    again = read_range(QueryDict(found.query), today=TODAY, since=SINCE)
    assert (again.first, again.last) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        f"from={ago(5)}&to={TODAY}",  # 6 days
        f"from={ago(365)}&to={TODAY}",  # 366 days
        f"from={TODAY}&to={ago(10)}",
        f"from={ago(10)}&to={ago(-1)}",
        f"from={ago(10)}",
        f"to={TODAY}",
        f"from={ago(10)}&to={TODAY}&period=7d",
        f"from={ago(10)}&from={ago(9)}&to={TODAY}",
        "from=20260301&to=20260320",
        "from=2026-W10-1&to=2026-03-20",
        "from=2026-02-30&to=2026-03-20",
        "from=0000-01-01&to=2026-03-20",
        "from=%00&to=%00",
        "from=2026-03-01%00&to=2026-03-20",
        "from=٢٠٢٦-٠٣-٠١&to=2026-03-20",
        "period=31d",
        "period=7D",
        "period=%00",
        "period=7d&period=30d",
        "days=30",
        "period=7d&days=30",
        "limit=10",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidRange) as refusal:
        read(text)
    assert (refusal.value.code, refusal.value.status) == ("invalid_range", 400)


@pytest.mark.parametrize("text, count", [("", 30), ("days=7", 7), ("days=365", 365), ("days=030", 30)])
def test_days(text, count):
    found = read_days(QueryDict(text), today=TODAY)
    assert found == last_days(count, TODAY)
    assert len(found) == count and found.last == TODAY


@pytest.mark.parametrize("text, count", [("", 10), ("limit=5", 5), ("limit=50", 50)])
def test_limit(text, count):
    assert read_limit(QueryDict(text)) == count


@pytest.mark.parametrize(
    "value", ["6", "366", "-7", "+7", "7.0", "seven", "7 ", "٣٠", "%00", "1e2", "99999999999"]
)
def test_numbers_out_of_bounds(value):
    for reader in (lambda query: read_days(query, today=TODAY), read_limit):
        with pytest.raises(InvalidRange):
            reader(QueryDict(f"days={value}&limit={value}"))
    with pytest.raises(InvalidRange):
        read_days(QueryDict(f"days={value}"), today=TODAY)


@pytest.mark.parametrize("value", ["4", "51", "-5", "ten", "%00"])
def test_limits_out_of_bounds(value):
    with pytest.raises(InvalidRange):
        read_limit(QueryDict(f"limit={value}"))


@pytest.mark.parametrize(
    "days, bucket", [(1, "day"), (180, "day"), (181, "week"), (730, "week"), (731, "month")]
)
def test_all_is_grouped_when_it_is_long(days, bucket):
    found = read_range(QueryDict("period=all"), today=TODAY, since=lambda: ago(days - 1))
    spans = found.spans()
    assert found.bucket == bucket and len(found) == days
    assert (spans[0].first, spans[-1].last) == (found.first, TODAY)
    covered = [day for span in spans for day in last_days((span.last - span.first).days + 1, span.last)]
    assert covered == list(found)  # every day once, in order
    assert [span.is_partial for span in spans] == [False] * (len(spans) - 1) + [True]
    if bucket == "week":
        assert {span.first.weekday() for span in spans[1:]} == {0}
    if bucket == "month":
        assert {span.first.day for span in spans[1:]} == {1}


def test_all_of_nothing_is_today():
    assert len(read_range(QueryDict("period=all"), today=TODAY, since=ago(-3))) == 1
