"""Points on pages: `{{ question.points|points }}`, `{{ question.points_earned|points_of:question.points }}`."""

from typing import Any

from django import template

from quizzes import words

register = template.Library()


@register.filter
def beside(figures: dict[Any, Any] | None, question: Any) -> Any:
    """Return what is told of a question: `{{ items|beside:question }}`; nothing for a new one."""
    return (figures or {}).get(getattr(question, "pk", None))


@register.filter
def of(rows: dict[Any, Any], key: Any) -> Any:
    """Return what stands under a key: `{{ late|of:question.id }}`."""
    return rows.get(key)


register.filter("points", words.points_in_words)
register.filter("points_of", words.share_in_words)
register.filter("figure", words.figure)
register.filter("typed_html", words.typed_html)
