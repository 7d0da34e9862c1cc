"""Pictures that an author puts into a question: kept under a name that tells nothing."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from files.services import accepted_extensions, store_file
from lms.lib.errors import DomainError

NAME = "picture"


class PictureWidget(forms.FileInput):
    """A picture; with JavaScript it goes up by itself and into the text, without it it goes with the form."""

    template_name = "admin/courses/widgets/upload.html"

    def __init__(self) -> None:
        self.extensions = accepted_extensions("image", is_staff=True)
        accept = ",".join(f".{extension}" for extension in self.extensions)
        super().__init__({"accept": accept, "class": "upload__input"})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        hint = f"{attrs['id']}_hint" if attrs and attrs.get("id") else ""
        described = {"aria-describedby": hint} if hint else {}
        return super().get_context(name, value, {**(attrs or {}), **described}) | {
            "upload_url": reverse_lazy("file-list"),
            "select": "",
            "stored_name": NAME,
            "done": _("Uploaded. Save to keep it here."),
            "hint_id": hint,
            "types": ", ".join(self.extensions).upper(),
            "limit": settings.MAX_UPLOAD_SIZE,
        }


def inserted_picture(upload: UploadedFile[bytes] | None, alt: str, by: User | None) -> str:
    """Return the Markdown of a picture that came with the form, for the end of the text; empty without one.

    Raises ValidationError for what is no picture.
    """
    if upload is None or by is None:
        return ""
    suffix = PurePath(upload.name or "").suffix
    try:
        file = store_file(owner=by, content=upload, name=f"{NAME}{suffix}", alt_text=alt)
    except DomainError as error:
        raise ValidationError(str(error)) from error
    return f"\n\n![{alt.replace('[', '(').replace(']', ')')}](file:{file.pk})\n"
