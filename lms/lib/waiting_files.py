"""A file between looking and doing: uploaded, looked at, and used when somebody says yes."""

from datetime import timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from import_export.tmp_storages import BaseStorage

FOLDER = "imports"


class WaitingFile(BaseStorage):
    """Lies in the one private storage, so on whichever machine; `name` finds it again."""

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}"

    def save(self, data: bytes) -> None:
        """Keep the file; those that nobody confirmed within a day go."""
        self.name = uuid4().hex
        default_storage.save(self.path, ContentFile(data))
        yesterday = timezone.now() - timedelta(days=1)
        for name in default_storage.listdir(FOLDER)[1]:
            if default_storage.get_modified_time(f"{FOLDER}/{name}") < yesterday:
                default_storage.delete(f"{FOLDER}/{name}")

    def read(self) -> bytes:
        """Return the file; raise FileNotFoundError when it is gone."""
        with default_storage.open(self.path) as stream:
            data: bytes = stream.read()
            return data

    def remove(self) -> None:
        """Delete the file."""
        default_storage.delete(self.path)
