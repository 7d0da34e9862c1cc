"""Item analysis: what each question tells, from every student's first graded attempt. Formulas: docs/item-analysis.md.

Sums are made by the database; which options were chosen is read from the newest attempts alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import sqrt
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, FloatField, Q, QuerySet, Sum, TextField, Value, Window
from django.db.models.functions import Cast, NullIf, Replace, RowNumber

from quizzes import layout
from quizzes.marking import chosen_places
from quizzes.models import Answer, Attempt, Question, QuestionOption

NEWEST = 2000  # attempts of a quiz whose choices are read
ENOUGH = 10  # answers, below which no discrimination is told
SURE = 20  # answers, below which no key is doubted
NEGATIVE = -0.1
CHUNK = 2000  # rows that are read at a time
Chosen = tuple[float, list[UUID]]
# Responses that say nothing, as JSON without blanks: `layout.is_answered` in the database's words.
EMPTY = ["null", '{"text":""}', '{"options":[]}', '{"order":[]}', '{"pairs":{}}',
         *('{"blanks":[' + ",".join(['""'] * n) + "]}" for n in range(21))]  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One option: the share of all who chose it, and of the upper third by the rest of the score."""

    option_id: UUID
    is_correct: bool
    share: float
    upper_share: float


@dataclass(frozen=True)
class ItemStatistics:
    """What one question tells.

    `n` students met it in their first graded attempt, `unanswered` left it empty. `difficulty` is the mean share
    of its points (0 nobody knew it … 1 everybody did), `discrimination` the correlation of that share with the
    share of all other points (−1 … 1; None below 10 answers, or where one of them never varies), `mean_seconds`
    of those whose time is known. `choices` are those of questions with options to choose from.
    """

    question_id: UUID
    position: int
    n: int = 0
    unanswered: int = 0
    difficulty: float | None = None
    discrimination: float | None = None
    mean_seconds: int | None = None
    choices: tuple[Choice, ...] = field(default=())
    key_looks_wrong: bool = False

    @property
    def is_few(self) -> bool:
        """Whether so few students met it that its figures say little."""
        return self.n < ENOUGH


def items_of(quizzes: Sequence[UUID]) -> dict[UUID, tuple[ItemStatistics, ...]]:
    """Return the item analysis of each quiz by its id, in the order of the questions (five queries)."""
    items = _summed(quizzes)
    choices = _choices(quizzes)
    return {
        quiz: tuple(_judged(item, choices.get(item.question_id, ())) for item in items[quiz])
        for quiz in quizzes
    }


def _judged(item: ItemStatistics, choices: tuple[Choice, ...]) -> ItemStatistics:
    return replace(item, choices=choices, key_looks_wrong=key_looks_wrong(item, choices))


def key_looks_wrong(item: ItemStatistics, choices: Sequence[Choice]) -> bool:
    """Return whether the key should be looked at: n ≥ 20, and who knows the rest does worse here, or the upper
    third prefers one wrong option to every right one."""
    if item.n < SURE:
        return False
    if item.discrimination is not None and item.discrimination < NEGATIVE:
        return True
    right = max((choice.upper_share for choice in choices if choice.is_correct), default=1)
    return any(choice.upper_share > right for choice in choices if not choice.is_correct)


# --- Sums


def _summed(quizzes: Sequence[UUID]) -> dict[UUID, list[ItemStatistics]]:
    """Return every question with its sums (one query)."""
    sums = {row["question"]: row for row in _sums(_first_answers(quizzes))}
    found: dict[UUID, list[ItemStatistics]] = {quiz: [] for quiz in quizzes}
    questions = Question.objects.filter(quiz__in=quizzes).order_by("quiz_id", "position")
    for pk, quiz, position in questions.values_list("pk", "quiz", "position"):
        found[quiz].append(_item(pk, position, sums[pk]) if pk in sums else ItemStatistics(pk, position))
    return found


def _first_answers(quizzes: Sequence[UUID]) -> QuerySet[Answer]:
    """Return the answers of every student's first graded attempt."""
    first = Attempt.objects.first_graded().of_students().filter(quiz__in=quizzes)
    return Answer.objects.filter(attempt__in=first.order_by().values("pk")).order_by()


def _real(value: Any) -> Any:
    return Cast(value, FloatField())


def _sums(answers: QuerySet[Answer]) -> QuerySet[Answer, Any]:
    """Return the sums of each question: x its share of points, y the share of all others."""
    rest = F("attempt__score") - F("points_earned"), F("attempt__max_score") - F("points_max")
    answers = answers.annotate(
        x=_real("points_earned") / NullIf(_real("points_max"), 0.0),
        y=_real(rest[0]) / NullIf(_real(rest[1]), 0.0),
        said=_bare(Cast("response", TextField())),
    )
    both = Q(x__isnull=False, y__isnull=False)
    return answers.values("question").annotate(
        n=Count("pk"),
        unanswered=Count("pk", filter=Q(response__isnull=True) | Q(said__in=EMPTY)),
        mean=Avg("x"),
        pairs=Count("pk", filter=both),
        sx=Sum("x", filter=both),
        sy=Sum("y", filter=both),
        sxx=Sum(F("x") * F("x"), filter=both),
        syy=Sum(F("y") * F("y"), filter=both),
        sxy=Sum(F("x") * F("y"), filter=both),
        seconds=Avg("time_spent_seconds", filter=Q(time_spent_seconds__gt=0)),
    )


