"""The second step of signing in, and signing in with a passkey alone."""

import json
from typing import Any

import structlog
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as allauth_views
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from accounts import passkeys, services
from accounts.exceptions import MfaTokenInvalid, PasskeyInvalid
from accounts.factor_forms import SecondStepForm, SecondStepPasskeyForm
from accounts.stages import SecondStepStage
from accounts.views.factors import TOLD_BY_STATUS, form_page

log = structlog.get_logger("security")


@method_decorator(login_stage_required(SecondStepStage.key, "account_login"), name="dispatch")
class SecondStepView(allauth_views.AuthenticateView):
    """Asks for a code or a passkey; only who gave the password before gets here, and is nobody until it fits."""

    template_name = "mfa/authenticate.html"
    stage: SecondStepStage

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request._login_stage.is_stale:  # type: ignore[attr-defined]  # set by allauth's decorator
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response
        clear_login(request)
        messages.warning(request, str(MfaTokenInvalid.message))
        return redirect("account_login")

    def get_form_class(self) -> type[SecondStepForm]:
        return SecondStepForm

    def get_webauthn_form_class(self) -> type[SecondStepPasskeyForm]:
        return SecondStepPasskeyForm

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.refusal is not None and form.refusal.status in TOLD_BY_STATUS:
            response.status_code = form.refusal.status
            for name, value in form.refusal.headers.items():
                response.headers[name] = value
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = context.pop("js_data", {}).get("request_options", {})
        methods = services.factors_of(self.stage.login.user).methods
        return {**context, "options": json.dumps(options), "methods": methods}


@form_page
@login_not_required
def login_with_passkey(request: HttpRequest) -> HttpResponseBase:
    """Give a script the challenge; sign in with the answer."""
    if request.user.is_authenticated:
        return redirect("home")
    if request.method != "POST":
        return JsonResponse(passkeys.request_options())
    try:
        passkey = passkeys.passkey_used(request.POST.get("credential", ""))
    except PasskeyInvalid as error:
        log.warning("passkey_failed")
        messages.error(request, str(error.errors[0].message))
        return redirect("account_login")
    log.info("sign_in", user=str(passkey.user_id), by="passkey")
    login = Login(user=passkey.user, redirect_url=get_next_redirect_url(request))
    response: HttpResponseBase = perform_passwordless_login(request, passkey, login)
    return response
