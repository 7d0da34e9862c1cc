"""Logging in to the API, keeping the login alive, ending it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts import services, tokens
from accounts.api import mfa_serializers, serializers
from accounts.api.cookies import delete_refresh_cookie, refresh_cookie, set_refresh_cookie
from accounts.authentication import PersonRequest, bearer_token, session_for_access
from accounts.crowd import signing_in
from accounts.exceptions import TokenInvalid, TokenMissing
from accounts.models import LoginSession, User
from accounts.throttling import RefreshThrottle, check_sign_in_throttle
from accounts.tokens import TokenPair
from lms.lib.api import ApiView
from lms.lib.errors import DomainError
from lms.lib.serializers import StrictSerializer

REFRESH_SOON = 300  # seconds before the end of an access token
MFA_REQUIRED = OpenApiResponse(
    mfa_serializers.MfaRequiredSerializer,
    description="Wrong credentials, or `mfa_required`: then with `mfa_token` and `methods`.",
)


class PublicAuthView(ApiView):
    """Open to everybody; whatever the Authorization header holds is not looked at."""

    authentication_classes: Sequence[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]  # one comes here to sign in
    throttle_classes: Sequence[type[BaseThrottle]] = []
    max_body = 64 * 1024

    def read(self, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
        """Return the checked body."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data


def _seconds_left(end: datetime) -> int:
    return max(0, int((end - timezone.now()).total_seconds()))


def _answer(pair: TokenPair, *, in_cookie: bool, **more: Any) -> Response:
    body = {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": _seconds_left(pair.access_expires_at),
        "refresh_expires_in": _seconds_left(pair.refresh_expires_at),
        **more,
    }
    if not in_cookie:
        body["refresh_token"] = pair.refresh_token
    response = Response(body)
    if in_cookie:
        set_refresh_cookie(response, pair.refresh_token, pair.refresh_expires_at)
    return response


class LoginView(PublicAuthView):
    """Log in with e-mail and password."""

    @extend_schema(
        operation_id="auth_login",
        request=serializers.LoginSerializer,
        responses={200: serializers.LoginAnswerSerializer, 401: MFA_REQUIRED},
    )
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password for an access token and a refresh token.

        Where a second factor is on: 401 `mfa_required`, with an `mfa_token` for `POST /auth/mfa/verify`.
        """
        data = self.read(serializers.LoginSerializer)
        check_sign_in_throttle(request._request)
        with signing_in():
            user = services.sign_in(email=data["email"], password=data["password"])
        in_cookie = data["refresh_in_cookie"]
        services.require_second_step(user, refresh_in_cookie=in_cookie)
        return _signed_in(request, user, in_cookie=in_cookie)


class MfaVerifyView(PublicAuthView):
    """Finish logging in with a second factor."""

    @extend_schema(
        operation_id="auth_mfa_verify",
        request=mfa_serializers.SecondStepSerializer,
        responses={200: serializers.LoginAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Exchange the `mfa_token` and a code for tokens, as `login` without a second factor gives them."""
        step = services.take_second_step(**self.read(mfa_serializers.SecondStepSerializer))
        return _signed_in(request, step.user, in_cookie=step.refresh_in_cookie)


def _signed_in(request: Request, user: User, *, in_cookie: bool) -> Response:
    pair = services.open_session(user=user, user_agent=request.headers.get("User-Agent", ""))
    return _answer(pair, in_cookie=in_cookie, user=serializers.UserSerializer(user).data)


class RefreshView(PublicAuthView):
    """Keep a login alive."""

    throttle_classes = [RefreshThrottle]

    @extend_schema(
        operation_id="auth_refresh",
        request=serializers.RefreshSerializer,
        responses={200: serializers.RefreshAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token, of the body or the cookie, for a new pair."""
        data = self.read(serializers.RefreshSerializer)
        is_silent = data["silent"]
        body_token = data.get("refresh_token", "")
        token = body_token or refresh_cookie(request._request)
        try:
            if not token:
                raise TokenMissing
            pair = services.rotate(refresh_token=token, user_agent=request.headers.get("User-Agent", ""))
        except DomainError as error:
            return self._refused(error, has_token=bool(token), is_silent=is_silent)
        more = {"status": "refreshed"} if is_silent else {}
        return _answer(pair, in_cookie=not body_token, **more)

    def _refused(self, error: DomainError, *, has_token: bool, is_silent: bool) -> Response:
        if is_silent:
            response = Response({"status": "expired" if has_token else "no_token"})
        else:
            response = self.handle_exception(error)
        delete_refresh_cookie(self.request._request, response)
        return response


class LogoutView(PublicAuthView):
    """End a login."""

    @extend_schema(
        operation_id="auth_logout",
        request=serializers.LogoutSerializer,
        responses={204: OpenApiResponse(description="Ended, or there was nothing to end.")},
    )
    def post(self, request: Request) -> Response:
        """End the login of the refresh token, the cookie or the access token; nothing valid is fine too."""
        candidates = [self._body_token(), refresh_cookie(request._request), self._access_token()]
        for raw in candidates:
            session_id = tokens.session_of(raw) if isinstance(raw, str) and raw else None
            if session_id is not None:
                services.revoke(session_id=session_id)
        response = Response(status=204)
        delete_refresh_cookie(request._request, response)
        return response

    def _body_token(self) -> Any:
        try:
            body = self.request.data
        except APIException:  # whatever came, leaving must work
            return None
        return body.get("refresh_token") if isinstance(body, dict) else None

    def _access_token(self) -> str | None:
        try:
            return bearer_token(self.request._request)
        except TokenInvalid:
            return None


class TokenStatusView(PublicAuthView):
    """Look at an access token."""

    @extend_schema(operation_id="auth_token_status", responses={200: serializers.TokenStatusSerializer})
    def get(self, request: Request) -> Response:
        """Say whether the access token of the Authorization header is good, and for how long. Never an error."""
        try:
            raw = bearer_token(request._request)
            if raw is None:
                raise TokenMissing
            session = session_for_access(raw)
        except DomainError as error:
            return Response(_status(code=error.code))
        claims = tokens.read_access(raw)
        seconds = _seconds_left(claims.expires_at)
        return Response(
            _status(
                valid=True,
                expires_at=claims.expires_at,
                seconds_left=seconds,
                should_refresh=seconds < REFRESH_SOON,
                user_id=session.user_id,
                session_id=session.pk,
            )
        )


def _status(**known: Any) -> dict[str, Any]:
    nothing = {
        "valid": False,
        "code": None,
        "expires_at": None,
        "seconds_left": None,
        "should_refresh": False,
        "user_id": None,
        "session_id": None,
    }
    return dict(serializers.TokenStatusSerializer({**nothing, **known}).data)


class LogoutAllView(ApiView):
    """End every login."""

    @extend_schema(
        operation_id="auth_logout_all",
        request=serializers.LogoutAllSerializer,
        responses={204: OpenApiResponse(description="Ended.")},
    )
    def post(self, request: PersonRequest) -> Response:
        """End every login of this account, API and browser; with `keep_current` all others."""
        serializer = serializers.LogoutAllSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        keep = serializer.validated_data["keep_current"]
        services.end_sessions(
            user=request.user,
            reason=LoginSession.Reason.LOGOUT_ALL,
            keep=request.auth if keep else None,
            keep_browser=own_browser(request) if keep else "",
        )
        return Response(status=204)


def own_browser(request: PersonRequest) -> str:
    """Return the key of the browser session that asks; "" when a token does."""
    return "" if request.auth else request._request.session.session_key or ""
