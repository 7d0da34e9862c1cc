"""The list of quizzes: what it shows of each, and its filter of what waits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quizzes import services
from quizzes.checklist import blocking_counts
from quizzes.models import Answer, Quiz


class QuizList(ChangeList):
    """The quizzes of a page with their figures: six queries more, whatever their number and that of their questions."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then what stands beside each row."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        figures = services.list_figures(rows)
        # A published quiz has no blocking ones: every change that would bring one is refused.
        blocking = blocking_counts([quiz for quiz in rows if not quiz.is_published])
        for quiz in rows:
            quiz.figures = figures[quiz.pk]
            quiz.blocking = blocking.get(quiz.pk, 0)
        self.result_list = rows


class WaitingFilter(admin.SimpleListFilter):
    """Quizzes with answers that wait for a person."""

    title = _("waiting for marks")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> QuerySet[Quiz]:
        waits = Exists(Answer.objects.waiting().filter(attempt__quiz=OuterRef("pk")))
        if self.value() == "yes":
            return queryset.filter(waits)
        return queryset.filter(~waits) if self.value() == "no" else queryset
