"""REQUIRE_MFA_FOR_STAFF on the pages; for the API see accounts.authentication."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from lms.lib.problems import is_api_request

# What staff reach before they have a second factor: setting one up, what that asks for, and leaving.
SET_UP = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "account_reauthenticate",
        "account_logout",
        "account_confirm_email",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "accounts:resend_confirmation",
        "accounts:avatar",
        "openid_connect_login",
        "openid_connect_callback",
        "set_language",
    }
)


class StaffPolicyMiddleware:
    """Leads staff without a second factor to the page that sets one up, whatever they ask for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer instead of the view where the policy asks for it."""
        match = request.resolver_match
        if is_api_request(request) or (match and match.view_name in SET_UP):
            return None
        if not request.user.is_authenticated or not request.user.must_set_up_mfa:
            return None
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect(redirect("mfa_index").url)
        return redirect("mfa_index")


staff_policy = StaffPolicyMiddleware
