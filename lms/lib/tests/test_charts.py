"""Charts: the table says what the picture shows, in both directions, whatever the numbers."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.utils.translation import override

from lms.lib.charts import (
    Point,
    Series,
    Stage,
    bar_chart,
    funnel,
    histogram,
    line_chart,
    sparkline,
    tell_change,
)
from lms.lib.charts.base import scale_for

VALUES = {
    "usual": [3, 0, 7, 12, 5],
    "one": [4],
    "one zero": [0],
    "all zero": [0] * 7,
    "gaps": [None, 2, None, 3, 4, None],
    "only gaps": [None, None],
    "a million": [1, 1_000_000, 999_999, 0],
    "parts": [Decimal("0.5"), Decimal("0.25"), 0],
    "a year": list(range(365)),
}


class Page(HTMLParser):
    """The tags of a piece of HTML, and the cells of its table."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.cell, self.ticks = [], [], None, []
        self.feed(str(html))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()

    def all(self, tag, css=""):
        return [attrs for name, attrs in self.tags if name == tag and css in (attrs.get("class") or "")]


def points(values, partial=True):
    last = len(values) - 1
    return [Point(f"Day {at}", value, is_partial=partial and at == last) for at, value in enumerate(values)]


def numbers(rows, column=1):
    return [None if row[column] == "–" else Decimal(row[column].replace(",", "")) for row in rows[1:]]


def shown(height, top):
    return float(height) / 100 * top


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("draw", [bar_chart, histogram])
def test_bars_equal_the_table(draw, values, language):
    with override(language):
        page = Page(draw("days", "Lessons", points(values)))
        top = scale_for(values, whole=all(v is None or v == int(v) for v in values)).top
    assert numbers(page.rows) == values
    bars = page.all("rect", "chart__bar")
    drawn = [value for value in values if value is not None]
    assert len(bars) == len(drawn)
    for bar, value in zip(bars, drawn, strict=True):
        assert shown(bar["height"], top) == pytest.approx(float(value), abs=top / 90)
        assert (float(bar["height"]) > 0) == (value > 0)
        assert float(bar["y"]) + float(bar["height"]) == pytest.approx(100)
        assert 0 <= float(bar["x"]) <= 1000 - float(bar["width"])
    starts = [float(bar["x"]) for bar in bars]
    assert starts == sorted(starts, reverse=language == "ar")
    hatched = ["chart__bar--partial" in bar["class"] for bar in bars]
    assert hatched == [False] * (len(bars) - 1) + [values[-1] is not None] if bars else True


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_lines_equal_the_table(values, language):
    other = [None if v is None else v / 2 for v in values]
    with override(language):
        chart = line_chart("t", "Trend", [Series("A", points(values)), Series("B", points(other))])
        page = Page(chart)
        top = scale_for([*values, *other], whole=all(v is None or v == int(v) for v in [*values, *other])).top
    assert [numbers(page.rows), len(page.rows)] == [values, len(values) + 1]
    for number, line in enumerate((values, other), 1):
        drawn = page.all("path", f"chart__line--{number}")[1:]  # the first is in the legend
        places = re.findall(r"([\d.]+) ([\d.]+)", " ".join(p["d"] for p in drawn))
        dots = re.findall(
            r"([\d.]+) ([\d.]+)h0", " ".join(p["d"] for p in page.all("path", f"chart__dot--{number}"))
        )
        by_place = sorted(((float(x), float(y)) for x, y in places + dots), reverse=language == "ar")
        known = [value for value in line if value is not None]
        assert len(by_place) == len(known)
        for (_x, y), value in zip(by_place, known, strict=True):
            assert shown(100 - y, top) == pytest.approx(float(value), abs=top / 90)
    band = page.all("rect", "chart__band")
    assert len(band) == 1
    edge = float(band[0]["x"]) + float(band[0]["width"]) if language == "en" else float(band[0]["x"])
    assert edge == pytest.approx(1000 if language == "en" else 0)


def test_lines_stop_at_a_gap():
    page = Page(line_chart("t", "T", [Series("A", points([1, 2, None, 4, None, 5, 6]))]))
    (line,) = page.all("path", "chart__line--1")
    assert line["d"].count("M") == 2 and page.all("path", "chart__dot--1")[0]["d"].count("M") == 1


def test_a_line_chart_refuses_what_it_cannot_draw():
    for series in ([], [Series("A", [])] * 4, [Series("A", points([1])), Series("B", points([1, 2]))]):
        with pytest.raises(ValueError):
            line_chart("t", "T", series)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_funnel_equals_its_table(language):
    stages = [Stage("One", 40, "/1/", ["5%"]), Stage("Two", 10, extra=["–"]), Stage("Three", 0, extra=["–"])]
    with override(language):
        page = Page(funnel("f", "Lessons", stages, whole=50, extra_heads=["Lost"]))
    assert page.rows[1:] == [["One", "40", "80%", "5%"], ["Two", "10", "20%", "–"], ["Three", "0", "0%", "–"]]
    bars = page.all("rect", "chart__bar")
    assert [float(bar["width"]) for bar in bars] == [800, 200, 0]
    assert [float(bar["x"]) for bar in bars] == ([0, 0, 0] if language == "en" else [200, 800, 1000])
    assert [a["href"] for a in page.all("a")] == ["/1/"]


