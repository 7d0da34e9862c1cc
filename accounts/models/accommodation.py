"""Extra time and attempts that a person is granted, stored once and read by quizzes."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User
from lms.lib.figures import number
from lms.lib.ids import UUIDModel
from lms.lib.text import validate_plain_multiline_text

MIN_FACTOR, MAX_FACTOR = Decimal("1.00"), Decimal("3.00")
MAX_EXTRA_ATTEMPTS = 20


class Accommodation(UUIDModel):
    """How much longer, and how much more often, one person may sit a quiz. The note is for admins alone."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="accommodation", verbose_name=_("person")
    )
    time_factor = models.DecimalField(
        _("time factor"),
        max_digits=3,
        decimal_places=2,
        default=MIN_FACTOR,
        validators=[MinValueValidator(MIN_FACTOR), MaxValueValidator(MAX_FACTOR)],
    )
    extra_attempts = models.PositiveSmallIntegerField(
        _("extra attempts"), default=0, validators=[MaxValueValidator(MAX_EXTRA_ATTEMPTS)]
    )
    note = models.TextField(
        _("note"), max_length=1000, blank=True, validators=[validate_plain_multiline_text]
    )
    set_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("set by")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("accommodation")
        verbose_name_plural = _("accommodations")
        constraints = [
            models.CheckConstraint(
                condition=Q(time_factor__gte=MIN_FACTOR, time_factor__lte=MAX_FACTOR),
                name="accommodation_time_factor",
            ),
            models.CheckConstraint(
                condition=Q(extra_attempts__lte=MAX_EXTRA_ATTEMPTS), name="accommodation_extra_attempts"
            ),
        ]

    @property
    def in_words(self) -> str:
        """What is granted, as its person reads it: "quiz time × 1.5, 1 extra attempt"; "" for nothing."""
        parts = []
        if self.time_factor > MIN_FACTOR:
            factor = number(Decimal(self.time_factor).normalize())
            parts.append(gettext("quiz time × %(factor)s") % {"factor": factor})
        if self.extra_attempts:
            more = ngettext("%(count)d extra attempt", "%(count)d extra attempts", self.extra_attempts)
            parts.append(more % {"count": self.extra_attempts})
        return gettext(", ").join(parts)

    def __str__(self) -> str:
        return f"× {self.time_factor}, + {self.extra_attempts}"
