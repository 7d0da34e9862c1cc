"""Slugs of every script: made from a title, kept apart from reserved words, read from a URL."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from itertools import count

from django.urls.converters import register_converter
from django.utils.crypto import get_random_string

MAX_LENGTH = 200
RESERVED = frozenset({"mine", "popular", "top-rated", "new"})

_TATWEEL = "\u0640"
# Not one of them is a letter to the eye: Arabic vowel and Quran signs, variation selectors.
_DROPPED_MARKS = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]"
)
_UNAMBIGUOUS = "abcdefghjkmnpqrstuvwxyz23456789"


def slugify_unicode(title: str, max_length: int = MAX_LENGTH) -> str:
    """Return the slug of a title, "" when no letter or digit is in it (an emoji).

    NFKC and lower case; letters and digits of every script stay, with the vowel signs that belong to them;
    Arabic diacritics, tatweel and invisible characters go; each run of anything else becomes one `-`.
    A slug of more than `max_length` characters is cut at the end of a word where there is one.
    """
    # Twice: lower case can come apart ("İ"), what falls out can let two letters join.
    slug = _hyphenate(_hyphenate(title))
    if len(slug) <= max_length:
        return slug
    at_word = slug[: max_length + 1].rpartition("-")[0]
    return at_word or slug[:max_length]


def _hyphenate(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    kept: list[str] = []
    for char in _DROPPED_MARKS.sub("", lowered):
        category = unicodedata.category(char)
        if char == _TATWEEL or category in {"Cf", "Cs", "Me"}:
            continue
        if category[0] == "L" or category in {"Nd", "Nl", "No"}:
            kept.append(char)
        elif category[0] == "M":
            # A sign over or after a letter is spelling (Hindi), the dot that "İ" leaves on its "i" is not.
            if kept and kept[-1] != "-" and char != "\u0307":
                kept.append(char)
        elif kept and kept[-1] != "-":
            kept.append("-")
    return "".join(kept).rstrip("-")


def is_reserved(slug: str) -> bool:
    """Say whether a slug would be read as something else: one of our own words, or an id."""
    if slug in RESERVED:
        return True
    try:
        uuid.UUID(slug)
    except ValueError:
        return False
    return True


def unique_slug(
    base: str, taken: Callable[[str], bool], *, fallback: str = "course", max_length: int = MAX_LENGTH
) -> str:
    """Return `base`, else `base-2`, `base-3`, …: the first that is neither reserved nor `taken`.

    `base` comes from `slugify_unicode`; when it is empty, `fallback` and 8 random characters stand in.
    Somebody may take the slug before it is saved: the caller tries again when the database refuses it.
    """
    base = base or f"{fallback}-{get_random_string(8, _UNAMBIGUOUS)}"
    if not is_reserved(base) and not taken(base):
        return base
    for number in count(2):
        suffix = f"-{number}"
        candidate = slugify_unicode(base, max_length - len(suffix)) + suffix
        if not taken(candidate):
            return candidate
    raise AssertionError("count() has no end")


def id_or_slug(name: str) -> str | uuid.UUID:
    """Return what a caller names a course by: its id, or else its slug."""
    try:
        return uuid.UUID(name)
    except ValueError:
        return name


class UnicodeSlugConverter:
    """`<uslug:slug>`: letters and digits of every script, joined by single hyphens."""

    regex = r"[^/]{1,255}"

    def to_python(self, value: str) -> str:
        """Return the slug composed as it is stored (some systems send it decomposed); else ValueError: 404."""
        slug = unicodedata.normalize("NFKC", value)
        if slugify_unicode(slug, 255) != slug:
            raise ValueError(value)
        return slug

    def to_url(self, value: str) -> str:
        """Return the slug; `reverse` quotes it."""
        return value


register_converter(UnicodeSlugConverter, "uslug")
