"""Fields of bodies. What a text may hold is said once, by courses.services.cleaning."""

from typing import Any
from uuid import UUID

from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from courses.models import Category, Course
from files.models import StoredFile


class TextField(serializers.CharField):
    """Text as it was sent; the verbs clean it and refuse `invalid_characters` themselves."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})
        ours = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)
        self.validators = [check for check in self.validators if not isinstance(check, ours)]


@extend_schema_field(OpenApiTypes.UUID)
class FileField(serializers.Field[StoredFile, Any, str, Any]):
    """The id of a stored file; whether it may be used is the verb's question."""

    def to_internal_value(self, data: Any) -> StoredFile:
        file_id: UUID = serializers.UUIDField().run_validation(data)
        file = StoredFile.objects.ready().filter(pk=file_id).first()
        if file is None:
            text = _("This is not one of your files, or not of the right kind.")
            raise serializers.ValidationError(text, code="unknown_file")
        return file


@extend_schema_field(OpenApiTypes.UUID)
class CourseField(serializers.Field[Course, Any, str, Any]):
    """The id of a course; whether it may be named is the verb's question."""

    def to_internal_value(self, data: Any) -> Course:
        course_id: UUID = serializers.UUIDField().run_validation(data)
        found = Course.objects.filter(pk=course_id).first()
        if found is None:
            raise serializers.ValidationError(_("There is no such course."), code="unknown_course")
        return found


@extend_schema_field(OpenApiTypes.STR)
class CategoryField(serializers.Field[Category, Any, str, Any]):
    """The id or the slug of a category."""

    def to_internal_value(self, data: Any) -> Category:
        name: str = serializers.CharField().run_validation(data)
        try:
            found = Category.objects.filter(pk=UUID(name)).first()
        except ValueError:
            found = Category.objects.filter(slug=name).first()
        if found is None:
            raise serializers.ValidationError(_("There is no such category."), code="unknown_category")
        return found
