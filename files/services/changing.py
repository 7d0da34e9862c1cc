"""Describing a file: name, alternative text, visibility."""

from django.utils.translation import gettext as _

from files.exceptions import FileRefused
from files.inspect import extension_of
from files.models import StoredFile
from files.services.names import clean_name


def update_file(*, file: StoredFile, original_name: str | None = None, alt_text: str | None = None,
                visibility: str | None = None) -> StoredFile:  # fmt: skip
    """Change what may change: the name (its extension stays), the alternative text, the visibility.

    Raises FileRefused `public_not_allowed` when a student's file would become public.
    """
    becomes_public = visibility == StoredFile.Visibility.PUBLIC and not file.is_public
    if becomes_public and not file.owner.is_teacher:
        raise public_not_allowed()
    changed = {"alt_text": alt_text, "visibility": visibility}
    if original_name is not None:
        changed["original_name"] = renamed(file.original_name, original_name)
    fields = [name for name, value in changed.items() if value is not None]
    for name in fields:
        setattr(file, name, changed[name])
    file.save(update_fields=fields)
    return file


def renamed(before: str, wanted: str) -> str:
    """Return the name `wanted` with the extension of the name `before`."""
    extension = extension_of(before)
    name = clean_name(wanted)
    if name.lower().endswith(f".{extension}"):
        name = name[: -len(extension) - 1]
    elif extension_of(name) and len(extension_of(name)) <= 5:
        name = name.rsplit(".", 1)[0]
    return clean_name(f"{name}.{extension}")


def public_not_allowed() -> FileRefused:
    """Return the refusal of a public file that is not staff's."""
    return FileRefused(_("Only staff may make a file public."), code="public_not_allowed", field="visibility")


def make_public(file: StoredFile) -> None:
    """Make `file` public: done by the apps that show it to visitors (covers, pictures of a description)."""
    StoredFile.objects.filter(pk=file.pk, visibility=StoredFile.Visibility.PRIVATE).update(
        visibility=StoredFile.Visibility.PUBLIC
    )
