"""Controls of the author's forms: Markdown with a preview, and files that come from the author's machine."""

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from files.services import accepted_extensions


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

    `select` names the form's list of files that then holds it. Without it the file goes with the form. What is
    taken, and how large it may be, stands beside it beforehand.
    """

    template_name = "admin/courses/widgets/upload.html"

    class Media:
        js = [
            forms.Script("js/admin-upload.js", type="module"),
            forms.Script("js/admin-picker.js", type="module"),
        ]

    def __init__(self, kind: str = "", *, select: str = "") -> None:
        self.extensions = accepted_extensions(kind, is_staff=True)
        accept = ",".join(f".{extension}" for extension in self.extensions)
        super().__init__({"accept": accept, "class": "upload__input"})
        self.select = select

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        hint = f"{attrs['id']}_hint" if attrs and attrs.get("id") else ""
        context = super().get_context(
            name, value, {**(attrs or {}), **({"aria-describedby": hint} if hint else {})}
        )
        context["upload_url"] = reverse_lazy("file-list")
        context["select"] = self.select
        context["done"] = _("Uploaded. Save to keep it here.")
        context["hint_id"] = hint
        context["types"] = ", ".join(self.extensions).upper()
        context["limit"] = settings.MAX_UPLOAD_SIZE
        return context


class FileSelect(UnfoldAdminSelectWidget):
    """A list of the author's files; with JavaScript a dialog shows them, with a search, previews and their places."""

    kind = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        words = {"url": reverse("admin:files_storedfile_picker"), "kind": self.kind, "choose": gettext("My files …"),
                 "title": gettext("My files"), "search": gettext("Search by name"), "close": gettext("Close"),
                 "failed": gettext("Your files cannot be shown at the moment.")}  # fmt: skip
        data = {"data-file-picker": "", **{f"data-{key}": value for key, value in words.items()}}
        context: dict[str, Any] = super().get_context(name, value, {**(attrs or {}), **data})
        return context
