"""One question with its options as a form; it saves through the verbs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseFormSet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.models import User
from lms.lib.admin import sentences
from lms.lib.errors import DomainError
from lms.lib.markdown import render_line, render_markdown
from lms.lib.stale import fingerprint_of, refuse_overwriting
from lms.lib.text import listed, names_in
from quizzes import services
from quizzes.admin.pictures import inserted_picture
from quizzes.admin.question_fields import OptionForm, QuestionForm
from quizzes.checklist import MAX_OPTIONS
from quizzes.exceptions import NotFound
from quizzes.expected import expected_words, plain
from quizzes.models import Question, Quiz
from quizzes.pictures import ImageUrl, no_picture, shown
from quizzes.services import OptionDraft

BLANK_ROWS_NEW = 4
BLANK_ROWS = 2


class QuestionEditor:
    """Both together, for a stored question or a new one (`question` None)."""

    def __init__(
        self,
        quiz: Quiz,
        question: Question | None = None,
        *,
        data: QueryDict | None = None,
        files: Any = None,
        by: User | None = None,
        is_met: bool = False,
    ) -> None:
        self.quiz, self.question, self.is_met, self.by = quiz, question, is_met, by
        self.language = quiz.course.language
        self.prefix = f"q-{question.pk}" if question else "new"
        blanks = 0 if is_met else BLANK_ROWS if question else BLANK_ROWS_NEW
        rows = forms.formset_factory(
            OptionForm, extra=blanks, max_num=MAX_OPTIONS, absolute_max=MAX_OPTIONS + 5
        )
        self.form = QuestionForm(data, files, prefix=self.prefix, initial=_initial(question))
        self.options: BaseFormSet[Any] = rows(
            data, prefix=f"{self.prefix}-options", initial=_option_rows(question)
        )
        if is_met:
            self.form.fields["type"].disabled = True

    @property
    def html(self) -> SafeString:
        """The question as students read it."""
        text = self.question.text if self.question else ""
        return render_markdown(text, language=self.language, image_url=self._image_url)

    @cached_property
    def _image_url(self) -> ImageUrl:
        """Where the question's pictures are (no query where both relations are prefetched)."""
        question = self.question
        return shown([*question.pictures.all(), *question.review_pictures.all()]) if question else no_picture

    @property
    def key(self) -> list[tuple[SafeString, bool]]:
        """The options as students read them, and which are right."""
        if self.question is None or self.question.type not in Question.CHOICES:
            return []
        return [(self._line(o.text), o.is_correct) for o in _stored(self.question)]

    @property
    def key_lines(self) -> list[SafeString]:
        """What is right where nothing is chosen: pairs, the order, accepted words, the value."""
        question = self.question
        if question is None or question.type in Question.CHOICES:
            return []
        if question.type == Question.Type.MATCHING:
            return [
                format_html("{} → {}", self._line(o.text) or "–", self._line(o.match_text))
                for o in _stored(question)
            ]
        if question.type == Question.Type.ORDERING:
            return [
                format_html("{}. {}", n, self._line(o.text)) for n, o in enumerate(_stored(question), start=1)
            ]
        facts = {f"question__{name}": getattr(question, name) for name in TYPED_KEY}
        return [format_html("<bdi>{}</bdi>", words) for words in expected_words(question.type, facts)]

    def _line(self, text: str) -> SafeString:
        return render_line(text, language=self.language, image_url=self._image_url)

    @property
    def errors(self) -> list[str]:
        """Everything that is wrong with the rows and the whole, for above the form."""
        of_rows: Any = self.options.errors
        rows = [error for row in of_rows for errors in row.values() for error in errors]
        return [*self.form.non_field_errors(), *self.options.non_form_errors(), *rows]

    @property
    def is_open(self) -> bool:
        return self.form.is_bound

    @property
    def fingerprint(self) -> str:
        """What the question and its options hold now; the page sends it back as `seen`."""
        return fingerprint_of([_initial(self.question), _option_rows(self.question)])

    @property
    def is_stale(self) -> bool:
        """Whether somebody else has saved since the page was made that sent this."""
        seen = self.form.data.get("seen")
        return self.question is not None and bool(seen) and seen != self.fingerprint

    def save(self) -> Question | None:
        """Write what was sent; None, with the errors in the form, when it does not fit or is stale."""
        if not (self.form.is_valid() and self.options.is_valid()) or self._is_refused():
            return None
        try:
            kind, fields = self._fields()
            with transaction.atomic():
                self._hold()
                return None if self._is_refused() else self._write(kind, fields)
        except (DomainError, ValidationError) as error:
            for sentence in dict.fromkeys(sentences(error)):
                self.form.add_error(None, sentence)
            return None

    def _is_refused(self) -> bool:
        """Tell in the form who has saved in the meantime, and what stands now."""
        if not self.is_stale or self.question is None or self.by is None:
            return False
        refuse_overwriting(self.form, self.question, self.by)
        if rows := _option_rows(self.question):
            lines = [gettext("The options that stand now:"), *(_option_words(row) for row in rows)]
            self.form.add_error(None, [ValidationError(line, code="stale") for line in lines])
        return True

    def _hold(self) -> None:
        """Wait for whoever saves a question of this quiz now, and read what they wrote."""
        services.lock_quiz(self.quiz)
        if self.question is None:
            return
        self.question = self.quiz.questions.filter(pk=self.question.pk).first()
        if self.question is None:
            raise NotFound
        self.question.quiz = self.quiz
        self.form.initial = _initial(self.question)

    def _fields(self) -> tuple[str, Any]:
        data = self.form.cleaned_data
        kind = data["type"]
        fields: Any = {name: data[name] for name in ("text", "points", "explanation")}
        fields["text"] += inserted_picture(data["picture"], data["picture_alt"], self.by)
        fields |= {"scoring": data["scoring"] or Question.Scoring.NORMAL, "tags": names_in(data["tags"])}
        typed: dict[str, Any] = {
            **{name: data[name] for name in OF_SOME_TYPES},
            "tolerance": data["tolerance"] or Decimal(0),
            "tolerance_kind": data["tolerance_kind"] or Question.ToleranceKind.ABSOLUTE,
            "accepted_answers": _accepted(kind, data),
        }
        fields |= {name: value for name, value in typed.items() if kind in Question.ONLY_ON[name]}
        fields.pop("needs_grader", None) if kind == Question.Type.ESSAY else None
        if kind in Question.WITH_OPTIONS:
            fields["options"] = self._true_false() if kind == Question.Type.TRUE_FALSE else self._drafts()
        return kind, fields

    def _write(self, kind: str, fields: Any) -> Question:
        if self.question is None:
            return services.add_question(quiz=self.quiz, type=kind, by=self.by, **fields)
        return services.update_question(question=self.question, type=kind, by=self.by, **fields)

    def _true_false(self) -> list[OptionDraft]:
        data, stored = self.form.cleaned_data, _stored(self.question)
        is_kept = (
            self.question is not None and self.question.type == Question.Type.TRUE_FALSE and len(stored) == 2
        )
        ids = [option.pk for option in stored] if is_kept else [None, None]
        is_true = data["answer"] != "false"
        return [
            OptionDraft("", is_true, data["feedback_true"], ids[0]),
            OptionDraft("", not is_true, data["feedback_false"], ids[1]),
        ]

    def _drafts(self) -> list[OptionDraft]:
        kind, known = self.form.cleaned_data["type"], {option.pk for option in _stored(self.question)}
        is_pair = kind == Question.Type.MATCHING
        sent = [row.cleaned_data for row in self.options.forms if row.cleaned_data]
        rows = [row for row in sent if row["text"].strip() or (is_pair and row["match_text"].strip())]
        rows.sort(key=lambda row: row.get("place") or MAX_OPTIONS + 1)
        chosen = kind in Question.CHOICES
        return [
            OptionDraft(
                row["text"],
                chosen and row["is_correct"],
                row["feedback"],
                row["id"] if row["id"] in known else None,  # one that another author removed is made anew
                row["match_text"] if is_pair else "",
            )
            for row in rows
        ]


