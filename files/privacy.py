"""Files as personal data: what a person uploaded."""

from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import forget_traces, register_personal_data
from files.models import StoredFile
from files.services import finish_deleting, places_of
from files.services.names import clean_name

NAMELESS = "file"


def register() -> None:
    """Join export and erasure; called once, when the site starts."""
    register_personal_data("files", export=export, erase=erase)


def export(user: User) -> list[dict[str, Any]]:
    """Return one's own uploads, with their addresses."""
    return [
        {
            "name": file.original_name,
            "alt_text": file.alt_text,
            "kind": file.kind,
            "size": file.size,
            "created_at": file.created_at,
            "url": file.get_absolute_url(),
        }
        for file in StoredFile.objects.ready().filter(owner=user)
    ]


def erase(*, user: User, by: User | None) -> None:
    """Remove unused files; those that a course shows stay, under a name that says nothing."""
    own = StoredFile.objects.filter(owner=user)
    forget_traces(own)
    for file in own.select_for_update().order_by("pk"):
        extension = file.original_name.rpartition(".")[2]
        nameless = clean_name(f"{NAMELESS}.{extension}")
        values = {"original_name": nameless, "alt_text": ""}
        if places_of(file):
            own.filter(pk=file.pk).update(**values)
        else:
            own.filter(pk=file.pk).update(**values, status=StoredFile.Status.DELETING)
            transaction.on_commit(lambda row=file: finish_deleting(row), robust=True)  # type: ignore[misc]
