"""Colours as people type them, and whether they can be read."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def validate_colour(value: str) -> None:
    """Raise ValidationError `invalid_colour` unless the text is `#rrggbb`."""
    if not _HEX.fullmatch(value):
        raise ValidationError(
            _("Write the colour as # and six hex digits, like #005f78."), code="invalid_colour"
        )


def contrast_on_white(colour: str) -> float:
    """Return the contrast ratio of `#rrggbb` on white, 1 to 21 (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part: float) -> float:
    linear: float = part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
    return linear


def validate_readable_on_white(value: str) -> None:
    """Raise ValidationError unless text in this colour can be read on white paper (4.5 : 1)."""
    validate_colour(value)
    contrast = contrast_on_white(value)
    if contrast < READABLE:
        raise ValidationError(
            _(
                "This colour is too pale to be read on white: its contrast is %(contrast)s : 1, needed is 4.5 : 1."
            ),
            code="low_contrast",
            params={"contrast": f"{int(contrast * 10) / 10:.1f}"},
        )
