"""The filters of the catalogue in words: groups of check boxes, chips that take one off, orders to choose."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.catalogue import Result
from courses.catalogue_choice import FILTERS, NEWEST, RELEVANCE, Choice
from courses.catalogue_facets import Facet
from courses.models import Course, Tag
from courses.permissions import get_instructor

SEARCH_NAME = "q"
LEGENDS = {
    "category": gettext_lazy("Category"),
    "level": gettext_lazy("Level"),
    "language": gettext_lazy("Language"),
    "duration": gettext_lazy("Length"),
    "price": gettext_lazy("Price"),
    "min_rating": gettext_lazy("Rating"),
    "certificate": gettext_lazy("Certificate"),
}
WORDS = {
    "duration": {
        "under-2h": gettext_lazy("Under 2 hours"),
        "2-6h": gettext_lazy("2 to 6 hours"),
        "6-15h": gettext_lazy("6 to 15 hours"),
        "over-15h": gettext_lazy("Over 15 hours"),
    },
    "price": {"free": gettext_lazy("Free"), "paid": gettext_lazy("Paid")},
    "min_rating": {
        "5": gettext_lazy("5 stars"),
        "4": gettext_lazy("4 stars and up"),
        "3": gettext_lazy("3 stars and up"),
        "2": gettext_lazy("2 stars and up"),
        "1": gettext_lazy("1 star and up"),
    },
    "certificate": {
        "true": gettext_lazy("With a certificate"),
        "false": gettext_lazy("Without a certificate"),
    },
}
OFFERED_RATINGS = ("4", "3")
ORDERING_NAMES = {
    RELEVANCE: gettext_lazy("Best match"),
    NEWEST: gettext_lazy("Newest"),
    "-enrollment_count": gettext_lazy("Most students"),
    "-average_rating": gettext_lazy("Best rated"),
    "title": gettext_lazy("Title"),
    "price": gettext_lazy("Price"),
}


@dataclass(frozen=True)
class Option:
    """One check box."""

    value: str
    label: str
    count: int
    is_chosen: bool
    language: str = ""


@dataclass(frozen=True)
class Group:
    """The check boxes of one filter."""

    name: str
    legend: str
    options: list[Option]


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and where one goes without it."""

    label: str
    url: str
    is_search: bool = False


def language_name(tag: str) -> str:
    """Return a language in its own words, the tag itself when we do not know it."""
    return Course(language=tag).language_name


def groups(choice: Choice, result: Result) -> list[Group]:
    """Return the filters that are worth offering, with what each would show."""
    found = []
    for name, legend in LEGENDS.items():
        chosen = getattr(choice, name)
        facets = [facet for facet in result.facets[name] if facet.value in chosen or _is_offered(name, facet)]
        options = [
            Option(
                facet.value,
                _label(name, facet.value, facet.label),
                facet.count,
                facet.value in chosen,
                facet.value if name == "language" else "",
            )
            for facet in facets
        ]
        if options:
            found.append(Group(name, str(legend), options))
    return found


def _is_offered(name: str, facet: Facet) -> bool:
    if name == "min_rating":
        return facet.value in OFFERED_RATINGS and facet.count > 0
    if name == "certificate":
        return facet.value == "true" and facet.count > 0
    return True


def label_of(name: str, facet: Facet) -> str:
    """Return the words of one value of a filter."""
    return _label(name, facet.value, facet.label)


def _label(name: str, value: str, label: str = "") -> str:
    if name == "level":
        return str(Course.Level(value).label)
    if name == "language":
        return language_name(value)
    return str(WORDS[name][value]) if name in WORDS else label or value


def chips(choice: Choice, result: Result) -> list[Chip]:
    """Return one chip for everything that narrows the list, the search first."""
    found = []
    if choice.search:
        label = _("“%(words)s”") % {"words": choice.search}
        found.append(Chip(label, catalogue_url(replace(choice, search="", ordering="", page=1)), True))
    for name in FILTERS:
        for value in getattr(choice, name):
            without = tuple(kept for kept in getattr(choice, name) if kept != value)
            others: dict[str, Any] = {name: without, "page": 1}
            url = catalogue_url(replace(choice, **others))
            found.append(Chip(_chip_label(name, value, result), url))
    return found


def _chip_label(name: str, value: str, result: Result) -> str:
    if name == "tag":
        return Tag.objects.filter(slug=value).values_list("name", flat=True).first() or value
    if name == "instructor":
        person = get_instructor(value)
        return person.full_name if person else value
    labels = {facet.value: facet.label for facet in result.facets.get(name, ())}
    return _label(name, value, labels.get(value, ""))


def orderings(choice: Choice) -> Iterable[tuple[str, str, bool]]:
    """Return value, name and whether it applies, of each order that can be chosen.

    The order that applies by itself has no value: it is another one as soon as somebody searches.
    """
    current = choice.effective_ordering
    by_itself = replace(choice, ordering="").effective_ordering
    return [
        ("" if value == by_itself else value, str(name), value == current)
        for value, name in ORDERING_NAMES.items()
        if value != RELEVANCE or choice.search
    ]


def catalogue_url(choice: Choice) -> str:
    """Return the address of the catalogue page that shows `choice`."""
    query = choice.query(SEARCH_NAME).urlencode()
    return reverse("courses:course_list") + (f"?{query}" if query else "")
