"""Bodies, read strictly: unknown and read-only fields are refused, never dropped."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class StrictMixin:
    """Refuses every field of the body that the serializer does not write: 422 `unknown_field`."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {
                name
                for name, field in self.fields.items()  # type: ignore[attr-defined]
                if not field.read_only
            }
            unknown = [str(name) for name in data if name not in writable]
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: serializers.ErrorDetail(
                            str(_("This field is not known here.")), code="unknown_field"
                        )
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(StrictMixin, serializers.Serializer[Any]):
    """A body of a verb."""


class EmptySerializer(StrictSerializer):
    """A verb without a body; `{}` and nothing at all are both fine."""


class ProblemFieldSerializer(serializers.Serializer[Any]):
    """One entry of `errors`."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document, for the schema."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemFieldSerializer(many=True)  # type: ignore[assignment]  # a field, not the property
    request_id = serializers.CharField()
