"""What somebody looks for in the catalogue: read from a query string, and written into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.models import Course
from lms.lib.filters import LONGEST_SEARCH, InvalidFilter, check_search
from lms.lib.pagination import InvalidPageNumber
from lms.lib.text import search_words

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_WORDS = 8
NEWEST, RELEVANCE = "-published_at", "relevance"
ORDERINGS = ("published_at", "enrollment_count", "average_rating", "title", "price")
PRICES = ("free", "paid")
# Upper bounds in minutes; a course of unknown length is in none of them.
DURATIONS = {"under-2h": (1, 120), "2-6h": (120, 360), "6-15h": (360, 900), "over-15h": (900, None)}
RATINGS = ("5", "4", "3", "2", "1")


class UnusableSearch(InvalidFilter):
    """A search that no course can be compared with. A person typed it: the page says so beside the field."""

    def __init__(self, message: str) -> None:
        super().__init__("search", message)


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


def read_choice(params: QueryDict, *, search_name: str = "search", strict: bool = True) -> Choice:
    """Return what a query string asks for.

    Raises InvalidFilter for an unknown parameter (unless not `strict`) or value, UnusableSearch and SearchTooShort
    for what was typed, InvalidPageNumber.
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
    if len(text.strip()) > LONGEST_SEARCH:
        raise UnusableSearch(_("Search for at most %(limit)d characters.") % {"limit": LONGEST_SEARCH})
    search = check_search(text, present=bool(text))
    words = search_words(search)
    if len(words) > MAX_WORDS:
        raise UnusableSearch(_("Search for at most %(limit)d words.") % {"limit": MAX_WORDS})
    if search and not words:
        raise UnusableSearch(_("Search for letters or digits."))
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
