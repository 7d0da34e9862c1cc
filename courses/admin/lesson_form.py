"""The form of a lesson, and the small one for what hangs on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from courses import services
from courses.admin.course_form import language_choices
from courses.admin.forms import FileChoiceField, VerbForm, field_of, text_field, upload_field
from courses.admin.outline import OFFERED_TYPES
from courses.admin.widgets import MarkdownWidget, UploadWidget
from courses.models import Lesson, LessonResource
from files.models import StoredFile
from files.services import store_file


class LessonForm(VerbForm):
    """What a lesson says and shows. A quiz stays a quiz; the other types change into each other."""

    slug = text_field(_("Address"), _("Empty: as it is."))
    description = text_field(_("Summary"), widget=UnfoldAdminTextareaWidget({"rows": 2, "dir": "auto"}))
    body = text_field(_("Text"), _("Markdown."), widget=MarkdownWidget(24), strip=False)
    picture = upload_field("image", label=_("Insert a picture"), help_text=_("It goes to where you write."))
    picture_alt = text_field(_("What the picture shows"), _("For people who do not see it."))
    video_file = FileChoiceField(label=_("Video from my files"))
    video_upload = upload_field("video", select="video_file", label=_("New video"))

    class Meta:
        model = Lesson
        formfield_callback = field_of
        fields = [
            "title", "slug", "type", "description", "body", "video_file", "video_url", "video_duration_seconds",
            "required_watch_percentage", "link_url", "duration_minutes", "is_preview", "is_required", "is_published",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lesson: Lesson = self.instance
        fields: Any = self.fields
        fields["video_file"].offer(self.by, StoredFile.Kind.VIDEO, lesson.video_file_id)
        fields["body"].widget.course_id = lesson.course_id
        if "type" in fields:
            content = [kind for kind in OFFERED_TYPES if kind not in Lesson.FIXED_TYPES]
            fields["type"].choices = [(kind.value, kind.label) for kind in content]

    def write(self) -> Lesson:
        lesson: Lesson = self.instance
        values = self.changed(services.LESSON_FIELDS)
        if not values.get("slug"):
            values.pop("slug", None)
        video = self.store("video_upload", "video_file")
        if video is not None:
            values["video_file"] = video
            if not self.cleaned_data.get("video_url"):
                values["video_url"] = ""
        text = self._inserted_picture()
        if text:
            values["body"] = f"{self.cleaned_data['body'].rstrip()}\n\n{text}\n".lstrip()
        return services.update_lesson(lesson=lesson, by=self.by, fields=values, revision=lesson.revision)

    def _inserted_picture(self) -> str:
        """Return the Markdown of a picture that came with the form (with scripts it is in the text already)."""
        alt = self.cleaned_data["picture_alt"]
        picture = self.store("picture", "", alt_text=alt)
        return f"![{alt.replace('[', '(').replace(']', ')')}](file:{picture.pk})" if picture else ""


class ResourceForm(forms.Form):
    """One more file or link beside a lesson, or captions of its video."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=LessonResource.Kind, widget=UnfoldAdminSelectWidget, required=True
    )
    upload = forms.FileField(label=_("New file"), required=False, widget=UploadWidget(select="file"))
    file = FileChoiceField(label=_("From my files"))
    url = forms.URLField(
        label=_("Or a link"),
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget({"dir": "ltr", "inputmode": "url"}),
    )
    title = text_field(_("Title"), _("Empty: the name of the file."))
    language = forms.ChoiceField(
        label=_("Language of the captions"), required=False, widget=UnfoldAdminSelectWidget
    )

    prefix = "resource"

    def __init__(self, *args: Any, lesson: Lesson, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lesson, self.by = lesson, by
        fields: Any = self.fields
        fields["file"].queryset = StoredFile.objects.ready().filter(owner=by).order_by("-created_at")
        fields["language"].choices = [("", "–"), *language_choices()]
        if lesson.type != Lesson.Type.VIDEO:
            del fields["language"]
            fields["kind"].widget = forms.HiddenInput()
            self.initial["kind"] = LessonResource.Kind.MATERIAL

    def save(self) -> LessonResource:
        """Attach it by the verb. Raises ValidationError and DomainError."""
        data = self.cleaned_data
        file = data["file"]
        if data["upload"] is not None:
            file = store_file(owner=self.by, content=data["upload"], name=data["upload"].name)
        return services.add_resource(
            lesson=self.lesson, by=self.by, kind=data["kind"], file=file, url=data["url"], title=data["title"],
            language=data.get("language", ""),
        )  # fmt: skip
