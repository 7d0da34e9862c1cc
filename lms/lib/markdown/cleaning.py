"""The last word on the HTML of a text: tags, attributes, classes and addresses that a page may hold."""

import nh3

from lms.lib.markdown import code, maths
from lms.lib.text import word_set

_BLOCKS = word_set("p h2 h3 h4 h5 h6 ul ol li blockquote table th td details summary figure code span")
_ATTRIBUTES = {
    "ol": {"start"},
    "th": {"scope"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
    "code": {"lang"},
    "span": {"lang"},
    "input": {"checked"},
}
_VALUES = {
    **{tag: {"dir": {"auto", "ltr", "rtl"}} for tag in _BLOCKS},
    "pre": {"tabindex": {"0"}},
    "div": {"tabindex": {"0"}},
    "input": {"type": {"checkbox"}},
}
_CLASSES = {
    "figure": {"code"},
    "span": set(code.CLASSES),
    "div": {"table-box"},
    "table": {"table"},
    "th": {"end", "center"},
    "td": {"end", "center"},
    "ul": {"contains-task-list"},
    "ol": {"contains-task-list"},
    "li": {"task-list-item"},
}
_TAGS = {
    *_BLOCKS,
    *_ATTRIBUTES,
    *_VALUES,
    *word_set("thead tbody tr hr br em strong s figcaption label"),
    *maths.TAGS,
}


def _own_path(url: str) -> str | None:
    return url if url.startswith("/") and not url.startswith(("//", "/\\")) else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={**_ATTRIBUTES, **{tag: set(maths.ATTRIBUTES) for tag in maths.TAGS}},
    tag_attribute_values=_VALUES,
    set_tag_attribute_values={"input": {"disabled": ""}},
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto"},
    url_relative=_own_path,
    link_rel="noopener noreferrer nofollow",
)


def clean(html: str) -> str:
    """Return the HTML with everything gone that is not on the list."""
    return str(_CLEANER.clean(html))
