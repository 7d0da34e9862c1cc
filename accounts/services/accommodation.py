"""Extra time and attempts: given by admins, read by quizzes."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Accommodation, User
from accounts.models.audit import record
from accounts.services.checks import refuse, value_errors
from accounts.services.people import refuse_erased
from lms.lib.text import clean_multiline_text

FIELDS = ["time_factor", "extra_attempts", "note"]


def accommodation_of(user: User) -> Accommodation:
    """Return what the person is granted; an unsaved row of factor 1.00 and no extra attempts for nobody's
    (one query)."""
    return Accommodation.objects.filter(user=user).first() or Accommodation(user=user)


@transaction.atomic
def set_accommodation(
    *, user: User, by: User, time_factor: Decimal, extra_attempts: int, note: str = ""
) -> Accommodation:
    """Grant `time_factor` (1.00 to 3.00 times as long) and `extra_attempts` (0 to 20), instead of what was.

    Counts from the next attempt that starts. Audited with old and new values; the same again changes nothing.
    Raises AccountErased, InvalidFields.
    """
    # The person's row is the queue of two admins (on SQLite, BEGIN IMMEDIATE): each audits what it replaced.
    refuse_erased(User.objects.get_queryset().select_for_update(no_key=True).get(pk=user.pk))
    row = accommodation_of(user)
    before = {} if row._state.adding else _values(row)
    row.time_factor, row.extra_attempts = time_factor, extra_attempts
    row.note = clean_multiline_text(note)
    refuse(value_errors(row, FIELDS))
    after = _values(row)
    if after == before:
        return row
    row.set_by = by
    row.save()
    _note(user, by, "user.accommodation_set", before, after)
    return row


@transaction.atomic
def clear_accommodation(*, user: User, by: User) -> None:
    """Take back what was granted, from the next attempt on. Nothing happens where there is nothing."""
    row = Accommodation.objects.select_for_update().filter(user=user).first()
    if row is not None:
        before = _values(row)
        row.delete()
        _note(user, by, "user.accommodation_cleared", before, {})


def _values(row: Accommodation) -> dict[str, Any]:
    factor = Decimal(row.time_factor).quantize(Decimal("0.01"))
    return {"time_factor": str(factor), "extra_attempts": row.extra_attempts, "note": row.note}


def _note(user: User, by: User, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = {
        name: [before.get(name), after.get(name)]
        for name in FIELDS
        if before.get(name) != after.get(name) and (before.get(name) or after.get(name))
    }
    record(by=by, action=action, target=user, data=changed)
