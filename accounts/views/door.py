"""The pages before one is inside: allauth's, with our verbs behind them and refusals shown where they belong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.exceptions import AlreadyVerified, LinkInvalid
from accounts.links import address_of_confirmation
from accounts.throttling import check_register_throttle
from lms.lib.errors import DomainError
from lms.lib.problems import not_a_fault
from lms.lib.requests import AuthenticatedRequest

View = Callable[..., HttpResponseBase]
TOLD_BY_STATUS = {403, 429, 503}


def private(view: View) -> View:
    """Keep a page out of every cache, the browser's own included: Back after logging out shows nothing."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return wrapped


class RefusalMixin:
    """What the verb behind a form refuses stands at its fields, and what was typed stays."""

    def form_valid(self: Any, form: Any) -> HttpResponseBase:
        try:
            return super().form_valid(form)  # type: ignore[misc, no-any-return]
        except DomainError as error:
            form.refuse(error)
            return self.form_invalid(form)  # type: ignore[no-any-return]

    def form_invalid(self: Any, form: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().form_invalid(form)  # type: ignore[misc]
        error: DomainError | None = form.refusal
        if error is not None and error.status in TOLD_BY_STATUS:
            response.status_code = error.status
            not_a_fault(response)
            for name, value in error.headers.items():
                response.headers[name] = value
        return response


class LoginView(RefusalMixin, allauth_views.LoginView):
    """Log in."""


class SignupView(RefusalMixin, allauth_views.SignupView):
    """Sign up; without mandatory proof one is inside at once."""

    def form_valid(self, form: Any) -> HttpResponseBase:
        try:
            check_register_throttle(self.request)
        except DomainError as error:
            form.refuse(error)
            return self.form_invalid(form)
        response = super().form_valid(form)
        if self.request.user.is_authenticated:
            messages.success(self.request, _("Welcome. Your account is ready."))
        return response

    def closed(self) -> HttpResponse:
        """403: nobody can sign up here; the page says who to ask."""
        response: HttpResponse = super().closed()
        response.status_code = 403
        return response


class PasswordResetView(RefusalMixin, allauth_views.PasswordResetView):
    """Ask for the mail with the link."""


class PasswordResetFromKeyView(RefusalMixin, allauth_views.PasswordResetFromKeyView):
    """Choose the new password; the key leaves the address at once."""

    success_url = reverse_lazy("account_login")


class PasswordChangeView(RefusalMixin, allauth_views.PasswordChangeView):
    """Change the password; this session stays."""

    def dispatch(self, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_usable_password():
            return redirect("account_reset_password")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "keep_browser": self.request.session.session_key or ""}


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def confirm_email(request: HttpRequest, key: str) -> HttpResponseBase:
    """Show a button, since mail scanners open links; the press confirms."""
    if request.method == "POST":
        return _confirm(request, key)
    address = address_of_confirmation(key)
    context = {"address": address, "is_done": bool(address and address.verified)}
    return render(request, "account/email_confirm.html", context, status=200 if address else 404)


def _confirm(request: HttpRequest, key: str) -> HttpResponseBase:
    try:
        services.confirm_email(key=key)
    except AlreadyVerified as error:
        messages.success(request, str(error))
    except LinkInvalid:
        return render(request, "account/email_confirm.html", {"address": None}, status=404)
    else:
        messages.success(request, _("Thank you. Your e-mail is confirmed."))
    return redirect("enrollments:dashboard" if request.user.is_authenticated else "account_login")
