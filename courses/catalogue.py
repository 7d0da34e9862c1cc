"""The catalogue: one engine for the page and the API. It is the same for everybody.

The database counts the courses of each combination of what the facets tell apart; these few rows give the counts of
every facet and the total, in Python. A second query brings the courses of the page. So a hundred thousand courses
cost the process no more than a thousand. Answers live 60 seconds under version, language and choice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import SequenceMatcher
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.cache import cache
from django.db import connection
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Collate
from django.http import QueryDict
from django.utils.translation import get_language

from courses.catalogue_version import catalogue_version
from courses.models import Course
from courses.models.course import CourseQuerySet
from lms.lib.filters import InvalidFilter, check_search
from lms.lib.pagination import InvalidPageNumber
from lms.lib.text import normalise_for_search, search_words

T = TypeVar("T")

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_WORDS = 8
CACHE_SECONDS = 60
MOST_SUGGESTIONS = 5
MOST_COMPARED = 2_000  # titles, where this process has to compare them itself
LIKENESS = 0.5  # of stretches of a title
TRIGRAM_LIKENESS = 0.35  # one wrong letter costs three of them
NEWEST, RELEVANCE = "-published_at", "relevance"
ORDERINGS = ("published_at", "enrollment_count", "average_rating", "title", "price")
PRICES = ("free", "paid")
# Upper bounds in minutes; a course of unknown length is in none of them.
DURATIONS = {"under-2h": (1, 120), "2-6h": (120, 360), "6-15h": (360, 900), "over-15h": (900, None)}
RATINGS = ("5", "4", "3", "2", "1")
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
class Choice:
    """What somebody looks for. Made by `read_choice`, so every value is one the catalogue takes."""

    category: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    price: tuple[str, ...] = ()
    duration: tuple[str, ...] = ()
    min_rating: tuple[str, ...] = ()
    certificate: tuple[str, ...] = ()
    instructor: tuple[str, ...] = ()
    search: str = ""
    ordering: str = ""
    page: int = 1
    page_size: int = PAGE_SIZE

    @property
    def is_filtered(self) -> bool:
        """Whether this shows less than the whole catalogue."""
        return bool(self.search or any(getattr(self, name) for name in FILTERS))

    @property
    def effective_ordering(self) -> str:
        """The order that applies when none was asked for: the best match of a search, else the newest."""
        return self.ordering or (RELEVANCE if self.search else NEWEST)

    def query(self, search_name: str = "search") -> QueryDict:
        """Return the choice as a query string's values, in one order, without what is the default anyway."""
        values = QueryDict(mutable=True)
        if self.search:
            values[search_name] = self.search
        for name in FILTERS:
            if chosen := getattr(self, name):
                values.setlist(name, chosen)
        if self.ordering:
            values["ordering"] = self.ordering
        if self.page != 1:
            values["page"] = str(self.page)
        if self.page_size != PAGE_SIZE:
            values["page_size"] = str(self.page_size)
        return values


FILTERS = (
    "category",
    "tag",
    "level",
    "language",
    "price",
    "duration",
    "min_rating",
    "certificate",
    "instructor",
)
KNOWN = frozenset(f.name for f in fields(Choice)) | {"facets"}


@dataclass(frozen=True)
class Facet:
    """One value of a filter, and how many courses it would show beside the other filters."""

    value: str
    count: int
    label: str = ""


@dataclass
class Result:
    """One page of what was found. `facets` has every value that any course of the search has."""

    courses: list[Course]
    total: int
    in_all: int
    facets: dict[str, list[Facet]] = field(default_factory=dict)


def read_choice(params: QueryDict, *, search_name: str = "search", strict: bool = True) -> Choice:
    """Return what a query string asks for.

    Raises InvalidFilter for an unknown parameter (unless not `strict`) or value, SearchTooShort,
    InvalidPageNumber.
    """
    values: dict[str, Any] = {}
    for name, given in params.lists():
        if name == search_name:
            values["search"] = _read_search(params.get(name, ""))
        elif name in FILTERS:
            values[name] = _read_filter(name, [value for value in given if value])
        elif name == "ordering":
            values[name] = params.get(name, "")
        elif name in ("page", "page_size"):
            values[name] = _read_number(name, params.get(name, ""))
        elif strict and name not in KNOWN:
            raise InvalidFilter(name)
    _refuse_ordering(values.get("ordering", ""), bool(values.get("search")))
    return Choice(**values)


def _read_search(text: str) -> str:
    search = check_search(text, present=bool(text))
    words = search_words(search)
    if len(words) > MAX_WORDS or (search and not words):
        raise InvalidFilter("search")
    return search


def _read_filter(name: str, given: Sequence[str]) -> tuple[str, ...]:
    choices: Mapping[str, Iterable[str]] = {
        "level": Course.Level.values,
        "price": PRICES,
        "duration": DURATIONS,
        "min_rating": RATINGS,
        "certificate": ("true", "false"),
    }
    if any("\0" in value or len(value) > 200 for value in given):
        raise InvalidFilter(name)
    if name in choices and not set(given) <= set(choices[name]):
        raise InvalidFilter(name)
    return tuple(sorted(set(given)))


