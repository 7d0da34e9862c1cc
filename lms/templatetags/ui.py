"""What the components are made of: icons, covers, breadcrumbs, form fields. Described in docs/design.md."""

from typing import Any
from zlib import crc32

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lms.context_processors import site_name as name_of_site
from lms.lib import figures, text

register = template.Library()

DRAWINGS = ("arches", "steps", "stars", "weave", "beam", "waves")
PALETTES = frozenset(["programming", "data", "language", "design", "business", "science", "teaching"])
OWN_NAMES = {"en": "English", "ar": "العربية"}  # Django's local names carry a vowel sign nobody writes
LEFT_TO_RIGHT = (forms.EmailInput, forms.PasswordInput, forms.URLInput, forms.NumberInput)

register.simple_tag(name_of_site, name="site_name")
register.filter("initials", text.initials)
register.filter("number", figures.number)
register.filter("percent", figures.percent)
register.filter("duration", figures.duration)
register.filter("clock", figures.clock)
register.filter("money", figures.money)


@register.simple_tag
def icon(
    name: str,
    css: str = "",
    *,
    flip: bool = False,
    back: bool = False,
    solid: bool = False,
    label: str = "",
) -> SafeString:
    """Draw an icon of img/sprite.svg (its id without `i-`).

    `css` adds classes. `flip` points forward in the direction of reading, `back` the other way; `solid` fills
    it. With a `label` it is announced, else it only decorates the words beside it.
    """
    variants = {"icon--flip": flip, "icon--back": back, "icon--solid": solid}
    classes = " ".join(["icon", *(variant for variant, on in variants.items() if on), *css.split()])
    meaning = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24"{}><use href="{}#i-{}"/></svg>',
        classes,
        flatatt(meaning),
        static("img/sprite.svg"),
        name,
    )


@register.simple_tag
def brand_mark() -> SafeString:
    """Draw the lighthouse of the site."""
    return format_html(
        '<svg class="brand__mark" viewBox="0 0 32 32" aria-hidden="true"><use href="{}#brand"/></svg>',
        static("img/sprite.svg"),
    )


@register.inclusion_tag("components/drawing.html")
def drawing(name: str, align: str = "Mid") -> dict[str, str]:
    """Draw one of the six pictures of a cover, for inside a `.cover`.

    `align` (Min, Mid, Max) is the part that stays when the frame is narrow.
    """
    return {"path": f"components/covers/{name}.html", "align": align}


def drawing_of(slug: str) -> str:
    """Return which of the six drawings a course has: the same at each call, on each machine."""
    return DRAWINGS[crc32(slug.encode()) % len(DRAWINGS)]


def palette_of(category_slug: str) -> str:
    """Return the palette of a category's covers; one we have no palette for borrows that of programming."""
    return category_slug if category_slug in PALETTES else "programming"


@register.inclusion_tag("components/cover.html")
def cover(
    slug: str,
    palette: str | None = "",
    image_url: str | None = None,
    *,
    tag: str = "",
    tag_icon: str = "",
    css: str = "",
) -> dict[str, object]:
    """Show the picture of a course, or a drawing of its own in the palette of its category (by slug).

    `tag` is a word in the corner, `tag_icon` the sign before it, `css` adds classes.
    """
    return {
        "drawing_name": drawing_of(slug),
        "palette": palette_of(palette or ""),
        "image_url": image_url,
        "tag": tag,
        "tag_icon": tag_icon,
        "css": css,
    }


@register.inclusion_tag("components/breadcrumbs.html")
def crumbs(*parts: object) -> dict[str, object]:
    """Show the way here: words and addresses in turn, `{% crumbs _("Courses") url course.title %}`.

    A last word without an address is the page itself or the part of a course it belongs to.
    """
    addresses = [*parts[1::2], ""]
    return {"crumbs": list(zip(parts[::2], addresses, strict=False))}


@register.filter
def own_name(code: str) -> str:
    """Return how the speakers of a language write its name."""
    return OWN_NAMES.get(code, code)


@register.filter
def elided_range(page: Page[Any]) -> list[int | str]:
    """Return the numbers of a list's pages, with an ellipsis where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.inclusion_tag("components/form_field.html")
def field(
    bound: BoundField, *, aside_url: str = "", aside_text: str = "", hint: str = ""
) -> dict[str, object]:
    """Show one field of a form: label, control, hint, errors. `aside_*` is a link beside the label."""
    widget = bound.field.widget
    kind = "text"
    if isinstance(widget, forms.CheckboxInput):
        kind = "check"
    elif bound.use_fieldset:
        kind = "choices"
    elif isinstance(widget, forms.PasswordInput):
        kind = "password"
    return {
        "field": bound,
        "kind": kind,
        "control": "" if kind == "choices" else bound.as_widget(attrs=_attributes(bound, hint)),
        "hint": hint or bound.help_text,
        "aside_url": aside_url,
        "aside_text": aside_text,
    }


def _attributes(bound: BoundField, hint: str) -> dict[str, Any]:
    """Return what our look adds to a widget; what the widget says itself stays."""
    widget = bound.field.widget
    attributes: dict[str, Any] = {}
    if not isinstance(widget, forms.CheckboxInput):
        attributes["class"] = f"input {widget.attrs.get('class', '')}".strip()
    if isinstance(widget, LEFT_TO_RIGHT):
        attributes["dir"] = "ltr"
    if hint and not bound.help_text:  # Django names only a hint that it knows of
        described = [f"{bound.auto_id}_helptext", bound.aria_describedby or ""]
        attributes["aria-describedby"] = " ".join(filter(None, described))
    return attributes


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: forms.BaseForm) -> dict[str, object]:
    """Show a whole form without its button: a summary of what is wrong, then every field."""
    return {"form": form}
