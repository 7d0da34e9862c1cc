"""Reading: CommonMark and our additions as tokens, set up so that the renderer only has to write them down."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from lms.lib.markdown.limits import install_limits
from lms.lib.markdown.renderer import FILE_URL, Renderer, summary
from lms.lib.text import Direction, first_strong_direction, word_set

MAX_URL = 2_000
# A reference is defined once and used by three characters; what all links of a text add up to is bounded.
MAX_URLS_TOGETHER = 200_000

WEB_URL = re.compile(r"https?://[^/\\?#]|mailto:[^/\\]|/(?![/\\])", re.IGNORECASE)

_ALIGNMENTS = {"text-align:right": "end", "text-align:center": "center"}
_CONTAINERS = word_set(
    "bullet_list_open ordered_list_open list_item_open blockquote_open table_open container_details_open"
)
_OUR_RULES = word_set(
    "math_inline math_inline_double math_block container_details_open container_details_close"
)


class Parser(MarkdownIt):
    """markdown-it with our rule for URLs; it gets them normalised: entities decoded, the rest encoded."""

    def validateLink(self, url: str) -> bool:
        """Say whether a link or picture may point there; else the source shows as text."""
        return len(url) <= MAX_URL and bool(WEB_URL.match(url) or FILE_URL.fullmatch(url))


@cache
def parser() -> Parser:
    """Return the one parser; it keeps nothing between texts."""
    options = {"html": False, "xhtmlOut": False, "tasklists": True, "maxNesting": 20}
    markdown = Parser("commonmark", options, renderer_cls=Renderer)
    markdown.enable(["table", "strikethrough"])
    markdown.disable(["html_block", "html_inline"])
    allowed = dict.fromkeys(["allow_labels", "allow_space", "allow_digits", "allow_blank_lines"], False)
    markdown.use(dollarmath_plugin, **allowed, double_inline=True)
    markdown.use(container_plugin, "details")
    install_limits(markdown)
    for name in _OUR_RULES:  # the plugins have put theirs in place of the renderer's
        markdown.add_render_rule(name, getattr(Renderer, name))
    markdown.core.ruler.push("shape", shape)
    return markdown


def walk(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens and, after each, what is inside it."""
    for token in tokens:
        yield token
        if token.children:
            yield from walk(token.children)


def shape(state: StateCore) -> None:
    """Give the tokens what the page asks for: heading levels, directions, table classes, tame links, check boxes."""
    open_blocks: list[Token] = []
    urls_left, heading_tag = MAX_URLS_TOGETHER, "h2"
    _set_levels([token for token in state.tokens if token.type == "heading_open"])
    for token in state.tokens:
        if token.type == "heading_close":
            token.tag = heading_tag
        elif token.type == "heading_open":
            heading_tag = token.tag
        elif token.type in {"th_open", "td_open"}:
            _shape_cell(token)
        if token.nesting == 1:
            open_blocks.append(token)
            if token.type == "container_details_open":
                _set_directions(open_blocks, None, first_strong_direction(summary(token)))
        elif token.nesting == -1:
            open_blocks.pop()
        elif token.type == "inline" and token.children:
            urls_left = _shape_links(token.children, urls_left)
            *around, block = [block for block in open_blocks if not block.hidden]
            _set_directions(around, block, _direction(token.children))
            _add_check_box(open_blocks, token)


def _set_levels(headings: list[Token]) -> None:
    """Number headings by how they lie in each other, from h2: the page has its own h1, and no level is skipped.

    So a text that begins with `##`, or goes from `#` to `###`, reads as an outline all the same.
    """
    around: list[int] = []
    for heading in headings:
        written = int(heading.tag[1])
        while around and around[-1] >= written:
            around.pop()
        around.append(written)
        heading.tag = f"h{min(len(around) + 1, 6)}"


def _shape_cell(token: Token) -> None:
    alignment = _ALIGNMENTS.get(str(token.attrs.pop("style", "")))
    if alignment:
        token.attrSet("class", alignment)
    if token.tag == "th":
        token.attrSet("scope", "col")


def _shape_links(children: list[Token], urls_left: int) -> int:
    link: Token | None = None
    for token in children:
        token.attrs.pop("title", None)  # out of reach of touch and keyboard
        if token.type == "link_open":
            link = token
            href = str(token.attrs.get("href", ""))
            urls_left -= len(href)
            if not WEB_URL.match(href) or urls_left < 0:
                token.tag, token.attrs = "span", {}
        elif token.type == "link_close" and link:
            token.tag = link.tag
            link = None
        elif token.type == "image":
            urls_left -= len(str(token.attrs["src"]))
            token.meta["may_link"] = link is None and urls_left >= 0
    return urls_left


def _direction(children: list[Token]) -> Direction | None:
    directions = (first_strong_direction(token.content) for token in children if token.type == "text")
    return next(filter(None, directions), None)


def _set_directions(around: list[Token], block: Token | None, direction: Direction | None) -> None:
    """Mark the block that holds a text with `auto`, the ones around it, once, with what `auto` would find.

    `auto` itself does not look into elements that carry a `dir`. Without a letter nothing is marked, and the
    course's own direction holds.
    """
    if direction:
        if block:
            block.attrs.setdefault("dir", "auto")
        for token in around:
            if token.type in _CONTAINERS:
                token.attrs.setdefault("dir", direction)


def _add_check_box(open_blocks: list[Token], text: Token) -> None:
    item = open_blocks[-2] if len(open_blocks) > 1 else None
    if item and item.type == "list_item_open" and text.children and "checked" in item.meta:
        box = Token("task_open", "label", 0, meta={"checked": item.meta.pop("checked")})
        text.children = [box, *text.children, Token("task_close", "label", 0)]
