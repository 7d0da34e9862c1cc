"""How courses are sorted on the shelf: categories (made by admins) and tags (made by use)."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import UUIDModel
from lms.lib.text import validate_plain_text


class Category(UUIDModel):
    """A subject, named in both languages. The slug also picks the palette of covers."""

    name_en = models.CharField(_("name (English)"), max_length=100, validators=[validate_plain_text])
    name_ar = models.CharField(_("name (Arabic)"), max_length=100, validators=[validate_plain_text])
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name_en"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_ar if (get_language() or "").startswith("ar") else self.name_en


class Tag(UUIDModel):
    """A word that courses share; `key` is its normalised spelling, so that "Python" is "python"."""

    name = models.CharField(_("name"), max_length=50, validators=[validate_plain_text])
    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    key = models.CharField(max_length=100, unique=True, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
