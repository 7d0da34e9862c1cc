"""Formulas: LaTeX in, MathML out, or the source when that is impossible.

latex2mathml keeps what it does not understand, `\\text{<img onerror=…>}` and `\\href` among it, and writes it
unescaped. So its tree is taken instead of its text, serialised properly, and then passed through a list that
knows nothing but MathML.
"""

import re
from html import escape
from xml.etree.ElementTree import Element, tostring

import nh3
from latex2mathml.converter import convert_to_element

from lms.lib.text import word_set

MAX_FORMULA = 2_000
MAX_DEPTH = 100  # elements inside one another; browsers give up at some hundreds

# Macros and `\sideset` copy their arguments: nested, a short line grows without bound.
_REFUSED = re.compile(
    r"\\(?:newcommand|renewcommand|providecommand|newenvironment|def|DeclareMathOperator|sideset)"
)
_LIBRARY_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,6});")

TAGS = word_set(
    "math mrow mi mo mn ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover "
    "mmultiscripts mprescripts mtable mtr mtd mstyle mpadded mphantom menclose"
)
_LENGTHS = word_set(
    "width height depth lspace rspace voffset minsize maxsize linethickness rowspacing columnspacing"
)
_COLOURS = frozenset({"mathcolor", "mathbackground"})
_WORDS = word_set(
    "display displaystyle scriptlevel mathvariant stretchy fence form separator largeop movablelimits symmetric "
    "accent accentunder columnalign rowalign columnlines rowlines notation"
)
ATTRIBUTES = _LENGTHS | _COLOURS | _WORDS

# One digit before the point: nothing can be moved or stretched over the rest of the page.
_LENGTH = re.compile(r"(?:[+-]?\d?(?:\.\d{1,4})?(?:em|ex|pt|px|mm|mu)?(?: |$)){1,40}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]{1,30}")
_WORD = re.compile(r"[a-z0-9 -]{1,400}")


def _allow(_tag: str, name: str, value: str) -> str | None:
    pattern = _LENGTH if name in _LENGTHS else _COLOUR if name in _COLOURS else _WORD
    return value if pattern.fullmatch(value) else None


_MATHML_ONLY = nh3.Cleaner(
    tags=set(TAGS),
    attributes={tag: set(ATTRIBUTES) for tag in TAGS},
    attribute_filter=_allow,
    clean_content_tags={"script", "style", "svg", "annotation-xml", "mglyph"},
    link_rel=None,
    url_schemes=set(),
)


def to_mathml(source: str, *, display: bool) -> str:
    """Return a formula as MathML, set on a line of its own with `display`; its source in `<code>` if it cannot be.

    Longer than 2,000 characters, beyond the library, or too deep: the source.
    """
    if len(source) > MAX_FORMULA or _REFUSED.search(source):
        return as_written(source, display=display)
    try:
        return _convert(source, display)
    except Exception:  # noqa: BLE001  the library raises whatever its parser trips over, recursion included
        return as_written(source, display=display)


def as_written(source: str, *, display: bool) -> str:
    """Return the source of a formula between its dollars."""
    mark = "$$" if display else "$"
    return f'<code dir="ltr">{escape(mark + source + mark, quote=False)}</code>'


def _convert(source: str, display: bool) -> str:
    tree = convert_to_element(source, display="block" if display else "inline")
    _settle(tree, 0)
    return str(_MATHML_ONLY.clean(tostring(tree, encoding="unicode", short_empty_elements=False)))


def _settle(element: Element, depth: int) -> None:
    """Turn the character references that the library writes into its texts into the characters."""
    if depth > MAX_DEPTH:
        raise RecursionError(f"a formula nested more than {MAX_DEPTH} deep")
    if element.text and "&" in element.text:
        element.text = _LIBRARY_REFERENCE.sub(lambda match: chr(int(match[1], 16)), element.text)
    for child in element:
        _settle(child, depth + 1)