def sent_as_new(quiz: Quiz, data: QueryDict, by: User, why: str) -> QuestionEditor:
    """Return what was sent for a question that is gone, in the form of a new one, with the sentence that says so."""
    old = f"q-{data.get('question', '')}-"
    kept = {name.replace(old, "new-", 1): data.getlist(name) for name in data}
    renamed = QueryDict(mutable=True)
    for name, values in kept.items():
        renamed.setlist(name, values)
    editor = QuestionEditor(quiz, data=renamed, by=by)
    editor.form.add_error(None, why)
    return editor


OF_SOME_TYPES = (
    "partial_credit",
    "case_sensitive",
    "needs_grader",
    "numeric_value",
    "min_words",
    "max_words",
)
TYPED_KEY = ("accepted_answers", "numeric_value", "tolerance", "tolerance_kind")


def _accepted(kind: str, data: dict[str, Any]) -> list[Any]:
    if kind == Question.Type.FILL_BLANK:
        return [_parts(line, "|") for line in data["blank_answers"].splitlines() if line.strip()]
    return _parts(data["accepted"], "\n")


def _parts(text: str, divider: str) -> list[str]:
    return [part.strip() for part in text.split(divider) if part.strip()]


def _short(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _stored(question: Question | None) -> list[Any]:
    return list(question.options.all()) if question else []


def _initial(question: Question | None) -> dict[str, Any]:
    if question is None:
        return {}
    own = ("type", "text", "points", "explanation", "scoring", "tolerance", "tolerance_kind", *OF_SOME_TYPES)
    found = {name: getattr(question, name) for name in own}
    found |= {name: _short(found[name]) for name in ("numeric_value", "tolerance")}
    found["tags"] = listed(question.tags)
    if question.type == Question.Type.FILL_BLANK:
        found["blank_answers"] = "\n".join(" | ".join(texts) for texts in question.accepted_answers)
    else:
        found["accepted"] = "\n".join(question.accepted_answers)
    if question.type == Question.Type.TRUE_FALSE and len(options := _stored(question)) == 2:
        found |= {
            "answer": "true" if options[0].is_correct else "false",
            "feedback_true": options[0].feedback,
            "feedback_false": options[1].feedback,
        }
    return found


def _option_words(row: dict[str, Any]) -> str:
    """Return an option in a line, its words kept apart from the sentence's own direction."""
    words = "\u2068“{}”\u2069".format(" – ".join(text for text in (row["text"], row["match_text"]) if text))
    if row["is_correct"]:
        words += f" ({gettext('right')})"
    return f"{words}: \u2068{row['feedback']}\u2069" if row["feedback"] else words


def _option_rows(question: Question | None) -> list[dict[str, Any]]:
    if question is None or question.type == Question.Type.TRUE_FALSE:
        return []
    return [
        {
            "id": o.pk,
            "text": o.text,
            "match_text": o.match_text,
            "feedback": o.feedback,
            "is_correct": o.is_correct,
            "place": place,
        }
        for place, o in enumerate(_stored(question), start=1)
    ]
