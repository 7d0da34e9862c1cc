"""Primary keys: UUIDv7, ordered by time so that indexes stay local, and not guessable by counting."""

import uuid

from django.db import models
from uuid_utils import compat


def new_id() -> uuid.UUID:
    """Return a fresh UUIDv7."""
    return compat.uuid7()


class UUIDModel(models.Model):
    """Base of every model of ours."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
