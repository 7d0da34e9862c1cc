"""What this site knows about me, and leaving it."""

import json

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.forms import CloseAccountForm
from accounts.throttling import check_export_throttle
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest


@require_safe
def privacy(request: AuthenticatedRequest) -> HttpResponse:
    """Offer the download, and the way out with what happens and when."""
    return _show(request, CloseAccountForm())


@require_POST
def download_my_data(request: AuthenticatedRequest) -> HttpResponse:
    """Give everything about this person as one JSON file; three times a day, with the API's."""
    check_export_throttle(request)
    text = json.dumps(
        services.export_personal_data(request.user), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2
    )
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


@require_POST
def close_account(request: AuthenticatedRequest) -> HttpResponse:
    """Deactivate the account and note the wish to be erased."""
    form = CloseAccountForm(request.POST)
    if form.is_valid():
        try:
            services.request_erasure(user=request.user, password=form.cleaned_data["password"])
        except DomainError as error:
            form.refuse(error)
        else:
            return _leave(request)
    return _show(request, form)


def _leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(
        request, _("Your account is closed. We have sent you a mail that says what happens next.")
    )
    return redirect("home")


def _show(request: AuthenticatedRequest, form: CloseAccountForm) -> HttpResponse:
    context = {"form": form, "erasure_days": settings.ERASURE_AFTER_DAYS}
    response = render(request, "accounts/privacy.html", context)
    if form.refusal is not None and form.refusal.status != 422:
        response.status_code = form.refusal.status
        for name, value in form.refusal.headers.items():
            response.headers[name] = value
    return response
