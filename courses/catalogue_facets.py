"""The facets of the catalogue: how many courses each value of each filter would show beside the other filters.

The database counts the courses of each combination of what the facets tell apart; these few rows give the counts of
every facet and the total, in Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Case, Count, Q, Value, When
from django.utils.translation import get_language

from courses.catalogue_choice import DURATIONS, PRICES, RATINGS, Choice
from courses.models import Course
from courses.models.course import CourseQuerySet

FACETS = ("category", "level", "language", "duration", "price", "min_rating", "certificate")


class Row(NamedTuple):
    """Courses that no facet tells apart, and how many there are."""

    category: str | None
    name_en: str | None
    name_ar: str | None
    category_position: int | None
    level: str
    language: str
    is_paid: bool
    stars: int  # whole ones; 0 without reviews
    length: str  # a key of DURATIONS; "" when it is unknown
    certificate_enabled: bool
    courses: int


COLUMNS = (
    "category__slug",
    "category__name_en",
    "category__name_ar",
    "category__position",
    "level",
    "language",
    "is_paid",
    "stars",
    "length",
    "certificate_enabled",
)


@dataclass(frozen=True)
class Facet:
    """One value of a filter, and how many courses it would show beside the other filters."""

    value: str
    count: int
    label: str = ""


def rows_of(courses: CourseQuerySet) -> list[Row]:
    """Return the courses counted by all that the facets tell apart (one query)."""
    stars = [When(average_rating__gte=int(least), then=int(least)) for least in RATINGS]
    lengths = [When(_lasts(name), then=Value(name)) for name in DURATIONS]
    told_apart = courses.order_by().annotate(
        is_paid=Case(When(price__gt=0, then=True), default=False),
        stars=Case(*stars, default=0),
        length=Case(*lengths, default=Value("")),
    )
    counted = told_apart.values(*COLUMNS).annotate(count=Count("pk"))
    return [Row(*values) for values in counted.values_list(*COLUMNS, "count")]


def _lasts(name: str) -> Q:
    least, below = DURATIONS[name]
    condition = Q(duration_minutes__gte=least)
    return condition if below is None else condition & Q(duration_minutes__lt=below)


def _any(conditions: Iterable[Q]) -> Q:
    """Return what one of the conditions (at least one is there) is enough for."""
    return reduce(or_, conditions)


# What the page's query asks for each facet: the same as READERS below reads.
CONDITIONS: dict[str, Callable[[Sequence[str]], Q]] = {
    "category": lambda values: Q(category__slug__in=values),
    "level": lambda values: Q(level__in=values),
    "language": lambda values: Q(language__in=values),
    "duration": lambda values: _any(map(_lasts, values)),
    "price": lambda values: _any(Q(price__gt=0) if value == "paid" else Q(price=0) for value in values),
    "min_rating": lambda values: Q(average_rating__gte=min(map(int, values))),
    "certificate": lambda values: Q(certificate_enabled__in=[value == "true" for value in values]),
}


def sift(rows: Sequence[Row], chosen: Mapping[str, Sequence[str]]) -> tuple[int, dict[str, Counter[str]]]:
    """Return how many courses fit, and for each facet how many have each value.

    A facet is counted without its own choice: a course that fails only there still counts there.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in READERS}
    total = 0
    for row in rows:
        values = {name: read(row) for name, read in READERS.items()}
        fails = [
            name for name, wanted in chosen.items() if not any(value in wanted for value in values[name])
        ]
        if not fails:
            total += row.courses
        if len(fails) > 1:
            continue
        for name in fails or values:
            for value in values[name]:
                counts[name][value] += row.courses
    return total, counts


READERS: dict[str, Callable[[Row], Sequence[str]]] = {
    "category": lambda row: (row.category,) if row.category else (),
    "level": lambda row: (row.level,),
    "language": lambda row: (row.language,),
    "duration": lambda row: (row.length,) if row.length else (),
    "price": lambda row: ("paid",) if row.is_paid else ("free",),
    "min_rating": lambda row: RATINGS[5 - row.stars :] if row.stars else (),  # every least rating it reaches
    "certificate": lambda row: ("true",) if row.certificate_enabled else ("false",),
}


def facets(rows: Iterable[Row], counts: dict[str, Counter[str]], choice: Choice) -> dict[str, list[Facet]]:
    """Return each facet's values in the order of the shelf; a chosen value is there even with nothing in it."""
    arabic = (get_language() or "").startswith("ar")
    categories: dict[str, tuple[int, str]] = {}
    languages: set[str] = set(choice.language)
    for row in rows:
        languages.add(row.language)
        if row.category:
            name = (row.name_ar if arabic else row.name_en) or ""
            categories[row.category] = (row.category_position or 0, name)
    for slug in choice.category:
        categories.setdefault(slug, (10**6, slug))
    values: dict[str, list[str]] = {
        "category": sorted(categories, key=lambda slug: categories[slug]),
        "level": list(Course.Level.values),
        "language": sorted(languages),
        "duration": list(DURATIONS),
        "price": list(PRICES),
        "min_rating": list(RATINGS),
        "certificate": ["true", "false"],
    }
    return {
        name: [
            Facet(value, counts[name][value], categories[value][1] if name == "category" else "")
            for value in values[name]
        ]
        for name in FACETS
    }
