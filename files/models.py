"""Everything people upload for courses."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, ManyToOneRel, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import UUIDModel

if TYPE_CHECKING:
    from accounts.models import User


def referring_fields() -> list[models.ForeignKey[Any, Any]]:
    """Return every foreign key to a file, of all apps; those of the tables of many-to-many relations too."""
    relations = StoredFile._meta.get_fields(include_hidden=True)
    return [relation.field for relation in relations if isinstance(relation, ManyToOneRel)]


def _is_referred_to() -> Q:
    keys = ((field.model._base_manager, field.attname) for field in referring_fields())
    tests = (Exists(manager.filter(**{name: OuterRef("pk")})) for manager, name in keys)
    return reduce(or_, (Q(test) for test in tests), Q(pk__in=[]))


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """Which files."""

    def ready(self) -> StoredFileQuerySet:
        """Files that exist for anybody: neither half written nor on their way out."""
        return self.filter(status=StoredFile.Status.READY)

    def visible_to(self, user: Any) -> StoredFileQuerySet:
        """Own, public, or all for an admin. What is attached to a course is asked of `can_view`."""
        ready = self.ready()
        if not user.is_authenticated:
            return ready.filter(visibility=StoredFile.Visibility.PUBLIC)
        if user.is_admin:
            return ready
        return ready.filter(Q(owner=user) | Q(visibility=StoredFile.Visibility.PUBLIC))

    def with_usage(self) -> StoredFileQuerySet:
        """Annotate `is_used`: whether any row of any table refers to the file."""
        return self.annotate(is_used=_is_referred_to())

    def unused(self) -> StoredFileQuerySet:
        """Files that no row refers to. What only a finder knows is asked when one of them is to be deleted."""
        return self.exclude(_is_referred_to())

    def orphaned(self, before: datetime) -> StoredFileQuerySet:
        """Unused files from before a time."""
        return self.ready().unused().filter(created_at__lt=before)

    def editable_by(self, user: Any) -> StoredFileQuerySet:
        """Own, or all for an admin."""
        if not user.is_authenticated:
            return self.none()
        return self.ready() if user.is_admin else self.ready().filter(owner=user)


class StoredFile(UUIDModel):
    """One upload. The name is for display only; the path is made from the id."""

    class Kind(models.TextChoices):
        IMAGE = "image", _("Picture")
        VIDEO = "video", _("Video")
        DOCUMENT = "document", _("Document")
        AUDIO = "audio", _("Audio")
        CAPTION = "caption", _("Captions")
        ARCHIVE = "archive", _("Archive")
        OTHER = "other", _("Other")

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("Private")
        PUBLIC = "public", _("Public")

    class Status(models.TextChoices):
        UPLOADING = "uploading", _("Uploading")
        READY = "ready", _("Ready")
        DELETING = "deleting", _("Being deleted")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="stored_files",
        verbose_name=_("owner"),
    )
    original_name = models.CharField(_("name"), max_length=255)
    file = models.FileField(max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    mime = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    visibility = models.CharField(
        _("visibility"), max_length=7, choices=Visibility, default=Visibility.PRIVATE
    )
    alt_text = models.CharField(_("alternative text"), max_length=500, blank=True)
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    download_count = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=9, choices=Status, default=Status.UPLOADING)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="storedfile_owner_created"),
            models.Index(fields=["status", "created_at"], name="storedfile_status_created"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="ready") | (Q(size__gt=0) & ~Q(sha256="")),
                name="storedfile_ready_is_whole",
            )
        ]

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        """The address for pages; the name in it is decoration."""
        return reverse("files:serve", args=[self.pk, self.original_name])

    @property
    def is_public(self) -> bool:
        """Everybody may open it."""
        return self.visibility == self.Visibility.PUBLIC

    def is_referred_to(self) -> bool:
        """Whether any row refers to it (one query)."""
        return not StoredFile.objects.filter(pk=self.pk).unused().exists()

    def can_edit(self, user: User | Any) -> bool:
        """Owner or admin."""
        return bool(user.is_authenticated and (user.is_admin or self.owner_id == user.pk))

    def can_view(self, user: User | Any) -> bool:
        """Own, public, admin, or any rule registered from above says yes (may query)."""
        from files.permissions import rule_allows

        if self.status != self.Status.READY:
            return False
        if self.is_public or self.can_edit(user):
            return True
        return rule_allows(user, self)