def _read_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise InvalidPageNumber(MAX_PAGE_SIZE)
    if name == "page_size" and int(text) > MAX_PAGE_SIZE:
        raise InvalidPageNumber(MAX_PAGE_SIZE)
    return int(text)


def _refuse_ordering(ordering: str, searching: bool) -> None:
    known = {"", *ORDERINGS, *(f"-{name}" for name in ORDERINGS)} | ({RELEVANCE} if searching else set())
    if ordering not in known:
        raise InvalidFilter("ordering")


def look_up(choice: Choice, base: CourseQuerySet | None = None) -> Result:
    """Return the page that `choice` asks for, with facets: two queries.

    It looks among the published courses, or among `base`. Raises InvalidPageNumber beyond the end.
    """
    courses = _narrow(choice, base)
    chosen = {name: getattr(choice, name) for name in FACETS if getattr(choice, name)}
    rows = _rows_of(courses)
    total, counts = _sift(rows, chosen)
    if choice.page > max(1, -(-total // choice.page_size)):
        raise InvalidPageNumber(MAX_PAGE_SIZE)
    shown: list[Course] = []
    if total:
        start = (choice.page - 1) * choice.page_size
        found = courses.filter(*(CONDITIONS[name](values) for name, values in chosen.items()))
        shown = list(found.for_catalogue().order_by(*_order(choice))[start : start + choice.page_size])
    return Result(shown, total, sum(row.courses for row in rows), _facets(rows, counts, choice))


def _rows_of(courses: CourseQuerySet) -> list[Row]:
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


def suggestions(search: str) -> list[Course]:
    """Return up to five published courses whose title is like the words of a search that found nothing."""
    courses = Course.objects.published()
    words = normalise_for_search(search)
    if connection.vendor == "postgresql":
        alike = courses.annotate(likeness=TrigramWordSimilarity(words, "title_key"))
        return list(
            alike.filter(likeness__gte=TRIGRAM_LIKENESS).order_by("-likeness", "id")[:MOST_SUGGESTIONS]
        )
    popular = courses.order_by("-enrollment_count", "id")[:MOST_COMPARED]
    keys = dict(popular.values_list("pk", "title_key"))
    likeness = {pk: _likeness(words, key) for pk, key in keys.items()}
    best = sorted((pk for pk in keys if likeness[pk] >= LIKENESS), key=lambda pk: -likeness[pk])
    found = courses.in_bulk(best[:MOST_SUGGESTIONS])
    return [found[pk] for pk in best[:MOST_SUGGESTIONS]]


def _likeness(words: str, title: str) -> float:
    """Return how well the words fit the best stretch of a title, from 0 to 1."""
    size = len(words.split())
    parts = title.split()
    stretches = [" ".join(parts[n : n + size]) for n in range(max(1, len(parts) - size + 1))]
    return max(SequenceMatcher(None, words, stretch).ratio() for stretch in stretches)


def cached(kind: str, choice: Choice, build: Callable[[], T]) -> T:
    """Return what `build` makes for a choice, kept for 60 seconds; searches are not kept.

    `kind` tells apart what different doors keep. What is kept must be the same for everybody.
    """
    if choice.search:
        return build()
    parts = f"{kind}:{get_language()}:{choice.query().urlencode()}"
    key = f"catalogue:{catalogue_version()}:{hashlib.sha256(parts.encode()).hexdigest()}"
    kept: T | None = cache.get(key)
    if kept is None:
        kept = build()
        cache.set(key, kept, CACHE_SECONDS)
    return kept


def _narrow(choice: Choice, base: CourseQuerySet | None) -> CourseQuerySet:
    """Return the courses among which the facets choose."""
    courses = Course.objects.published() if base is None else base
    for word in search_words(choice.search):
        courses = courses.filter(search_text__contains=word)
    if choice.tag:
        courses = courses.filter(pk__in=Course.objects.filter(tags__slug__in=choice.tag).values("pk"))
    if choice.instructor:
        courses = courses.filter(_taught_by(choice.instructor))
    return courses


def _taught_by(names: Iterable[str]) -> Q:
    condition = Q()
    for name in names:
        try:
            condition |= Q(instructor=UUID(name))
        except ValueError:
            condition |= Q(instructor__instructor_profile__slug=name)
    return condition


def _order(choice: Choice) -> list[Any]:
    ordering = choice.effective_ordering
    if ordering == RELEVANCE:
        title = normalise_for_search(choice.search)
        starts, contains = When(title_key__startswith=title, then=0), When(title_key__contains=title, then=1)
        return [Case(starts, contains, default=Value(2)), F("enrollment_count").desc(), "id"]
    name = ordering.removeprefix("-")
    column: Any = F(name)
    if name == "title":
        # Code point by code point on both databases; SQLite compares so by itself.
        column = Collate(F("title_key"), "C") if connection.vendor == "postgresql" else F("title_key")
    last = {"nulls_last": True} if name == "average_rating" else {}
    return [column.asc(**last) if ordering == name else column.desc(**last), "id"]


def _sift(rows: Sequence[Row], chosen: Mapping[str, Sequence[str]]) -> tuple[int, dict[str, Counter[str]]]:
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


def _facets(rows: Iterable[Row], counts: dict[str, Counter[str]], choice: Choice) -> dict[str, list[Facet]]:
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
