"""Marking a quiz again, in the admin: who gains and who loses, and only then the order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.lib.admin import add_refusal
from lms.lib.errors import DomainError
from lms.lib.requests import person_of
from quizzes import services
from quizzes.models import Quiz

MAX_ROWS = 500  # of the table; all are counted


class HowForm(forms.Form):
    """What the preview is made with; another choice makes another preview."""

    use_current_passing_score = forms.BooleanField(
        label=_("With the present pass mark"),
        required=False,
        help_text=_("Else each attempt keeps the pass mark that it was started with."),
    )
    allow_unpass = forms.BooleanField(
        label=_("Take passes away"),
        required=False,
        help_text=_("Else whoever has passed stays passed, with the new score."),
    )


class OrderForm(HowForm):
    """The order: the preview that was looked at, and why."""

    token = forms.CharField(max_length=100, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        min_length=3,
        max_length=500,
        help_text=_("It stays in the audit trail."),
        widget=forms.TextInput({"class": "in", "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in HowForm.base_fields:
            self.fields[name].widget = forms.HiddenInput()


def regrade_page(admin: Any, request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """Show who gains and who loses; POST orders exactly that, or says why not and shows it anew."""
    sent = OrderForm(request.POST.dict()) if request.method == "POST" else None
    if sent is not None and sent.is_valid():
        try:
            count = services.order_regrade(quiz=quiz, by=person_of(request), **sent.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(sent, error)
        else:
            done = ngettext(
                "%(count)d attempt is being marked again.",
                "%(count)d attempts are being marked again.",
                count,
            )
            messages.success(request, done % {"count": count})
            return redirect(reverse("admin:quizzes_quiz_change", args=[quiz.pk]))
    return render(request, "admin/quizzes/regrade.html", _context(admin, request, quiz, sent))


def _context(admin: Any, request: HttpRequest, quiz: Quiz, sent: OrderForm | None) -> dict[str, Any]:
    chosen = HowForm(sent.data if sent is not None else request.GET)
    chosen.is_valid()
    how = {name: bool(chosen.cleaned_data.get(name)) for name in HowForm.base_fields}
    preview = services.preview_regrade(quiz, **how)
    fresh = {**how, "token": preview.token}
    order = OrderForm(initial=fresh)
    if sent is not None:  # its reason and errors, with the token of what is shown now
        order = OrderForm({**sent.data, "token": preview.token}, initial=fresh)
        order.errors.update(sent.errors)
    return {
        **admin.admin_site.each_context(request),
        "title": _("Mark again"),
        "quiz": quiz,
        "state": services.regrade_state(quiz),
        "preview": preview,
        "rows": preview.changes[:MAX_ROWS],
        "how": HowForm(initial=how),
        "order": order,
        "opts": admin.opts,
    }
