"""What was asked for where words or a number are typed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quizzes.models import Question

Kind = Question.Type


def expected_words(kind: str, row: Mapping[str, Any]) -> list[str]:
    """Return what was asked for where words or a number are typed: one entry, or one for each blank.

    Empty on an open sheet, whose row has none of these columns.
    """
    if kind == Kind.NUMERIC and row.get("question__numeric_value") is not None:
        return [number_words(row["question__numeric_value"], row["question__tolerance"],
                             row["question__tolerance_kind"])]  # fmt: skip
    stored = row.get("question__accepted_answers") or []
    if kind == Kind.FILL_BLANK:
        return [" / ".join(texts) for texts in stored]
    return [" / ".join(stored)] if kind == Kind.SHORT_ANSWER and stored else []


def number_words(value: Decimal, tolerance: Decimal, kind: str) -> str:
    """Return "12.5 ± 0.1", "12.5 ± 2 %" or, exact, "12.5"."""
    if not tolerance:
        return plain(value)
    sign = "\u00a0%" if kind == Question.ToleranceKind.PERCENT else ""
    return f"{plain(value)} ± {plain(tolerance)}{sign}"


def plain(value: Decimal) -> str:
    """Return a number without zeros at the end, and with an exponent only where it would be endless."""
    short = value.normalize()
    return f"{short:f}" if abs(short.adjusted()) <= 20 else f"{short:e}"
