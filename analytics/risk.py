"""Who needs help: active enrollments that have fallen silent, or lie behind. One rule, for queries and for a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollments.models import Enrollment
from enrollments.models.enrollment import EnrollmentQuerySet

SILENT_AFTER = timedelta(days=14)
BEHIND_FROM = timedelta(days=7)  # with an end of access
BEHIND_POINTS = 25  # time used − progress, both in per cent
LITTLE_AFTER = timedelta(days=14)  # without one
LITTLE_PROGRESS = 10
INACTIVE, BEHIND, ANY = "inactive", "behind", "any"
KINDS = (INACTIVE, BEHIND)


@dataclass(frozen=True)
class Risk:
    """Why somebody needs help: one of KINDS, and the sentence that says so to staff."""

    kind: str
    sentence: str


def with_seen_at(rows: EnrollmentQuerySet) -> EnrollmentQuerySet:
    """Add `seen_at`: when the student was last seen, or enrolled if never. Ordered by it, longest silence first."""
    return rows.annotate(seen_at=Coalesce("last_accessed_at", "enrolled_at")).order_by("seen_at", "pk")


def at_risk(rows: EnrollmentQuerySet, kind: str = ANY, *, now: datetime | None = None) -> EnrollmentQuerySet:
    """Keep those at risk: `kind` is inactive, behind or any."""
    return rows.filter(condition(kind, now=now))


def condition(kind: str = ANY, *, now: datetime | None = None) -> Q:
    """Return what a query over Enrollment asks for those at risk: inactive, behind or any of the two."""
    now = now or timezone.now()
    rules = {INACTIVE: _inactive(now), BEHIND: _behind(now)}
    rule = rules[INACTIVE] | rules[BEHIND] if kind == ANY else rules[kind]
    return Q(status=Enrollment.Status.ACTIVE) & rule


def _inactive(now: datetime) -> Q:
    before = now - SILENT_AFTER
    return Q(last_accessed_at__lt=before) | Q(last_accessed_at=None, enrolled_at__lt=before)


def _behind(now: datetime) -> Q:
    """100 × time used ≥ (progress + 25) × time of access, so that nothing is divided."""
    used: Any = ExpressionWrapper(Value(now) - F("enrolled_at"), output_field=DurationField())
    access: Any = ExpressionWrapper(F("expires_at") - F("enrolled_at"), output_field=DurationField())
    bound: Any = Cast(F("progress_percentage") + BEHIND_POINTS, FloatField())
    is_late = GreaterThanOrEqual(
        ExpressionWrapper(used * Value(100.0), output_field=DurationField()),
        ExpressionWrapper(access * bound, output_field=DurationField()),
    )
    with_end = Q(is_late, expires_at__isnull=False, enrolled_at__lte=now - BEHIND_FROM)
    without = Q(expires_at=None, enrolled_at__lt=now - LITTLE_AFTER, progress_percentage__lt=LITTLE_PROGRESS)
    return with_end | without


def risks_of(enrollment: Enrollment, *, now: datetime | None = None) -> list[Risk]:
    """Return why the enrollment is at risk, what `condition` says of it with its sentences; [] if it is not."""
    now = now or timezone.now()
    if enrollment.status != Enrollment.Status.ACTIVE:
        return []
    return [risk for risk in (_silence(enrollment, now), _lag(enrollment, now)) if risk]


def _silence(row: Enrollment, now: datetime) -> Risk | None:
    silent = now - (row.last_accessed_at or row.enrolled_at)
    if silent <= SILENT_AFTER:
        return None
    if row.last_accessed_at is None:
        sentence = ngettext(
            "Enrolled %(count)d day ago and never seen.",
            "Enrolled %(count)d days ago and never seen.",
            silent.days,
        )
    else:
        sentence = ngettext("Not seen for %(count)d day.", "Not seen for %(count)d days.", silent.days)
    return Risk(INACTIVE, sentence % {"count": silent.days})


def _lag(row: Enrollment, now: datetime) -> Risk | None:
    used, progress = now - row.enrolled_at, row.progress_percentage
    if row.expires_at is None:
        if used <= LITTLE_AFTER or progress >= LITTLE_PROGRESS:
            return None
        sentence = ngettext(
            "%(progress)s%% done, %(count)d day after enrolling.",
            "%(progress)s%% done, %(count)d days after enrolling.",
            used.days,
        )
        return Risk(BEHIND, sentence % {"progress": _whole(progress), "count": used.days})
    access = row.expires_at - row.enrolled_at
    in_time = 100 * _seconds(used) < (progress + BEHIND_POINTS) * _seconds(access)
    if used < BEHIND_FROM or in_time:
        return None
    spent = min(Decimal(100), 100 * _seconds(used) / _seconds(access))
    words = _("%(used)s%% of the time of access is over, %(progress)s%% of the course done.")
    return Risk(BEHIND, words % {"used": _whole(spent), "progress": _whole(progress)})


def _seconds(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1)) / 1_000_000


def _whole(percentage: Decimal) -> int:
    return int(percentage)  # cut: nobody reads 10% where the rule says below 10
