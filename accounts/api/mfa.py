"""One's own second factors. Passkeys need a browser at this site: they are pages only."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts import services
from accounts.api import mfa_serializers as serializers
from accounts.authentication import PersonRequest
from accounts.models import User
from lms.lib.api import ApiView
from lms.lib.requests import person_of
from lms.lib.serializers import StrictSerializer


class FactorView(ApiView):
    """Base: whoever changes something gives the password again."""

    max_body = 64 * 1024

    def read(
        self,
        serializer_class: type[StrictSerializer] = serializers.PasswordAgainSerializer,
        *,
        refuse: Callable[[User], None] | None = None,
    ) -> dict[str, Any]:
        """Return the body without the password, which was right; `refuse` looks before a try is counted."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        if refuse:
            refuse(person_of(self.request))
        services.confirm_password(user=person_of(self.request), password=data.pop("password"))
        return data

    def state(self, *, with_codes: bool = False) -> Response:
        """Answer with the person's factors, and with recovery codes that nobody has seen."""
        user = person_of(self.request)
        factors = services.factors_of(user)
        context = {"required": services.needs_mfa(user)}
        answer = dict(serializers.FactorsSerializer(factors, context=context).data)
        if with_codes:
            answer["recovery_codes"] = services.show_recovery_codes(user=user)
        return Response(answer)


class MfaView(FactorView):
    """What there is."""

    @extend_schema(operation_id="auth_mfa", responses={200: serializers.FactorsSerializer})
    def get(self, request: PersonRequest) -> Response:
        """Show one's own second factors."""
        return self.state()


class TotpView(FactorView):
    """Begin with an authenticator app."""

    @extend_schema(
        operation_id="auth_mfa_totp",
        request=serializers.PasswordAgainSerializer,
        responses={200: serializers.TotpSetupSerializer},
    )
    def post(self, request: PersonRequest) -> Response:
        """Offer a secret for an authenticator app; it is on once `confirm` has got a code."""
        self.read(refuse=services.refuse_totp)
        return Response(serializers.TotpSetupSerializer(services.start_totp(user=request.user)).data)


class TotpConfirmView(FactorView):
    """Finish with an authenticator app."""

    @extend_schema(
        operation_id="auth_mfa_totp_confirm",
        request=serializers.PasswordAndCodeSerializer,
        responses={200: serializers.NewFactorsSerializer},
    )
    def post(self, request: PersonRequest) -> Response:
        """Turn the authenticator app on with a code that it shows; the first factor brings recovery codes."""
        data = self.read(serializers.PasswordAndCodeSerializer, refuse=services.refuse_totp)
        services.confirm_totp(user=request.user, **data)
        return self.state(with_codes=True)


class TotpRemoveView(FactorView):
    """Without the authenticator app."""

    @extend_schema(
        operation_id="auth_mfa_totp_remove",
        request=serializers.PasswordAgainSerializer,
        responses={200: serializers.FactorsSerializer},
    )
    def post(self, request: PersonRequest) -> Response:
        """Remove the authenticator app; with the last factor the recovery codes go."""
        self.read()
        services.remove_totp(user=request.user)
        return self.state()


class RecoveryCodesView(FactorView):
    """New recovery codes."""

    @extend_schema(
        operation_id="auth_mfa_recovery_codes",
        request=serializers.PasswordAgainSerializer,
        responses={200: serializers.NewFactorsSerializer},
    )
    def post(self, request: PersonRequest) -> Response:
        """Make ten new recovery codes, which are shown this once; the former ones are void."""
        self.read(refuse=services.refuse_recovery_codes)
        services.new_recovery_codes(user=request.user)
        return self.state(with_codes=True)
