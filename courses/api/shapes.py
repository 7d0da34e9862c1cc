"""Answers: what each reader sees of a course, a module, a lesson."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from courses.models import Category, Course, Tag
from files.models import StoredFile


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category, in the reader's language."""

    name = serializers.CharField(read_only=True)

    class Meta:
        model = Category
        fields = ["id", "slug", "name"]


class CategoryCountSerializer(serializers.ModelSerializer[Category]):
    """A category with its number of published courses."""

    name = serializers.CharField(read_only=True)
    course_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Category
        fields = ["id", "slug", "name", "name_en", "name_ar", "position", "course_count"]


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag."""

    class Meta:
        model = Tag
        fields = ["slug", "name"]


class TagCountSerializer(serializers.ModelSerializer[Tag]):
    """A tag with its number of published courses."""

    course_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Tag
        fields = ["id", "slug", "name", "course_count"]


class TeacherSerializer(serializers.ModelSerializer[User]):
    """A teacher on a card."""

    slug = serializers.CharField(source="instructor_profile.slug", default=None, read_only=True)
    headline = serializers.CharField(source="instructor_profile.headline", default="", read_only=True)
    avatar_url = serializers.CharField(allow_null=True, read_only=True)

    class Meta:
        model = User
        fields = ["id", "slug", "full_name", "avatar_url", "headline"]


class PictureSerializer(serializers.ModelSerializer[StoredFile]):
    """A picture that everybody may see."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = StoredFile
        fields = ["id", "url", "width", "height", "alt_text"]


class CourseItemSerializer(serializers.ModelSerializer[Course]):
    """A course on a card."""

    category = CategorySerializer(read_only=True, allow_null=True)
    tags = TagSerializer(many=True, read_only=True)
    instructor = TeacherSerializer(read_only=True)
    thumbnail = PictureSerializer(read_only=True, allow_null=True)
    direction = serializers.ChoiceField(choices=["ltr", "rtl"], read_only=True)
    is_free = serializers.BooleanField(read_only=True)
    price = serializers.FloatField(read_only=True)
    average_rating = serializers.FloatField(read_only=True, allow_null=True)

    class Meta:
        model = Course
        fields = [
            "id",
            "slug",
            "title",
            "subtitle",
            "category",
            "tags",
            "level",
            "language",
            "direction",
            "instructor",
            "thumbnail",
            "price",
            "currency",
            "is_free",
            "duration_minutes",
            "lesson_count",
            "quiz_count",
            "enrollment_count",
            "average_rating",
            "review_count",
            "certificate_enabled",
            "published_at",
        ]
        read_only_fields = fields


class OwnCourseItemSerializer(CourseItemSerializer):
    """A course on its editor's list."""

    class Meta(CourseItemSerializer.Meta):
        fields = [*CourseItemSerializer.Meta.fields, "status", "created_at", "updated_at", "deleted_at"]
        read_only_fields = fields


class NamedCourseSerializer(serializers.ModelSerializer[Course]):
    """A course that is only named."""

    class Meta:
        model = Course
        fields = ["id", "slug", "title"]
        read_only_fields = fields


class CourseSerializer(CourseItemSerializer):
    """A course's own page. What only its editors see is null for others."""

    description_html = serializers.CharField(read_only=True)
    objectives = serializers.ListField(child=serializers.CharField(), read_only=True)
    requirements = serializers.ListField(child=serializers.CharField(), read_only=True)
    min_quiz_average = serializers.FloatField(read_only=True, allow_null=True)
    prerequisite_courses = serializers.SerializerMethodField()
    can_edit = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()

    class Meta(CourseItemSerializer.Meta):
        fields = [
            *CourseItemSerializer.Meta.fields,
            "description",
            "description_html",
            "objectives",
            "requirements",
            "promo_video_url",
            "max_students",
            "access_days",
            "is_sequential",
            "min_quiz_average",
            "estimated_duration_minutes",
            "prerequisite_courses",
            "updated_at",
            "can_edit",
            "status",
        ]
        read_only_fields = fields

    @extend_schema_field(NamedCourseSerializer(many=True))
    def get_prerequisite_courses(self, course: Course) -> Any:
        """Those in force; for editors all, drafts of others included that were published when chosen."""
        shown = course.prerequisite_courses.all()
        if not course.can_edit(self.context["user"]):
            shown = course.prerequisites_in_force()
        return NamedCourseSerializer(shown.order_by("title", "id"), many=True).data

    def get_can_edit(self, course: Course) -> bool:
        return course.can_edit(self.context["user"])

    @extend_schema_field(serializers.ChoiceField(choices=Course.Status.choices, allow_null=True))
    def get_status(self, course: Course) -> str | None:
        return course.status if course.can_edit(self.context["user"]) else None


class CheckProblemSerializer(serializers.Serializer[Any]):
    """One line of the check list."""

    code = serializers.CharField()
    level = serializers.ChoiceField(choices=["blocking", "warning"])
    sentence = serializers.CharField()
    target_type = serializers.ChoiceField(choices=["course", "module", "lesson"])
    target = serializers.UUIDField(source="target.pk")
    target_title = serializers.CharField(source="target.title")
    url = serializers.CharField()


class CheckListSerializer(serializers.Serializer[Any]):
    """What is missing before a course can be published."""

    publishable = serializers.BooleanField()
    problems = CheckProblemSerializer(many=True)


class TeacherPageSerializer(TeacherSerializer):
    """A teacher's public page."""

    specialization = serializers.CharField(source="instructor_profile.specialization")
    bio = serializers.CharField()
    website_url = serializers.CharField(source="instructor_profile.website_url")
    linkedin_url = serializers.CharField(source="instructor_profile.linkedin_url")
    is_verified = serializers.BooleanField(source="instructor_profile.is_verified")
    courses = serializers.SerializerMethodField()

    class Meta(TeacherSerializer.Meta):
        fields = [
            *TeacherSerializer.Meta.fields,
            "specialization",
            "bio",
            "website_url",
            "linkedin_url",
            "is_verified",
            "courses",
        ]

    @extend_schema_field(CourseItemSerializer(many=True))
    def get_courses(self, person: User) -> Any:
        return CourseItemSerializer(self.context["courses"], many=True).data


class MarkdownWarningSerializer(serializers.Serializer[Any]):
    """Something an author may want to mend."""

    code = serializers.CharField()
    message = serializers.CharField()


class MarkdownSerializer(serializers.Serializer[Any]):
    """A text as readers will see it."""

    html = serializers.CharField()
    warnings = MarkdownWarningSerializer(many=True)


class CourseListSerializer(serializers.Serializer[Any]):
    """A short list of courses, not paged."""

    items = CourseItemSerializer(many=True)
