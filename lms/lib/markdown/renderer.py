"""Writing: the HTML of each kind of token. What is written here still goes through `cleaning`."""

import re
from collections.abc import Sequence
from html import escape
from time import thread_time
from typing import Any

from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType

from lms.lib.markdown.code import highlight, is_coloured, language_name
from lms.lib.markdown.maths import as_written, to_mathml

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
FILE_URL = re.compile(f"file:({_UUID})", re.IGNORECASE)

# Colouring and formulas are the dearest parts of a text; what is beyond stays as written.
MAX_COLOUR_SECONDS = 0.4
MAX_FORMULAS_TOGETHER = 20_000  # characters of different formulas

Picture = tuple[str, int | None, int | None]  # address, width and height in pixels


def summary(token: Token) -> str:
    """Return the title after `::: details`."""
    return token.info.strip().removeprefix("details").strip()


class Renderer(RendererHTML):
    """One method a token type. `env` brings `pictures` and `details_title`, and keeps count between calls."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """A listing. After the fence: its language, then its title (a file name, mostly)."""
        language, _space, title = unescapeAll(tokens[idx].info).strip().partition(" ")
        return _listing(tokens[idx].content, language, title.strip(), env)

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """An indented listing."""
        return _listing(tokens[idx].content, "", "", env)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """Code within a sentence."""
        return f'<code dir="ltr">{escape(tokens[idx].content, quote=False)}</code>'

    def math_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """A formula within a sentence."""
        return _formula(tokens[idx].content, False, env)

    def math_inline_double(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """A formula between `$$` within a sentence, set on its own line."""
        return _formula(tokens[idx].content, True, env)

    def math_block(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """A formula on lines of its own."""
        return f"<p>{_formula(tokens[idx].content, True, env)}</p>\n"

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """A file of ours as a picture, an address elsewhere as a link; only its words when neither is possible."""
        token = tokens[idx]
        source = str(token.attrs["src"])
        words = " ".join(self.renderInlineAsText(token.children, options, env).split())
        if match := FILE_URL.fullmatch(source):
            picture = env["pictures"].get(match[1].lower())
            return _picture(picture, words) if picture else escape(words)
        if source and token.meta["may_link"]:
            return f'<a href="{escape(source)}">{escape(words or source)}</a>'
        return escape(words)

    def task_open(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """The box of a task; the label around box and text names it."""
        checked = " checked" if tokens[idx].meta["checked"] else ""
        return f'<label><input type="checkbox"{checked} disabled> <span>'

    def task_close(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """The end of a task's text."""
        return "</span></label>"

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """An item; the box of a task stands inside its text."""
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """A table in a box that scrolls by itself, by keyboard too."""
        return f'<div class="table-box" tabindex="0"><table class="table"{self.renderAttrs(tokens[idx])}>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """The end of a table."""
        return "</table></div>\n"

    def container_details_open(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """Something to open, under its title."""
        title = escape(summary(tokens[idx]) or env["details_title"])
        return f'<details{self.renderAttrs(tokens[idx])}><summary dir="auto">{title}</summary>\n'

    def container_details_close(self, tokens: Sequence[Token], idx: int, options: Any, env: EnvType) -> str:
        """The end of it."""
        return "</details>\n"


def _listing(code: str, language: str, title: str, env: EnvType) -> str:
    text = _coloured(code, language, env) or escape(code, quote=False)
    english = ' lang="en"' if language else ""
    name = escape(title or language_name(language) or language)
    caption = (
        f'<figcaption><span dir="auto"{"" if title else english}>{name}</span></figcaption>' if name else ""
    )
    return f'<figure class="code" dir="ltr">{caption}<pre tabindex="0"><code{english}>{text}</code></pre></figure>\n'


def _coloured(code: str, language: str, env: EnvType) -> str | None:
    seconds = env.setdefault("colour_seconds", MAX_COLOUR_SECONDS)
    if seconds <= 0 or not is_coloured(code, language):
        return None
    started = thread_time()
    text = highlight(code, language, seconds=seconds)
    env["colour_seconds"] = seconds - (thread_time() - started)
    return text


def _formula(source: str, display: bool, env: EnvType) -> str:
    known: dict[tuple[str, bool], str] = env.setdefault("formulas", {})
    key = (source.strip(), display)
    if key not in known:
        env["formula_characters"] = env.get("formula_characters", 0) + len(key[0])
        convert = to_mathml if env["formula_characters"] <= MAX_FORMULAS_TOGETHER else as_written
        known[key] = convert(key[0], display=display)
    return known[key]


def _picture(picture: Picture, words: str) -> str:
    url, width, height = picture
    size = f' width="{width}" height="{height}"' if width and height else ""
    return f'<img src="{escape(url)}" alt="{escape(words)}"{size} loading="lazy" decoding="async">'
