"""Bodies that are sent: shape only. Absent fields stay as they are; unknown ones are refused."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from courses.api.fields import CategoryField, CourseField, FileField, TextField
from courses.models import Course, Lesson, LessonResource
from lms.lib.serializers import StrictSerializer


def read_body(shape: type[StrictSerializer], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """Return the values of a body; raise REST framework's ValidationError (422) when its shape is wrong."""
    body = shape(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class CourseBody(StrictSerializer):
    """What an author writes of a course. Status, figures and dates are no fields: verbs set them."""

    title = TextField()
    subtitle = TextField()
    slug = TextField()
    description = TextField()
    objectives = serializers.ListField(child=TextField())
    requirements = serializers.ListField(child=TextField())
    category = CategoryField(allow_null=True, help_text=_("Id or slug."))
    tags = serializers.ListField(child=TextField(), help_text=_("Names; new ones are made."))
    level = serializers.ChoiceField(choices=Course.Level.choices)
    language = TextField()
    price = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=0)
    currency = TextField()
    max_students = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True)
    access_days = serializers.IntegerField(min_value=1, max_value=3650, allow_null=True)
    is_sequential = serializers.BooleanField()
    certificate_enabled = serializers.BooleanField()
    min_quiz_average = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, allow_null=True
    )
    thumbnail = FileField(allow_null=True, help_text=_("Id of a picture."))
    promo_video_url = TextField()
    estimated_duration_minutes = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True)
    prerequisite_courses = serializers.ListField(
        child=CourseField(), max_length=100, help_text=_("Ids of courses to be completed first, at most 10.")
    )

    def get_fields(self) -> dict[str, Any]:
        """Only the title is asked for; everything else has a value already."""
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "title"
        return fields


class NewCourseBody(CourseBody):
    """A new course; an admin may name its teacher."""

    instructor = serializers.UUIDField(help_text=_("Admins only: id of the teacher."))


class ModuleBody(StrictSerializer):
    """A module."""

    title = TextField()
    description = TextField(required=False)
    is_published = serializers.BooleanField(required=False)
    release_at = serializers.DateTimeField(required=False, allow_null=True)
    release_after_days = serializers.IntegerField(
        min_value=0, max_value=3650, required=False, allow_null=True
    )


class LessonBody(StrictSerializer):
    """What an author writes of a lesson."""

    title = TextField()
    slug = TextField()
    description = TextField()
    type = serializers.ChoiceField(choices=Lesson.Type.choices)
    body = TextField()
    video_file = FileField(allow_null=True)
    video_url = TextField()
    video_duration_seconds = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True)
    required_watch_percentage = serializers.IntegerField(min_value=1, max_value=100)
    link_url = TextField()
    duration_minutes = serializers.IntegerField(min_value=1, max_value=1440, allow_null=True)
    is_preview = serializers.BooleanField()
    is_required = serializers.BooleanField()
    is_published = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        """Only the title is asked for, and the module of a new lesson."""
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name in ("title", "module")
        return fields


class NewLessonBody(LessonBody):
    """A new lesson, and where it goes."""

    module = serializers.UUIDField()
    position = serializers.IntegerField(min_value=1, max_value=10_000)


class TreeLessonBody(LessonBody):
    """A lesson in a tree: with an `id` it is kept, and what is omitted of it stays; without it is new."""

    id = serializers.UUIDField()
    video_file = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # the verb reads all at once

    def get_fields(self) -> dict[str, Any]:
        """Whether a title is missing depends on whether the lesson is new: the verb says so."""
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class TreeModuleBody(ModuleBody):
    """A module in a tree, with all its lessons in their order."""

    id = serializers.UUIDField(required=False)
    title = TextField(required=False)
    lessons = TreeLessonBody(many=True)


class TreeBody(StrictSerializer):
    """The whole tree in its order; what is absent is removed."""

    modules = TreeModuleBody(many=True)


class PlaceBody(StrictSerializer):
    """Where a lesson goes: a module of its course, and a position in it (absent: the end)."""

    module = serializers.UUIDField()
    position = serializers.IntegerField(min_value=1, max_value=10_000, required=False)


class ResourceBody(StrictSerializer):
    """A file or link beside a lesson, or captions of its video."""

    kind = serializers.ChoiceField(choices=LessonResource.Kind.choices, required=False)
    title = TextField(required=False)
    file = FileField(allow_null=True, required=False)
    url = TextField(required=False)
    language = TextField(required=False)
    position = serializers.IntegerField(min_value=1, max_value=10_000, required=False)


class PublishBody(StrictSerializer):
    """`publish_content` first publishes the modules, and each lesson without a problem."""

    publish_content = serializers.BooleanField(default=False)


class TransferBody(StrictSerializer):
    """Who gets the course."""

    instructor = serializers.UUIDField()


class OrderBody(StrictSerializer):
    """The whole list of ids in its new order."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


class CategoryBody(StrictSerializer):
    """A category, in both languages."""

    name_en = TextField()
    name_ar = TextField()


class TagBody(StrictSerializer):
    """A tag."""

    name = TextField()


class MarkdownBody(StrictSerializer):
    """A text to look at before it is saved."""

    text = TextField()