@pytest.mark.parametrize("whole", [None, 0])
def test_a_funnel_of_nobody(whole):
    page = Page(funnel("f", "Lessons", [Stage("One", 0), Stage("Two", 0)], whole=whole))
    assert [row[1:] for row in page.rows[1:]] == [["0", "–"], ["0", "–"]]
    assert {bar["width"] for bar in page.all("rect", "chart__bar")} == {"0"}


@pytest.mark.parametrize("chart", [
    bar_chart("e", "Lessons", []), funnel("e", "Lessons", []), histogram("e", "Scores", []),
    line_chart("e", "Trend", [Series("A", [])]),
])  # fmt: skip
def test_nothing_is_said_in_words(chart):
    html = str(chart)
    assert "<svg" not in html and "<table" not in html
    assert "Nothing" in html


@pytest.mark.parametrize(
    "values, whole, top, count",
    [
        ([], True, 1, 2), ([0], True, 1, 2), ([1], True, 1, 2), ([3], True, 3, 4), ([5], True, 6, 4),
        ([12], True, 15, 4), ([100], True, 100, 5), ([1_000_000], True, 1_000_000, 5), ([10_001], True, 15_000, 4),
        ([0.3], False, 0.3, 4), ([0.01], False, 0.01, 5),
    ],
)  # fmt: skip
def test_scales_are_round(values, whole, top, count):
    scale = scale_for(values, whole=whole)
    assert scale.top == pytest.approx(top) and len(scale.ticks) == count
    assert scale.ticks[0] == scale.top and scale.ticks[-1] == 0


def test_per_cent_goes_to_a_hundred():
    assert scale_for([3], most=100).top == 100


def test_the_sentence_beside_it():
    assert "16 in all; 9 at most: Day 1." in str(bar_chart("x", "Lessons", points([7, 9])))
    assert "Nothing in this time." in str(bar_chart("x", "Lessons", points([0, 0])))
    assert "Quiet." in str(bar_chart("x", "Lessons", points([0]), summary="Quiet."))


@pytest.mark.parametrize("draw", [bar_chart, histogram, None])
def test_numbers_of_a_table_and_of_an_axis_have_equal_decimals(draw):
    values = points([Decimal("12.5"), Decimal("14.29"), 0, None])
    chart = draw("x", "Hours", values) if draw else line_chart("x", "Hours", [Series("A", values)])
    assert [row[1] for row in chart.rows] == ["12.50", "14.29", "0.00", "–"]
    assert chart.ticks == ["15", "10", "5", "0"]
    assert bar_chart("x", "Hours", points([Decimal("1.50"), 2])).ticks == ["2.0", "1.5", "1.0", "0.5", "0.0"]
    assert bar_chart("x", "People", points([1_000_000, 5])).rows[0][1] == "1,000,000"


@pytest.mark.parametrize("language, words", [("en", "Day 1 (so far)"), ("ar", "Day 1")])
def test_the_table_says_what_is_not_over(language, words):
    with override(language):
        for chart in (
            bar_chart("x", "T", points([1, 2])),
            line_chart("y", "T", [Series("A", points([1, 2]))]),
        ):
            assert chart.rows[1][0].startswith(words)
            assert chart.rows[0][0] == "Day 0" and len(chart.rows[1][0]) > len("Day 1")


def test_a_class_in_a_sentence_keeps_its_direction():
    with override("ar"):
        assert "\u20680–10%\u2069" in str(histogram("x", "Scores", [Point("0–10%", 4)]).summary)
    assert "\u2068" not in str(histogram("x", "Scores", [Point("0–10%", 4)]).summary)


@pytest.mark.parametrize(
    "values, sentence",
    [([9, None, 4], "From 9 to 4."), ([None], "Nothing in this time."), ([0], "From 0 to 0.")],
)
def test_a_level_is_told_by_its_ends(values, sentence):
    assert tell_change(points(values)) == sentence


@pytest.mark.parametrize(
    "count, word, labels",
    [(1, "", [0]), (2, " Nov", [0, 1]), (4, " Nov", [0, 3]), (7, " Nov", [0, 3, 6]), (10, "%", list(range(10))),
     (30, " Nov", [0, 14, 29])],
)  # fmt: skip
def test_labels_that_have_room(count, word, labels):
    days = [Point("", 1, short=f"{at}{word}") for at in range(count)]
    assert bar_chart("x", "T", days).labels == [f"{at}{word}" for at in labels]


@pytest.mark.parametrize("chart", [
    bar_chart("b", "<b>", [Point("<script>", 1, is_partial=True)]),
    line_chart("l", "<b>", [Series("<i>", [Point("<script>", 1), Point("x", 2)])]),
    funnel("f", "<b>", [Stage("<script>", 1, "/x/")]),
    sparkline("s", "<b>", [1, None, 3]),
])  # fmt: skip
def test_markup_is_text_and_nothing_is_inline(chart):
    html = str(chart)
    assert not re.search(r"<script|<b>[^<]*</h|<i>|style=|\son\w+=", html)
    assert chart.render() == html == f"{chart}"
    tags = Page(html)
    assert all(svg.get("role") == "img" or svg.get("aria-hidden") for svg in tags.all("svg"))
    ids = [attrs["id"] for _tag, attrs in tags.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {name for _tag, attrs in tags.tags for name in (attrs.get("aria-labelledby") or "").split()}
    assert named <= set(ids)
