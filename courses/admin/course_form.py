"""The form of a course."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from courses import services
from courses.admin.forms import FileChoiceField, VerbForm, field_of, text_field, upload_field
from courses.admin.widgets import MarkdownWidget
from courses.models import Course
from files.models import StoredFile
from files.services import update_file
from lms.lib.text import listed, names_in

LANGUAGES = ["en", "ar", "fr", "es", "de", "tr", "fa", "ur", "he", "pt", "ru", "zh", "hi", "id", "sw"]


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", UnfoldAdminTextareaWidget({"rows": 5, "dir": "auto"}))
        super().__init__(required=False, help_text=_("One a line, 20 at most."), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != list(initial or []))

    def validate(self, value: Any) -> None:
        """The verb knows the limits."""

    def run_validators(self, value: Any) -> None:
        """As above."""


class TagsField(forms.CharField):
    """Names of tags between commas, the Arabic one included."""

    def prepare_value(self, value: Any) -> Any:
        return listed(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return names_in(str(value or ""))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != list(initial or []))

    def run_validators(self, value: Any) -> None:
        """The verb knows the limits."""


def language_choices(current: str = "") -> list[tuple[str, str]]:
    """Return the languages a course can be in, each in its own words, with the present one."""
    codes = LANGUAGES if current in ("", *LANGUAGES) else [current, *LANGUAGES]
    names = ((code, Course(language=code).language_name) for code in codes)
    return [(code, f"{name[0].upper()}{name[1:]}") for code, name in names]


class CourseForm(VerbForm):
    """Everything an author says of a course. Status and figures have verbs and owners of their own."""

    slug = text_field(_("Address"), _("Empty: made from the title. Old addresses keep leading here."))
    description = text_field(
        _("Description"),
        _("Markdown. Its pictures become public, so that visitors can see them."),
        widget=MarkdownWidget(),
        strip=False,
    )
    objectives = LinesField(label=_("What you will be able to do"))
    requirements = LinesField(label=_("Requirements"))
    tags = TagsField(
        label=_("Tags"),
        required=False,
        help_text=_("Between commas, 10 at most. One that has a comma itself stands in double quotes."),
        widget=UnfoldAdminTextInputWidget({"dir": "auto"}),
    )
    language = forms.ChoiceField(label=_("Language"), widget=UnfoldAdminSelectWidget)
    thumbnail = FileChoiceField(
        label=_("Picture"), help_text=_("It becomes public, so that visitors can see it.")
    )
    thumbnail_upload = upload_field("image", select="thumbnail", label=_("New picture"))
    thumbnail_alt = text_field(_("What the picture shows"), _("For people who do not see it."))

    class Meta:
        model = Course
        formfield_callback = field_of
        fields = [
            "title", "subtitle", "slug", "description", "objectives", "requirements", "prerequisite_courses",
            "category", "tags", "level",
            "language", "thumbnail", "promo_video_url", "estimated_duration_minutes", "price", "currency",
            "max_students", "access_days", "is_sequential", "certificate_enabled", "min_quiz_average", "instructor",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        course: Course = self.instance
        adding = course._state.adding
        fields: Any = self.fields
        fields["language"].choices = language_choices("" if adding else course.language)
        fields["thumbnail"].offer(self.by, StoredFile.Kind.IMAGE, course.thumbnail_id)
        self._offer_prerequisites(course, adding)
        if adding:
            self.initial["language"] = self.by.locale
        else:
            self.initial["tags"] = list(course.tags.values_list("name", flat=True))
            self.initial["thumbnail_alt"] = course.thumbnail.alt_text if course.thumbnail else ""
            fields["description"].widget.course_id = course.pk
        if "instructor" in fields:
            teachers = User.objects.filter(role__in=[User.Role.INSTRUCTOR, User.Role.ADMIN], is_active=True)
            fields["instructor"].queryset = teachers
            fields["instructor"].required = not adding
            fields["instructor"].help_text = _("Empty: you.") if adding else ""

    def _offer_prerequisites(self, course: Course, adding: bool) -> None:
        """Offer what the author can see, and what is required already."""
        field: Any = self.fields["prerequisite_courses"]
        seen = Course.objects.visible_to(self.by).filter(deleted_at=None)
        if not adding:
            seen = seen.exclude(pk=course.pk) | Course.objects.filter(
                pk__in=course.prerequisite_courses.values("pk")
            )
        field.queryset = seen.order_by("title_key")
        field.widget.can_add_related = field.widget.can_view_related = False
        field.help_text = _("Published ones must be completed before somebody can enroll; 10 at most.")

    def write(self) -> Course:
        course: Course = self.instance
        values = self.changed(services.COURSE_FIELDS)
        if "prerequisite_courses" in values:
            values["prerequisite_courses"] = list(values["prerequisite_courses"])
        picture = self.store("thumbnail_upload", "thumbnail", alt_text=self.cleaned_data["thumbnail_alt"])
        if picture is not None:
            values["thumbnail"] = picture
        if not values.get("slug"):
            values.pop("slug", None)
        if course._state.adding:
            values.setdefault("title", self.cleaned_data["title"])
            values["language"] = self.cleaned_data["language"]
            return services.create_course(
                by=self.by, instructor=self.cleaned_data.get("instructor"), **values
            )
        course = services.update_course(course=course, by=self.by, fields=values, revision=course.revision)
        self._describe_picture(course)
        teacher = self.cleaned_data.get("instructor")
        if teacher is not None and teacher.pk != course.instructor_id:
            course = services.transfer_course(course=course, by=self.by, instructor=teacher)
        return course

    def _describe_picture(self, course: Course) -> None:
        if "thumbnail_alt" not in self.changed_data:
            return
        fresh = StoredFile.objects.filter(pk__in=[course.thumbnail_id])  # it may just have become public
        picture = fresh.first()
        if picture is not None and picture.can_edit(self.by):
            update_file(file=picture, alt_text=self.cleaned_data["thumbnail_alt"])
