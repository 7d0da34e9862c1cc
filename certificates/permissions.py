"""Gates to certificates, and what the public may ask."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from certificates.codes import read_code
from certificates.models import Certificate


def get_certificate_for(user: Any, certificate_id: UUID) -> Certificate:
    """Return the certificate if `user` is its holder or staff of its course, else raise Http404."""
    row = Certificate.objects.visible_to(user).with_people().filter(pk=certificate_id).first()
    if row is None:
        raise Http404
    return row


def get_managed_certificate_for(user: Any, certificate_id: UUID) -> Certificate:
    """Return the certificate if `user` is staff of its course; PermissionDenied for the holder, else Http404."""
    row = get_certificate_for(user, certificate_id)
    if not row.can_edit(user):
        raise PermissionDenied
    return row


def find_certificate(text: str, *, signed: bool = False) -> Certificate | None:
    """Return the certificate with the code or number that somebody typed, in any spelling (one query).

    With `signed` it comes with what its credential needs: the enrollment, and `status_index`.
    """
    kind, value = read_code(text)
    if not kind:
        return None
    field = "verification_code" if kind == "code" else "number"
    found = Certificate.objects.filter(**{field: value}).select_related("template")
    if signed:
        found = found.with_status_index().select_related("enrollment")
    return found.first()
