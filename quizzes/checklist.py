"""What keeps a quiz from being published, and what its author may still want to mend."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.services import Problem, Severity
from quizzes.draws import Tagged, pools_of
from quizzes.models import Question, QuestionOption, Quiz

MIN_OPTIONS = 2
MAX_OPTIONS = 20
MAX_ITEMS = 12  # to put in order
SAME_PLACE_FROM = 3  # questions; with fewer the same place says nothing


def problems_of(quiz: Quiz) -> list[Problem]:
    """Return the check list of a quiz, blocking problems first (two queries)."""
    return _problems(quiz, list(quiz.questions.prefetch_related("options")))


def blocking_counts(quizzes: Sequence[Quiz]) -> dict[UUID, int]:
    """Return how many problems block each quiz, by their ids (at most four queries).

    Of questions that are whole nothing is read, so the cost grows with what is wrong alone.
    """
    counts = {quiz.pk: 0 for quiz in quizzes}
    sizes, drawable = _sizes(quizzes), _drawable([quiz for quiz in quizzes if _draws(quiz)])
    known = {quiz.pk: quiz for quiz in quizzes}
    for quiz in quizzes:
        counts[quiz.pk] = len(list(_of_the_whole(quiz, sizes[quiz.pk], drawable[quiz.pk])))
    doubtful = Question.objects.filter(quiz__in=known).doubtful().defer("explanation", "search_text", "tags")
    options = QuestionOption.objects.defer("feedback")
    for question in doubtful.prefetch_related(Prefetch("options", options)):
        counts[question.quiz_id] += len(list(_faults_of(question, list(question.options.all()))))
    return counts


def _sizes(quizzes: Iterable[Quiz]) -> Counter[UUID]:
    rows = Question.objects.filter(quiz__in=quizzes).order_by()
    return Counter(dict(rows.values_list("quiz").annotate(Count("pk"))))


def _drawable(quizzes: Sequence[Quiz]) -> dict[UUID, list[Tagged]]:
    """Return what a draw reads of the questions of each quiz: as many as they are, told by groups."""
    found: dict[UUID, list[Tagged]] = defaultdict(list)
    rows = Question.objects.drawable().filter(quiz__in=quizzes).order_by()
    for quiz_id, tags, points, count in rows.values_list("quiz", "tags", "points").annotate(Count("pk")):
        found[quiz_id] += [_Alike(tags, points)] * count
    return found


@dataclass
class _Alike:
    """Stands for each of the questions that a draw cannot tell apart."""

    tags: list[str]
    points: Decimal


def _draws(quiz: Quiz) -> bool:
    return quiz.questions_per_attempt is not None or bool(quiz.draw_rules)


def _problems(quiz: Quiz, questions: list[Question]) -> list[Problem]:
    drawable = [one for one in questions if one.scoring != Question.Scoring.EXCLUDED]
    found = [*_of_the_whole(quiz, len(questions), drawable)]
    for number, question in enumerate(questions, start=1):
        found += problems_of_question(quiz, question, number)
    found += _warnings(quiz, questions)
    return sorted(found, key=lambda problem: not problem.is_blocking)


def problems_of_question(quiz: Quiz, question: Question, number: int) -> Iterator[Problem]:
    """Yield what is wrong with one question, `number` being its place in the quiz (reads its options)."""
    options = list(question.options.all())
    for code, sentence in _faults_of(question, options):
        yield Problem(
            code,
            _("Question %(number)d: %(fault)s") % {"number": number, "fault": sentence},
            question,
            page=_page(quiz, question),
        )


def _faults_of(question: Question, options: Sequence[QuestionOption]) -> Iterable[tuple[str, str]]:
    kind = Question.Type
    if question.type in Question.CHOICES:
        return _faults(question.type, options)
    if question.type in (kind.MATCHING, kind.ORDERING):
        return _faults_of_items(question.type, options)
    if question.type == kind.NUMERIC:
        return [("no_value", _("it needs a value."))] if question.numeric_value is None else []
    if question.type == kind.FILL_BLANK:
        return _faults_of_blanks(question)
    if question.type == kind.SHORT_ANSWER and not question.needs_grader and not question.accepted_answers:
        return [("no_accepted_answer", _("it needs an accepted answer, or a person who marks it."))]
    return []


def _faults_of_items(question_type: str, options: Sequence[QuestionOption]) -> Iterator[tuple[str, str]]:
    shown = [" ".join(option.text.split()) for option in options if option.text]
    if len(shown) < MIN_OPTIONS:
        yield "too_few_options", _("it needs at least two items.")
    if len(set(shown)) < len(shown):
        yield "duplicate_options", _("two items say the same.")
    if question_type == Question.Type.MATCHING and any(not option.match_text for option in options):
        yield "empty_pair", _("an item belongs to nothing.")


def _faults_of_blanks(question: Question) -> Iterator[tuple[str, str]]:
    places, accepted = question.blanks, question.accepted_answers
    if not places or sorted(places) != list(range(1, len(places) + 1)) or len(places) > MAX_OPTIONS:
        yield (
            "blanks_mismatch",
            _("write each blank once, [[1]], [[2]] and so on, without a gap; at most 20."),
        )
    elif len(accepted) != len(places):
        yield "blanks_mismatch", _("give the accepted answers of each blank, one line for each.")
    elif not all(accepted):
        yield "no_accepted_answer", _("a blank has no accepted answer.")


def _faults(question_type: str, options: Sequence[QuestionOption]) -> Iterator[tuple[str, str]]:
    right = sum(option.is_correct for option in options)
    if len(options) < MIN_OPTIONS:
        yield "too_few_options", _("it needs at least two options.")
        return
    if not right:
        yield "no_right_option", _("no option is marked as right.")
    if right == len(options) and question_type != Question.Type.MULTIPLE_CHOICE:
        yield "no_wrong_option", _("every option is marked as right.")
    texts = [" ".join(option.text.split()) for option in options]
    if len(set(texts)) < len(texts):
        yield "duplicate_options", _("two options say the same.")


def _of_the_whole(quiz: Quiz, size: int, drawable: Sequence[Tagged]) -> Iterator[Problem]:
    """Yield what blocks a quiz of `size` questions, whichever they are."""
    if not size:
        yield Problem("no_questions", _("Add at least one question."), quiz, page=_page(quiz))
    needs_closing = not quiz.show_score_immediately or quiz.review_policy == Quiz.ReviewPolicy.AFTER_CLOSE
    if needs_closing and quiz.available_until is None:
        sentence = _("Scores or right answers wait for the closing time: give one.")
        yield Problem("close_date_needed", sentence, quiz, page=_page(quiz))
    if quiz.available_until is not None and quiz.available_until <= timezone.now() and not quiz.is_published:
        sentence = _("The closing time is past: nobody could start.")
        yield Problem("window_over", sentence, quiz, page=_page(quiz))
    yield from _of_the_draw(quiz, drawable)
    if quiz.questions_per_attempt is None and size > Quiz.MAX_DRAWN:
        sentence = ngettext(
            "An attempt can have at most %(limit)d question.",
            "An attempt can have at most %(limit)d questions.",
            Quiz.MAX_DRAWN,
        )
        yield Problem("draw_too_large", sentence % {"limit": Quiz.MAX_DRAWN}, quiz, page=_page(quiz))


def _of_the_draw(quiz: Quiz, questions: Sequence[Tagged]) -> Iterator[Problem]:
    if not _draws(quiz):
        return
    tags = [rule["tag"] for rule in quiz.draw_rules]
    counts = sum(rule["count"] for rule in quiz.draw_rules)
    if quiz.draw_rules and (counts != quiz.questions_per_attempt or len(set(tags)) < len(tags)):
        sentence = _(
            "The counts of the pools do not add up to the questions in an attempt, or a tag stands twice."
        )
        yield Problem("draw_mismatch", sentence, quiz, page=_page(quiz))
        return
    for pool in pools_of(questions, quiz.questions_per_attempt, quiz.draw_rules):
        name = pool.tag or _("the rest")
        if pool.count > len(pool.members):
            sentence = _("“%(pool)s” has fewer questions than are to be drawn: %(size)d of %(count)d.")
            facts = {"pool": name, "size": len(pool.members), "count": pool.count}
            yield Problem("draw_too_large", sentence % facts, quiz, page=_page(quiz))
        elif pool.count < len(pool.members) and len({member.points for member in pool.members}) > 1:
            sentence = _(
                "The questions of “%(pool)s” have different points: attempts would have different maxima."
            )
            yield Problem("draw_uneven_points", sentence % {"pool": name}, quiz, page=_page(quiz))


def _warnings(quiz: Quiz, questions: Sequence[Question]) -> Iterator[Problem]:
    several = quiz.max_attempts is None or quiz.max_attempts > 1
    if quiz.type in Quiz.COUNTED and several and quiz.review_policy == Quiz.ReviewPolicy.AFTER_SUBMIT:
        yield Problem(
            "key_before_retry",
            _("The right answers are shown after each attempt, and the quiz can be tried again."),
            quiz,
            Severity.WARNING,
            _page(quiz),
        )
    if not quiz.shuffle_options and _same_place(questions):
        yield Problem(
            "same_place",
            _("The right option always stands in the same place. Shuffle the options, or move some."),
            quiz,
            Severity.WARNING,
            _page(quiz),
        )


def _same_place(questions: Iterable[Question]) -> bool:
    places = [
        [place for place, option in enumerate(question.options.all()) if option.is_correct]
        for question in questions
        if question.type == Question.Type.SINGLE_CHOICE
    ]
    return len(places) >= SAME_PLACE_FROM and len({tuple(place) for place in places}) == 1


def _page(quiz: Quiz, question: Question | None = None) -> str:
    page = reverse("admin:quizzes_quiz_change", args=[quiz.pk])
    return f"{page}#question-{question.pk}" if question else page
