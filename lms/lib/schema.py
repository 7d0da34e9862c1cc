"""The OpenAPI description: problem documents on every route, and the names of the areas as tags."""

from typing import Any, Literal

from django.core.exceptions import FieldDoesNotExist
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from lms.lib.idempotency import HEADER, MAX_KEY, is_exempt
from lms.lib.serializers import ProblemSerializer

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    OpenApiParameter.HEADER,
    description=(
        "Repeats within 24 hours get the first answer again, with `Idempotent-Replayed: true`. 422 "
        "`idempotency_key_reused` with another request, 409 `idempotency_in_progress` while the first runs."
    ),
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that was read; 412 `stale` when the object has been changed since.",
)
PROBLEM = "application/problem+json"
ANYTHING_OR_NULL = [{}, {"type": "null"}]


def may_be_empty(field: Any) -> bool:
    """Return whether a read-only field shows a text column that may be empty: REST framework forgets that."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or not field.read_only:
        return False
    try:
        return bool(getattr(model._meta.get_field(field.source), "blank", False))
    except FieldDoesNotExist:
        return False


class ProblemAutoSchema(AutoSchema):
    """Adds the answers that every route can give, and takes the tag from the view's app.

    A serializer names in `may_be_absent` the fields that it leaves out of some answers.
    """

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        absent = getattr(serializer, "may_be_absent", ())
        if direction == "response" and "required" in schema:
            schema["required"] = [name for name in schema["required"] if name not in absent]
        properties = schema.get("properties", {})
        for name, field in getattr(force_instance(serializer), "fields", {}).items():
            if may_be_empty(field) and properties.get(name, {}).get("format") == "uri":
                del properties[name]["format"]
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        if isinstance(field, serializers.ChoiceField) and may_be_empty(field):
            field.allow_blank = True
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if schema and schema.get("oneOf") == ANYTHING_OR_NULL:
            del schema["oneOf"]  # null is anything too: exactly one of the two never holds
        return schema

    def get_override_parameters(self) -> Any:
        """Add the headers that every write understands."""
        declared = list(super().get_override_parameters())
        if self.method == "POST" and not is_exempt(self.path):
            declared.append(IDEMPOTENCY_KEY)
        elif self.method in ("PUT", "PATCH", "DELETE"):
            declared.append(IF_MATCH)
        return declared

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.split(".")[0]]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if self.method == "GET" and "200" in bodies and direction == "response":
            bodies.setdefault("304", {"description": "Not modified: `If-None-Match` names the present ETag."})
        for code, body in bodies.items():
            if code.isdigit() and int(code) >= 400 and "application/json" in body.get("content", {}):
                body["content"] = {PROBLEM: body["content"]["application/json"]}  # whatever the view said
        problem = self._get_response_for_code(ProblemSerializer, "default", [PROBLEM], direction)
        problem["description"] = "A problem document: `code` says which."
        bodies.setdefault("default", problem)
        return bodies
