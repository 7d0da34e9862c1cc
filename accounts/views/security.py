"""How one logs in: e-mail, password, second factors, and where one is logged in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.models import LoginSession
from accounts.models.open_sessions import open_sessions_of
from lms.lib.requests import AuthenticatedRequest


@require_safe
def security(request: AuthenticatedRequest) -> HttpResponse:
    """Show it all; each part has its own address to change it."""
    sessions = open_sessions_of(
        request.user, now=timezone.now(), current_browser=request.session.session_key or ""
    )
    context = {
        "sessions": sessions,
        "others": [one for one in sessions if not one.is_current],
        "factors": services.factors_of(request.user),
    }
    return render(request, "accounts/security.html", context)


@require_POST
def end_session(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """End one of the person's sessions."""
    if services.end_session(user=request.user, session_id=pk):
        messages.success(request, _("That session is ended."))
    else:
        messages.warning(request, _("That session was over already."))
    return redirect("accounts:security")


@require_POST
def end_other_sessions(request: AuthenticatedRequest) -> HttpResponse:
    """End every session of the person but this browser's."""
    services.end_sessions(
        user=request.user,
        reason=LoginSession.Reason.LOGOUT_ALL,
        keep_browser=request.session.session_key or "",
    )
    messages.success(request, _("All other sessions are ended."))
    return redirect("accounts:security")
