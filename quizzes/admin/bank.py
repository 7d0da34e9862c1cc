"""The bank in the admin: own questions with their keys, to be copied into a quiz."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from courses.exceptions import LimitReached
from courses.models import Course
from lms.lib.requests import person_of
from quizzes import services
from quizzes.admin.question_form import QuestionEditor
from quizzes.exceptions import field_error
from quizzes.models import Question, Quiz
from quizzes.models.question import QuestionQuerySet

PAGE = 20
MOST = 100  # copied at once


class BankForm(forms.Form):
    """What to look for; every field may be empty."""

    q = forms.CharField(
        label=_("Search in questions and tags"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"class": "in", "type": "search", "dir": "auto"}),
    )
    type = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("All types")), *Question.Type.choices],
        widget=forms.Select({"class": "in"}),
    )
    tag = forms.CharField(
        label=_("Tag"),
        required=False,
        max_length=50,
        widget=forms.TextInput({"class": "in", "dir": "auto"}),
    )
    course = forms.ModelChoiceField(
        Course.objects.none(),
        label=_("Course"),
        required=False,
        empty_label=_("All courses"),
        widget=forms.Select({"class": "in"}),
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET)
        asked: Any = self.fields["course"]
        asked.queryset = Course.objects.editable_by(request.user).filter(quizzes__isnull=False).distinct()
        asked.queryset = asked.queryset.order_by("title")

    def found(self, rows: QuestionQuerySet) -> QuestionQuerySet:
        """Return those of `rows` that fit; what cannot be read is left out of the search."""
        self.is_valid()
        asked = self.cleaned_data
        rows = rows.searched(asked.get("q") or "")
        if asked.get("type"):
            rows = rows.filter(type=asked["type"])
        if asked.get("tag"):
            rows = rows.tagged(asked["tag"])
        return rows.filter(quiz__course=asked["course"]) if asked.get("course") else rows


def bank_page(site: AdminSite, request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """Show own questions of other quizzes, newest first, each with its key and a box to choose it."""
    form = BankForm(request)
    rows = form.found(Question.objects.editable_by(request.user)).exclude(quiz=quiz)
    rows = rows.select_related("quiz__course").prefetch_related("options", "pictures", "review_pictures")
    page = Paginator(rows.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        **site.each_context(request),
        "title": _("Copy questions into “%(title)s”") % {"title": quiz.title},
        "quiz": quiz,
        "form": form,
        "page": page,
        "editors": [QuestionEditor(question.quiz, question) for question in page],
        "opts": Quiz._meta,
    }
    return render(request, "admin/quizzes/bank.html", context)


def copy_chosen(quiz: Quiz, request: HttpRequest) -> tuple[str, Any]:
    """Copy the questions whose boxes were ticked to the end of the quiz."""
    try:
        chosen = [UUID(pk) for pk in dict.fromkeys(request.POST.getlist("chosen"))]
    except ValueError:
        chosen = []
    if not chosen:
        raise field_error("chosen", "required", _("Choose at least one question."))
    if len(chosen) > MOST:
        raise LimitReached(MOST)
    made = services.copy_questions(quiz=quiz, question_ids=chosen, by=person_of(request))
    return f"#question-{made[0].pk}", _("Copied: %(count)d.") % {"count": len(made)}
