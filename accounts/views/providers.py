"""Signing in with an account elsewhere: leaving, coming back, and what is connected."""

from typing import Any

import structlog
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.exceptions import MfaSetupRequired, ProviderFailed
from accounts.oidc import Adapter
from accounts.views.factors import form_page, password_again
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest

log = structlog.get_logger("security")


@require_POST
@login_not_required
def leave(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Send the browser to the provider, to log in there or, with `process=connect`, to connect that account."""
    if request.POST.get("process") == AuthProcess.CONNECT:
        return _leave_to_connect(request, provider_id=provider_id)
    return _leave(request, provider_id, AuthProcess.LOGIN)


@login_required
@password_again
def _leave_to_connect(request: AuthenticatedRequest, *, provider_id: str) -> HttpResponse:
    if request.user.must_set_up_mfa:
        raise MfaSetupRequired
    return _leave(request, provider_id, AuthProcess.CONNECT)


def _leave(request: HttpRequest, provider_id: str, process: str) -> HttpResponse:
    asked = request.POST.get("next", "")
    next_url = asked if get_account_adapter(request).is_safe_url(asked) else None
    try:
        provider = get_adapter(request).get_provider(request, provider_id)
        answer = provider.redirect(request, process, next_url=next_url)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except OAuth2Error as error:
        log.error("provider_failed", provider=provider_id, error=type(error.__cause__ or error).__name__)
        raise ProviderFailed(next_url=reverse("account_login")) from error
    # A page that goes on by itself, no redirect: `form-action 'self'` would hold that up, for the browser
    # counts every address after a form as its target, and providers redirect on to places nobody knows here.
    return render(request, "socialaccount/leaving.html", {"name": provider.name, "url": answer.url})


@require_safe
@login_not_required
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take what the provider says, and sign in or connect."""
    view = OAuth2CallbackView.adapter_view(Adapter(request, provider_id))
    try:
        response: HttpResponseBase = view(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except OAuth2Error as error:
        log.error("provider_failed", provider=provider_id, error=type(error.__cause__ or error).__name__)
        raise ProviderFailed(next_url=reverse("account_login")) from error
    return response


@form_page
def connections(request: AuthenticatedRequest) -> HttpResponse:
    """Show which accounts elsewhere are connected; disconnect one."""
    if request.method == "POST":
        return _disconnect(request)
    return render(request, "socialaccount/connections.html", {"accounts": _with_names(request)})


def _with_names(request: AuthenticatedRequest) -> list[dict[str, Any]]:
    names = {app.provider_id: app.name for app in get_adapter(request).list_apps(request)}
    return [
        {
            "pk": row.pk,
            "name": names.get(row.provider, row.provider),
            "email": row.extra_data.get("email", ""),
        }
        for row in services.providers_of(request.user)
    ]


@password_again
def _disconnect(request: AuthenticatedRequest) -> HttpResponse:
    chosen = request.POST.get("account", "")
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 18:
        raise Http404
    try:
        services.disconnect_provider(user=request.user, account_id=int(chosen))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Disconnected."))
    return redirect("socialaccount_connections")
