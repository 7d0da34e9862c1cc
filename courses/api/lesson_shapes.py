"""Answers about the outline: what each reader sees of a module, a lesson, a resource."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from courses.models import Lesson, LessonResource, Module
from courses.outline import Lock, OutlineLesson
from lms.lib.video_urls import embed_url


class ModuleSerializer(serializers.ModelSerializer[Module]):
    """A module."""

    class Meta:
        model = Module
        fields = [
            "id",
            "course",
            "title",
            "description",
            "position",
            "is_published",
            "release_at",
            "release_after_days",
        ]
        read_only_fields = fields


class ResourceSerializer(serializers.ModelSerializer[LessonResource]):
    """A file or link beside a lesson; `url` is where it is fetched."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)
    mime = serializers.CharField(source="file.mime", default=None, allow_null=True, read_only=True)
    size = serializers.IntegerField(source="file.size", default=None, allow_null=True, read_only=True)

    class Meta:
        model = LessonResource
        fields = ["id", "kind", "title", "file", "url", "mime", "size", "language", "position"]
        read_only_fields = fields


class LockSerializer(serializers.Serializer[Lock]):
    """Why a lesson is closed, and where one goes on."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    available_at = serializers.DateTimeField(allow_null=True)
    next_url = serializers.CharField()


class VideoSerializer(serializers.Serializer[Any]):
    """A lesson's video: a file of ours, or one elsewhere to be embedded."""

    url = serializers.CharField()
    embed_url = serializers.CharField(allow_blank=True)
    mime = serializers.CharField(allow_null=True)
    duration_seconds = serializers.IntegerField(allow_null=True)
    required_watch_percentage = serializers.IntegerField()


class NeighbourSerializer(serializers.ModelSerializer[Lesson]):
    """The lesson before or after."""

    class Meta:
        model = Lesson
        fields = ["id", "slug", "title"]
        read_only_fields = fields


class OutlineLessonSerializer(serializers.Serializer[OutlineLesson]):
    """A lesson in the outline: nothing of what is inside it."""

    id = serializers.UUIDField(source="lesson.pk")
    slug = serializers.CharField(source="lesson.slug")
    module = serializers.UUIDField(source="lesson.module_id", allow_null=True)
    title = serializers.CharField(source="lesson.title")
    description = serializers.CharField(source="lesson.description")
    type = serializers.ChoiceField(choices=Lesson.Type.choices, source="lesson.type")
    position = serializers.IntegerField(source="lesson.position", allow_null=True)
    minutes = serializers.IntegerField(source="lesson.minutes", allow_null=True)
    is_preview = serializers.BooleanField(source="lesson.is_preview")
    is_required = serializers.BooleanField(source="lesson.is_required")
    is_published = serializers.BooleanField(source="lesson.is_published")
    locked = serializers.SerializerMethodField()
    lock = LockSerializer(allow_null=True)

    def get_locked(self, row: OutlineLesson) -> bool:
        return not row.is_open


class LessonContentSerializer(OutlineLessonSerializer):
    """A lesson with what is inside, when it is open; a closed one shows none of it, not even the names."""

    body = serializers.CharField(source="lesson.body", required=False)
    body_html = serializers.CharField(source="lesson.body_html", required=False)
    link_url = serializers.CharField(source="lesson.link_url", required=False)
    video = serializers.SerializerMethodField()
    captions = serializers.SerializerMethodField()
    resources = serializers.SerializerMethodField()

    CONTENT = (
        "body",
        "body_html",
        "link_url",
        "video",
        "captions",
        "resources",
        "previous",
        "next",
        "settings",
    )

    may_be_absent = CONTENT

    def to_representation(self, instance: OutlineLesson) -> dict[str, Any]:
        """Leave out the content of a closed lesson before anything of it is read."""
        if not instance.is_open:
            for name in self.CONTENT:
                self.fields.pop(name, None)
        result: dict[str, Any] = super().to_representation(instance)
        return result

    @extend_schema_field(VideoSerializer(allow_null=True))
    def get_video(self, row: OutlineLesson) -> dict[str, Any] | None:
        lesson = row.lesson
        file = lesson.video_file
        if file is None and not lesson.video_url:
            return None
        return {
            "url": file.get_absolute_url() if file else lesson.video_url,
            "embed_url": embed_url(lesson.video_url),
            "mime": file.mime if file else None,
            "duration_seconds": lesson.video_seconds,
            "required_watch_percentage": lesson.required_watch_percentage,
        }

    @extend_schema_field(ResourceSerializer(many=True))
    def get_captions(self, row: OutlineLesson) -> Any:
        return ResourceSerializer([r for r in row.lesson.resources.all() if r.is_caption], many=True).data

    @extend_schema_field(ResourceSerializer(many=True))
    def get_resources(self, row: OutlineLesson) -> Any:
        return ResourceSerializer([r for r in row.lesson.resources.all() if not r.is_caption], many=True).data


class LessonSettingsSerializer(serializers.ModelSerializer[Lesson]):
    """What an editor sets and readers do not see."""

    class Meta:
        model = Lesson
        fields = ["video_file", "video_url", "video_duration_seconds", "duration_minutes", "deleted_at"]
        read_only_fields = fields


class LessonSerializer(LessonContentSerializer):
    """One lesson, with its neighbours, and for its editors what they set."""

    course = serializers.UUIDField(source="lesson.course_id")
    course_slug = serializers.CharField(source="lesson.course.slug")
    previous = serializers.SerializerMethodField()
    next = serializers.SerializerMethodField()
    settings = serializers.SerializerMethodField()

    @extend_schema_field(NeighbourSerializer(allow_null=True))
    def get_previous(self, row: OutlineLesson) -> Any:
        lesson = self.context.get("previous")
        return NeighbourSerializer(lesson).data if lesson else None

    @extend_schema_field(NeighbourSerializer(allow_null=True))
    def get_next(self, row: OutlineLesson) -> Any:
        lesson = self.context.get("next")
        return NeighbourSerializer(lesson).data if lesson else None

    @extend_schema_field(LessonSettingsSerializer(allow_null=True))
    def get_settings(self, row: OutlineLesson) -> Any:
        return LessonSettingsSerializer(row.lesson).data if self.context.get("can_edit") else None


class OutlineModuleSerializer(serializers.Serializer[Any]):
    """A module with its lessons."""

    id = serializers.UUIDField(source="module.pk")
    title = serializers.CharField(source="module.title")
    description = serializers.CharField(source="module.description")
    position = serializers.IntegerField(source="module.position")
    is_published = serializers.BooleanField(source="module.is_published")
    release_at = serializers.DateTimeField(source="module.release_at", allow_null=True)
    release_after_days = serializers.IntegerField(source="module.release_after_days", allow_null=True)
    minutes = serializers.IntegerField()
    lessons = serializers.SerializerMethodField()

    @extend_schema_field(LessonContentSerializer(many=True))
    def get_lessons(self, row: Any) -> Any:
        with_body = self.context.get("with_body")
        shapes = {True: LessonContentSerializer, False: OutlineLessonSerializer}
        return [shapes[bool(with_body and one.is_open)](one).data for one in row.lessons]


class OutlineTotalsSerializer(serializers.Serializer[Any]):
    """What the tree adds up to."""

    modules = serializers.IntegerField()
    lessons = serializers.IntegerField()
    minutes = serializers.IntegerField()


class OutlineSerializer(serializers.Serializer[Any]):
    """The tree of a course."""

    course = serializers.UUIDField()
    totals = OutlineTotalsSerializer()
    modules = OutlineModuleSerializer(many=True)
