"""The words in braces that a template's text may hold. The text is data: nothing in it is ever run."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NAMES = (
    "student_name",
    "course_title",
    "instructor_name",
    "completed_on",
    "hours",
    "grade",
    "issuer_name",
    "number",
)
NAME_LINE = "{student_name}"  # alone on a line: here stands the name, in large
_KNOWN = re.compile("{(" + "|".join(NAMES) + ")}")


def validate_placeholders(text: str) -> None:
    """Raise ValidationError `unknown_placeholder` or `unbalanced_brace`, both with the names that exist."""
    allowed = " ".join(f"{{{name}}}" for name in NAMES)
    rest = _KNOWN.sub("", text)
    if unknown := re.search(r"{[^{}\n]*}", rest):
        raise ValidationError(
            _("There is no placeholder %(placeholder)s. Use one of: %(allowed)s"),
            code="unknown_placeholder",
            params={"placeholder": unknown[0], "allowed": allowed},
        )
    if "{" in rest or "}" in rest:
        raise ValidationError(
            _("A brace has no partner. Braces only stand around a placeholder: %(allowed)s"),
            code="unbalanced_brace",
            params={"allowed": allowed},
        )


def filled_lines(text: str, values: Mapping[str, str]) -> list[str]:
    """Return the lines of `text` with their placeholders filled, without blank ones.

    A line whose placeholder has no value is left out; braces around anything else stay as they are.
    """
    lines = []
    for line in text.splitlines():
        if any(not values.get(name) for name in _KNOWN.findall(line)):
            continue
        filled = _KNOWN.sub(lambda found: values[found[1]], line).strip()
        if filled:
            lines.append(filled)
    return lines
