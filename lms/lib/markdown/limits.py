"""Rules of the parser that a hostile text can make slow or large, held to what the whole text may cost.

Each looks further ahead than it consumes, or writes more than it reads; repeated, that is quadratic. Within the
limits, which no lesson reaches, they read what they always read.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, table
from markdown_it.rules_inline import StateInline, image, link
from mdit_py_plugins.dollarmath.index import math_block_dollar

# A row is filled up to the columns of its head: two characters can ask for hundreds of empty cells.
MAX_CELLS = 20_000
# A quotation looks at every line up to the next blank one, and may keep only its own.
MAX_QUOTE_LINES = 20_000
QUOTE_LINES_BEYOND = 4

_math_block = math_block_dollar(allow_labels=False, allow_blank_lines=False)
_CLOSES_LINE = re.compile(r"\$\$[^\S\n]*(?:\n|\Z)")


def install_limits(markdown: MarkdownIt) -> None:
    """Put the limited rules in the place of the parser's own."""
    markdown.block.ruler.at("table", limited_table, {"alt": ["paragraph", "reference"]})
    markdown.block.ruler.at(
        "blockquote", limited_blockquote, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    markdown.block.ruler.at("math_block", limited_math_block)
    markdown.inline.ruler.at("link", limited_link)
    markdown.inline.ruler.at("image", limited_image)


def limited_table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a table as far as the cells of the whole text reach; what is beyond shows as written."""
    columns = state.src.count("|", state.bMarks[start_line], state.eMarks[start_line]) + 1
    cells_left: int = state.env.setdefault("cells_left", MAX_CELLS)
    if not table(state, start_line, min(end_line, start_line + 1 + cells_left // columns), silent):
        return False
    if not silent:
        state.env["cells_left"] = cells_left - columns * (state.line - start_line)
    return True


def limited_blockquote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a quotation; once the text has used up its lines, each looks only a few lines ahead."""
    if not state.src.startswith(">", state.bMarks[start_line] + state.tShift[start_line]):
        return False
    if not silent:
        lines = min(end_line, _next_blank(state)[start_line]) - start_line
        lines_left: int = state.env.setdefault("quote_lines_left", MAX_QUOTE_LINES)
        state.env["quote_lines_left"] = lines_left - lines
        if lines > lines_left:
            end_line = min(end_line, start_line + QUOTE_LINES_BEYOND)
    return bool(blockquote(state, start_line, end_line, silent))


def limited_math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a formula on lines of its own when the next `$$` ends a line, without trying each line between."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("$$", start) or not _closes_line(state.src, start + 2):
        return False
    return bool(_math_block(state, start_line, end_line, silent))


def limited_link(state: StateInline, silent: bool) -> bool:
    """Read a link unless no bracket closes after it: a run of opening ones would be read to its end from each."""
    return _has_closing_bracket(state) and bool(link(state, silent))


def limited_image(state: StateInline, silent: bool) -> bool:
    """Read a picture, as `limited_link`."""
    return _has_closing_bracket(state) and bool(image(state, silent))


def _has_closing_bracket(state: StateInline) -> bool:
    return state.src.rfind("]", state.pos) >= 0


def _closes_line(source: str, position: int) -> bool:
    closing = source.find("$$", position)
    return closing >= 0 and bool(_CLOSES_LINE.match(source, closing))


def _next_blank(state: StateBlock) -> list[int]:
    """Return for each line the number of the next blank one, worked out once a text."""
    if "next_blank" not in state.env:
        lines = state.src.split("\n")
        following = [len(lines)] * (len(lines) + 1)
        for number in range(len(lines) - 1, -1, -1):
            following[number] = following[number + 1] if lines[number].strip() else number
        state.env["next_blank"] = following
    blanks: list[int] = state.env["next_blank"]
    return blanks
