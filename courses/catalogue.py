"""The catalogue: one engine for the page and the API. It is the same for everybody.

The database counts the courses of each combination of what the facets tell apart; these few rows give the counts of
every facet and the total, in Python. A second query brings the courses of the page. So a hundred thousand courses
cost the process no more than a thousand. Answers live 60 seconds under version, language and choice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.cache import cache
from django.db import connection
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Collate
from django.utils.translation import get_language

from courses.catalogue_choice import MAX_PAGE_SIZE, RELEVANCE, Choice
from courses.catalogue_facets import CONDITIONS, FACETS, Facet, facets, rows_of, sift
from courses.catalogue_version import catalogue_version
from courses.models import Course
from courses.models.course import CourseQuerySet
from lms.lib.pagination import InvalidPageNumber
from lms.lib.text import normalise_for_search, search_words

T = TypeVar("T")

CACHE_SECONDS = 60
MOST_SUGGESTIONS = 5
MOST_COMPARED = 2_000  # titles, where this process has to compare them itself
LIKENESS = 0.5  # of stretches of a title
TRIGRAM_LIKENESS = 0.35  # one wrong letter costs three of them


@dataclass
class Result:
    """One page of what was found. `facets` has every value that any course of the search has."""

    courses: list[Course]
    total: int
    in_all: int
    facets: dict[str, list[Facet]] = field(default_factory=dict)


def look_up(choice: Choice, base: CourseQuerySet | None = None) -> Result:
    """Return the page that `choice` asks for, with facets: two queries.

    It looks among the published courses, or among `base`. Raises InvalidPageNumber beyond the end.
    """
    courses = _narrow(choice, base)
    chosen = {name: getattr(choice, name) for name in FACETS if getattr(choice, name)}
    rows = rows_of(courses)
    total, counts = sift(rows, chosen)
    if choice.page > max(1, -(-total // choice.page_size)):
        raise InvalidPageNumber(MAX_PAGE_SIZE)
    shown: list[Course] = []
    if total:
        start = (choice.page - 1) * choice.page_size
        found = courses.filter(*(CONDITIONS[name](values) for name, values in chosen.items()))
        shown = list(found.for_catalogue().order_by(*_order(choice))[start : start + choice.page_size])
    return Result(shown, total, sum(row.courses for row in rows), facets(rows, counts, choice))


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