def _bare(text: Any) -> Any:
    """Leave out blanks, so that of an empty response one form is left."""
    for blank in (" ", "\\n", "\\t"):
        text = Replace(text, Value(blank), Value(""), output_field=TextField())
    return text


def _item(question_id: UUID, position: int, row: dict[str, Any]) -> ItemStatistics:
    return ItemStatistics(
        question_id=question_id,
        position=position,
        n=row["n"],
        unanswered=row["unanswered"],
        difficulty=None if row["mean"] is None else round(row["mean"], 4),
        discrimination=correlation(row) if row["pairs"] >= ENOUGH else None,
        mean_seconds=None if row["seconds"] is None else round(row["seconds"]),
    )


def correlation(sums: dict[str, Any]) -> float | None:
    """Return Pearson's r from its sums (pairs, sx, sy, sxx, syy, sxy); None where x or y never varies."""
    n, sx, sy = sums["pairs"], sums["sx"], sums["sy"]
    spread_x, spread_y = n * sums["sxx"] - sx * sx, n * sums["syy"] - sy * sy
    least = 1e-9 * n * n  # what rounding leaves of nothing
    if spread_x < least or spread_y < least:
        return None
    r: float = (n * sums["sxy"] - sx * sy) / sqrt(spread_x * spread_y)
    return round(max(-1.0, min(1.0, r)), 4)


# --- Choices


def _choices(quizzes: Sequence[UUID]) -> dict[UUID, tuple[Choice, ...]]:
    """Return the options of each question that was answered, with their shares (three queries)."""
    options: dict[UUID, list[tuple[UUID, bool]]] = defaultdict(list)
    rows = QuestionOption.objects.filter(question__quiz__in=quizzes, question__type__in=Question.CHOICES)
    for question, pk, is_correct in rows.order_by("position").values_list("question", "pk", "is_correct"):
        options[question].append((pk, is_correct))
    found: dict[UUID, tuple[Choice, ...]] = {}
    for chosen in _by_quiz(quizzes) if options else ():
        found |= {question: tuple(_shares(options[question], of_one)) for question, of_one in chosen.items()}
    return found


def _by_quiz(quizzes: Sequence[UUID]) -> Iterator[dict[UUID, list[Chosen]]]:
    """Yield what was chosen in the newest first attempts, one quiz after another: two queries read side by side."""
    newest = _newest(quizzes)
    sittings = newest.order_by("quiz_id", "pk").values_list("quiz_id", "pk", "layout").iterator(CHUNK)
    layouts = groupby(sittings, key=itemgetter(0))
    rows = Answer.objects.filter(attempt__in=newest.values("pk"), question__type__in=Question.CHOICES)
    fields = ("attempt__quiz_id", "attempt_id", "question_id", "response", "points_earned", "points_max",
              "attempt__score", "attempt__max_score")  # fmt: skip
    answers = rows.order_by("attempt__quiz_id", "attempt_id").values_list(*fields).iterator(CHUNK)
    for quiz, of_quiz in groupby(answers, key=itemgetter(0)):
        sheets = next(
            {pk: laid_out for _quiz, pk, laid_out in group} for key, group in layouts if key == quiz
        )
        yield _chosen(of_quiz, sheets)


def _newest(quizzes: Sequence[UUID]) -> QuerySet[Attempt]:
    """Return the newest first attempts of each quiz."""
    order = Window(RowNumber(), partition_by=F("quiz"), order_by=[F("submitted_at").desc(), F("pk").desc()])
    first = Attempt.objects.first_graded().of_students().filter(quiz__in=quizzes).order_by()
    ranked = first.annotate(place=order).filter(place__lte=NEWEST)
    return Attempt.objects.filter(pk__in=ranked.values("pk"))


def _chosen(rows: Iterator[tuple[Any, ...]], sheets: dict[UUID, Any]) -> dict[UUID, list[Chosen]]:
    """Return for each question of one quiz (share of all other points, options chosen) of every student."""
    found: dict[UUID, list[Chosen]] = defaultdict(list)
    for attempt, of_one in groupby(rows, key=itemgetter(1)):
        drawn = {entry.question_id: entry for entry in layout.read(sheets[attempt])}
        for _quiz, _attempt, question, response, earned, most, score, max_score in of_one:
            entry, rest = drawn[question], max_score - most
            places = chosen_places(response, multiple=entry.type == Question.Type.MULTIPLE_CHOICE)
            named = [pk for place, pk in enumerate(entry.option_ids, start=1) if place in places]
            found[question].append((float((score - earned) / rest) if rest else 0.0, named))
    return found


def _shares(options: Sequence[tuple[UUID, bool]], chosen: Sequence[Chosen]) -> Iterator[Choice]:
    """Yield each option with its shares. Whoever equals the last of the upper third belongs to it."""
    rests = sorted((rest for rest, _named in chosen), reverse=True)
    border = rests[max(len(rests) // 3, 1) - 1]
    upper = [named for rest, named in chosen if rest >= border]
    by_all = Counter(pk for _rest, named in chosen for pk in named)
    by_upper = Counter(pk for named in upper for pk in named)
    for pk, is_correct in options:
        yield Choice(pk, is_correct, round(by_all[pk] / len(chosen), 4), round(by_upper[pk] / len(upper), 4))
