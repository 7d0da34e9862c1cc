"""Text that people write in Markdown, as safe HTML. The only place of the project that calls HTML safe."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_supported_language_variant, gettext, ngettext_lazy, override
from markdown_it.token import Token

from lms.lib.markdown.cleaning import clean
from lms.lib.markdown.parser import parser, walk
from lms.lib.markdown.renderer import FILE_URL, Picture, summary
from lms.lib.text import direction_of

__all__ = [
    "Picture",
    "TextTooLong",
    "TextWarning",
    "file_ids",
    "fill",
    "plain_text",
    "render_line",
    "render_markdown",
    "warnings",
]

MAX_TEXT = 50_000
CACHE_SECONDS = 24 * 60 * 60
_ONE_PARAGRAPH = re.compile(r'<div class="prose"([^>]*)>\n<p[^>]*>((?:(?!</p>).)*)</p>\n</div>', re.DOTALL)

_TAGS = re.compile(r"(<[^>]*>)")

# What is cached belongs to this code and these libraries; raise the number with every change of the output.
_LIBRARIES = ("markdown-it-py", "mdit-py-plugins", "pygments", "latex2mathml", "nh3")
RENDERER_VERSION = "-".join(["2", *map(version, _LIBRARIES)])


class TextTooLong(ValueError):
    """The text is longer than its field allows; it was not parsed."""


@dataclass(frozen=True)
class TextWarning:
    """Something an author may want to mend; it stops nothing."""

    code: str
    message: str | Promise


def render_markdown(
    text: str,
    *,
    language: str = "",
    image_url: Callable[[str], Picture | None] = lambda _id: None,
    limit: int = MAX_TEXT,
) -> SafeString:
    """Return the text as `<div class="prose">` in the given language (BCP 47) and its direction; "" for no text.

    `image_url` answers the id of a file of ours (a lower-case UUID) with (address, width, height) for its
    picture, or None: then its alternative text stands there. It is asked once per id, also when the answer
    comes from the cache, so that a page never shows an address that has expired.
    More than `limit` characters raise TextTooLong.
    """
    source = _checked(text, limit)
    if not source.strip():
        return SafeString()
    pictures = {file_id: image_url(file_id) for file_id in _mentioned_ids(source)}
    key = _cache_key(source, language, pictures)
    html: str | None = cache.get(key)
    if html is None:
        html = _render(source, language, pictures)
        cache.set(key, html, CACHE_SECONDS)
    return mark_safe(html)


def render_line(
    text: str,
    *,
    language: str = "",
    image_url: Callable[[str], Picture | None] = lambda _id: None,
    limit: int = MAX_TEXT,
) -> SafeString:
    """Return the text as `render_markdown` does, but a single paragraph as `<span>`, for inside a label."""
    html = render_markdown(text, language=language, image_url=image_url, limit=limit)
    line = _ONE_PARAGRAPH.fullmatch(html)
    return mark_safe(f"<span{line[1]}><bdi>{line[2]}</bdi></span>") if line else html


def fill(html: SafeString, mark: re.Pattern[str], field_of: Callable[[int], SafeString]) -> SafeString:
    """Return rendered `html` with `field_of(number)` in the place of each `mark`, whose first group is the number.

    What stands inside a tag stays.
    """
    parts = (
        part if part.startswith("<") else mark.sub(lambda found: str(field_of(int(found[1]))), part)
        for part in _TAGS.split(html)
    )
    return mark_safe("".join(parts))


def plain_text(markdown: str, *, limit: int = MAX_TEXT) -> str:
    """Return the words of a text without its marks, a block a line; TextTooLong as `render_markdown`."""
    lines = map(_words, parser().parse(_checked(markdown, limit)))
    return "\n".join(line.strip() for line in lines if line.strip())


def file_ids(text: str, *, limit: int = MAX_TEXT) -> list[UUID]:
    """Return the ids of the pictures in a text, `![…](file:ID)`, each once; TextTooLong as `render_markdown`."""
    matches = (FILE_URL.fullmatch(str(token.attrs["src"])) for token in _pictures(text, limit))
    return list(dict.fromkeys(UUID(match[1]) for match in matches if match))


def warnings(text: str, *, limit: int = MAX_TEXT) -> list[TextWarning]:
    """Return what an author may want to mend in a text; TextTooLong as `render_markdown`."""
    unnamed = sum(
        not _plain(token.children or []).strip()
        for token in _pictures(text, limit)
        if FILE_URL.fullmatch(str(token.attrs["src"]))
    )
    if not unnamed:
        return []
    message = ngettext_lazy(
        "A picture has no alternative text: ![what it shows](…).",
        "%(count)d pictures have no alternative text: ![what it shows](…).",
        unnamed,
    )
    return [TextWarning("picture_without_alt", message % {"count": unnamed})]


def _checked(text: str, limit: int) -> str:
    """Refuse by length before anything reads the text, and make sure that it can be encoded."""
    if len(text) > limit:
        raise TextTooLong(f"{len(text)} characters, at most {limit} are allowed")
    return text.encode("utf-8", "replace").decode() + "\n"  # the container plugin reads past a last line


def _mentioned_ids(source: str) -> Iterable[str]:
    """Return every id that could be a picture's; asking for one inside a listing does no harm."""
    return sorted({match[1].lower() for match in FILE_URL.finditer(source)})


def _cache_key(source: str, language: str, pictures: dict[str, Picture | None]) -> str:
    content = repr((source, language, sorted(pictures.items()))).encode()
    return f"markdown:{RENDERER_VERSION}:{hashlib.sha256(content).hexdigest()}"


def _render(source: str, language: str, pictures: dict[str, Picture | None]) -> str:
    env = {"pictures": pictures, "details_title": _details_title(language)}
    html = clean(parser().render(source, env))
    attributes = f' lang="{escape(language)}" dir="{direction_of(language)}"' if language else ""
    return f'<div class="prose"{attributes}>\n{html}</div>'


def _details_title(language: str) -> str:
    """Return the heading of `::: details` without a title, in the language of the text, not of the reader."""
    try:
        known = get_supported_language_variant(language)
    except LookupError:
        known = settings.LANGUAGE_CODE
    with override(known):
        return gettext("Details")


def _words(token: Token) -> str:
    if token.type == "container_details_open":
        return summary(token)
    return _plain(token.children) if token.type == "inline" and token.children else token.content


def _plain(tokens: Iterable[Token]) -> str:
    return "".join(
        " " if token.type in {"softbreak", "hardbreak"} else _plain(token.children or []) if token.type == "image"
        else token.content for token in tokens
    )  # fmt: skip


def _pictures(text: str, limit: int) -> Iterator[Token]:
    return (token for token in walk(parser().parse(_checked(text, limit))) if token.type == "image")
