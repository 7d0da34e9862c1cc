"""The pages of one's own second factors, and of giving the password again."""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlencode

import segno
from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import passkeys, services
from accounts.factor_forms import PasskeyForm, PasskeyNameForm, PasswordAgainForm, SetupCodeForm
from accounts.permissions import get_own_passkey
from lms.lib.errors import DomainError
from lms.lib.requests import AuthenticatedRequest

View = Callable[..., HttpResponse]
TOLD_BY_STATUS = {429, 503}
form_page = require_http_methods(["GET", "HEAD", "POST"])


def password_again(view: View) -> View:
    """Show the page only to who gave the password again in the last five minutes; ask the others for it."""

    @wraps(view)
    def wrapped(request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _is_fresh(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}")

    return wrapped


def _is_fresh(request: AuthenticatedRequest) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    # Who has no password here proves the same by having just come from the provider, or with a passkey.
    others = set() if request.user.has_usable_password() else {"socialaccount", "mfa"}
    return any(
        record["at"] > since and (record.get("reauthenticated") or record["method"] in others)
        for record in get_authentication_records(request, request.user)
    )


@form_page
def reauthenticate(request: AuthenticatedRequest) -> HttpResponse:
    """Ask for the password again, and go on to `next`."""
    form = PasswordAgainForm(request.POST or None)
    going_on = _next_of(request)
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_password(user=request.user, password=form.cleaned_data["password"])
        except DomainError as error:
            form.refuse(error)
        else:
            reauthenticate_by_password(request)
            return redirect(going_on)
    context = {"form": form, "next": going_on, "has_password": request.user.has_usable_password()}
    return _answer(request, "account/reauthenticate.html", context)


def _next_of(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if get_adapter(request).is_safe_url(asked) else reverse("mfa_index")


@require_safe
def index(request: AuthenticatedRequest) -> HttpResponse:
    """Show one's second factors."""
    context = {"factors": services.factors_of(request.user), "is_needed": request.user.must_set_up_mfa}
    return render(request, "mfa/index.html", context)


@form_page
@password_again
def activate_totp(request: AuthenticatedRequest) -> HttpResponse:
    """Show the QR code for an authenticator app; turn it on with its first code."""
    form = SetupCodeForm(request.POST or None)
    try:
        setup = services.start_totp(user=request.user)
    except DomainError as error:
        return _told(request, error)
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_totp(user=request.user, code=form.cleaned_data["code"])
        except DomainError as error:
            form.refuse(error)
        else:
            return _added(request, _("Your authenticator app is on."))
    qr = segno.make(setup.otpauth_url, error="m").svg_data_uri(scale=5, border=3, light="#fff")
    return _answer(request, "mfa/activate_totp.html", {"form": form, "setup": setup, "qr": qr})


@form_page
@password_again
def deactivate_totp(request: AuthenticatedRequest) -> HttpResponse:
    """Ask once, then remove the authenticator app."""
    if request.method != "POST":
        return render(request, "mfa/deactivate_totp.html", {"factors": services.factors_of(request.user)})
    try:
        services.remove_totp(user=request.user)
    except DomainError as error:
        return _told(request, error)
    messages.success(request, _("The authenticator app is removed."))
    return redirect("mfa_index")


@require_safe
@password_again
def recovery_codes(request: AuthenticatedRequest) -> HttpResponse:
    """Show new recovery codes, once; later only how many are left."""
    codes = services.show_recovery_codes(user=request.user) if request.method == "GET" else []
    factors = services.factors_of(request.user)
    if factors.recovery is None:
        return redirect("mfa_index")
    name = _("Recovery codes")
    text = f"{name}: {request.get_host()}\n\n" + "\n".join(codes) + "\n"
    context = {"codes": codes, "factors": factors, "download": f"data:text/plain;charset=utf-8,{quote(text)}"}
    return render(request, "mfa/recovery_codes.html", context)


@form_page
@password_again
def new_recovery_codes(request: AuthenticatedRequest) -> HttpResponse:
    """Ask once, then make new recovery codes and show them."""
    if request.method != "POST":
        factors = services.factors_of(request.user)
        return render(request, "mfa/new_recovery_codes.html", {"factors": factors})
    try:
        services.new_recovery_codes(user=request.user)
    except DomainError as error:
        return _told(request, error)
    return redirect("mfa_view_recovery_codes")


@form_page
@password_again
def add_passkey(request: AuthenticatedRequest) -> HttpResponse:
    """Have the browser make a passkey, and keep it."""
    form = PasskeyForm(request.POST or None)
    try:
        services.refuse_unproven(request.user)
    except DomainError as error:
        return _told(request, error)
    if request.method == "POST" and form.is_valid():
        try:
            credential = passkeys.read_new_passkey(form.cleaned_data["credential"])
            services.add_passkey(user=request.user, name=form.cleaned_data["name"], credential=credential)
        except DomainError as error:
            form.refuse(error)
        else:
            return _added(request, _("Your passkey is added."))
    options = json.dumps(passkeys.creation_options(request.user))
    return _answer(request, "mfa/add_passkey.html", {"form": form, "options": options})


@form_page
def rename_passkey(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Give a passkey another name."""
    passkey = get_own_passkey(request.user, pk)
    form = PasskeyNameForm(request.POST or None, initial={"name": passkey.data["name"]})
    if request.method == "POST" and form.is_valid():
        services.rename_passkey(user=request.user, passkey_id=pk, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("mfa_index")
    return render(request, "mfa/rename_passkey.html", {"form": form, "passkey": passkey})


@form_page
@password_again
def remove_passkey(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ask once, then remove a passkey."""
    passkey = get_own_passkey(request.user, pk)
    if request.method != "POST":
        return render(request, "mfa/remove_passkey.html", {"passkey": passkey})
    try:
        services.remove_passkey(user=request.user, passkey_id=pk)
    except DomainError as error:
        return _told(request, error)
    messages.success(request, _("The passkey is removed."))
    return redirect("mfa_index")


def _added(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("mfa_view_recovery_codes")


def _told(request: HttpRequest, error: DomainError) -> HttpResponse:
    messages.error(request, str(error))
    return redirect("mfa_index")


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context)
    error: DomainError | None = context["form"].refusal
    if error is not None and error.status in TOLD_BY_STATUS:
        response.status_code = error.status
        for name, value in error.headers.items():
            response.headers[name] = value
    return response
