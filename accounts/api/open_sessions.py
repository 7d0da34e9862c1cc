"""Where one is logged in: looking, and ending one of them."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import services
from accounts.api.sessions import own_browser
from accounts.authentication import PersonRequest
from accounts.models.open_sessions import SessionKind, open_sessions_of
from accounts.models.sessions import LoginSession
from lms.lib.api import ApiView
from lms.lib.pagination import PageNumberPagination


class OpenSessionSerializer(serializers.Serializer[Any]):
    """A place where one is logged in: an API login, or a browser."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=SessionKind.choices)
    device = serializers.ChoiceField(choices=LoginSession.Device.choices)
    user_agent = serializers.CharField()
    ip = serializers.IPAddressField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(help_text="Of a browser, to within ten minutes.")
    is_current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class OpenSessionsView(ApiView):
    """Where one is logged in."""

    pagination_class = PageNumberPagination

    @extend_schema(
        operation_id="auth_sessions_list",
        responses={200: OpenSessionSerializer(many=True)},
    )
    def get(self, request: PersonRequest) -> Response:
        """List the live logins of this account, API and browser: the one that asks first, then by last use."""
        found = open_sessions_of(
            request.user, now=timezone.now(), current=request.auth, current_browser=own_browser(request)
        )
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(found, request, self)
        return paginator.get_paginated_response(OpenSessionSerializer(page, many=True).data)


class OpenSessionView(ApiView):
    """One of them."""

    @extend_schema(operation_id="auth_sessions_end", responses={204: OpenApiResponse(description="Ended.")})
    def delete(self, request: PersonRequest, pk: UUID) -> Response:
        """End one login of this account; 404 for one that is over, or another's."""
        if not services.end_session(user=request.user, session_id=pk):
            raise Http404
        return Response(status=204)
