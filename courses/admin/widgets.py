"""Controls of the author's forms: Markdown with a preview, and files that come from the author's machine."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

ACCEPTED = {
    "image": "image/png,image/jpeg,image/gif,image/webp",
    "video": "video/mp4,video/webm",
    "caption": ".vtt,text/vtt",
}


class MarkdownWidget(UnfoldAdminTextareaWidget):
    """A text area whose text is shown as readers will see it; without JavaScript a button opens that page."""

    template_name = "admin/courses/widgets/markdown.html"

    class Media:
        js = [
            forms.Script("js/admin-upload.js", type="module"),
            forms.Script("js/admin-markdown.js", type="module"),
        ]

    def __init__(self, rows: int = 14) -> None:
        super().__init__({"rows": rows, "dir": "auto", "spellcheck": "true"})
        self.course_id: Any = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["preview_url"] = reverse_lazy("admin:courses_course_markdown")
        context["course_id"] = self.course_id or ""
        return context


class UploadWidget(forms.FileInput):
    """A file of the kind `image`, `video`, `caption`, or any; with JavaScript it goes up with a progress bar.

    `select` names the form's list of files that then holds it. Without it the file goes with the form.
    """

    template_name = "admin/courses/widgets/upload.html"

    class Media:
        js = [forms.Script("js/admin-upload.js", type="module")]

    def __init__(self, kind: str = "", *, select: str = "") -> None:
        attrs = {"accept": ACCEPTED[kind]} if kind else {}
        super().__init__({**attrs, "class": "upload__input"})
        self.select = select

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["upload_url"] = reverse_lazy("file-list")
        context["select"] = self.select
        context["done"] = _("Uploaded. Save to keep it here.")
        return context
