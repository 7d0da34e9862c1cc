"""The public profile of those who teach."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User
from lms.lib.ids import UUIDModel
from lms.lib.text import validate_plain_text

HTTPS_ONLY = URLValidator(schemes=["https"], message=_("Enter a web address that starts with https://."))


def validate_linkedin_url(value: str) -> None:
    """Raise ValidationError `invalid_linkedin_url` unless the address is a page of LinkedIn."""
    host = urlsplit(value).hostname or ""
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        raise ValidationError(_("Enter the address of a page on linkedin.com."), code="invalid_linkedin_url")


class InstructorProfile(UUIDModel):
    """What the public sees of a person who teaches."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="instructor_profile")
    slug = models.SlugField(
        _("name in the address"), max_length=200, unique=True, allow_unicode=True, editable=False
    )
    headline = models.CharField(_("headline"), max_length=160, blank=True, validators=[validate_plain_text])
    specialization = models.CharField(
        _("field"), max_length=255, blank=True, validators=[validate_plain_text]
    )
    website_url = models.URLField(_("website"), max_length=500, blank=True, validators=[HTTPS_ONLY])
    linkedin_url = models.URLField(
        _("LinkedIn"), max_length=500, blank=True, validators=[HTTPS_ONLY, validate_linkedin_url]
    )
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("instructor profile")
        verbose_name_plural = _("instructor profiles")

    def __str__(self) -> str:
        return self.user.full_name

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None
