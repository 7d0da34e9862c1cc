"""Who is in a course and how they do: one list for the page, the API and the files, read live from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import django_filters
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from analytics.models import CourseStat
from analytics.risk import ANY, BEHIND, INACTIVE, Risk, at_risk, risks_of
from analytics.standing import WithLevel
from certificates.models import Certificate
from enrollments.models import Enrollment
from enrollments.models.enrollment import EnrollmentQuerySet
from lms.lib.filters import InvalidFilter, check_search
from lms.lib.sheets import Column, chunked
from quizzes.services import quiz_averages

STATUSES = Enrollment.Status.choices
RISKS = ((ANY, _("At risk")), (INACTIVE, _("Inactive")), (BEHIND, _("Behind")))
ORDERS = {
    "name": "student__full_name",
    "enrolled_at": "enrolled_at",
    "last_accessed_at": "last_accessed_at",
    "progress_percentage": "progress_percentage",
}
ORDER_CHOICES = [
    ("name", _("Name")),
    ("-name", _("Name, from the end")),
    ("-enrolled_at", _("Enrolled last")),
    ("enrolled_at", _("Enrolled first")),
    ("-last_accessed_at", _("Seen last")),
    ("last_accessed_at", _("Seen first")),
    ("-progress_percentage", _("Most progress")),
    ("progress_percentage", _("Least progress")),
]


class StudentFilter(django_filters.FilterSet):
    """Which of a course's students, in which order; those at risk with the longest silence first."""

    status = django_filters.ChoiceFilter(choices=STATUSES)
    risk = django_filters.ChoiceFilter(choices=RISKS, method="filter_risk")
    progress_min = django_filters.NumberFilter(
        field_name="progress_percentage", lookup_expr="gte", min_value=0, max_value=100
    )
    progress_max = django_filters.NumberFilter(
        field_name="progress_percentage", lookup_expr="lte", min_value=0, max_value=100
    )
    search = django_filters.CharFilter(method="filter_search", help_text=_("Name or e-mail."))
    ordering = django_filters.ChoiceFilter(choices=ORDER_CHOICES, method="sort")

    class Meta:
        model = Enrollment
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if asked["ordering"]:
            return rows
        if asked["risk"]:
            return rows.order_by(Coalesce("last_accessed_at", "enrolled_at"), "pk")
        # Who is left is sorted: on the way along the index of names it may be far to the next of them.
        is_whole = all(value in (None, "") for value in asked.values())
        return rows if is_whole else rows.order_by("student__full_name", "pk")

    def filter_risk(self, rows: EnrollmentQuerySet, name: str, kind: str) -> EnrollmentQuerySet:
        return at_risk(rows, kind)

    def filter_search(self, rows: QuerySet[Enrollment], name: str, text: str) -> QuerySet[Enrollment]:
        for word in check_search(text).split():
            rows = rows.filter(Q(student__full_name__icontains=word) | Q(student__email__icontains=word))
        return rows

    def sort(self, rows: QuerySet[Enrollment], name: str, order: str) -> QuerySet[Enrollment]:
        field = F(ORDERS[order.lstrip("-")])
        first = field.desc(nulls_last=True) if order.startswith("-") else field.asc(nulls_last=True)
        return rows.order_by(first, "pk")


LARGE = 5000  # enrollments, from which on names are read along their index (docs/decisions/0005)


def by_name(stat: CourseStat) -> Any:
    """Return the order by name: in a large course along the index of names, in others by sorting its students.

    The database cannot be left to choose: where few of many people are in the course, the way along the index is long.
    """
    name = F("student__full_name")
    return Coalesce(name, Value("")) if stat.enrollments >= LARGE else name


def students(stat: CourseStat) -> EnrollmentQuerySet:
    """Return everybody who is or was in the course, with what a row shows, by name (one query).

    The number of the certificate is looked up for the rows that are shown, after they were sorted and cut.
    """
    standing = Certificate.objects.filter(enrollment=OuterRef("pk"), status=Certificate.Status.ISSUED)
    return (
        Enrollment.objects.filter(course=stat.course_id)
        .select_related("student")
        .defer("notes")
        .annotate(certificate_number=Subquery(standing.order_by().values("number")))
        .order_by(by_name(stat), "pk")
    )


def chosen(stat: CourseStat, params: Mapping[str, Any]) -> QuerySet[Enrollment]:
    """Return the students that a query string asks for; empty values ask for nothing.

    Raises InvalidFilter or SearchTooShort for a value that the list does not take.
    """
    found = StudentFilter(dict(params.items()), queryset=students(stat))
    if not found.is_valid():
        field, errors = next(iter(found.form.errors.get_json_data().items()))
        raise InvalidFilter(field, errors[0]["message"])
    rows: QuerySet[Enrollment] = found.qs
    return rows


@dataclass(frozen=True)
class Student(WithLevel):
    """One row: the enrollment with its student, and the quiz average in per cent (None: no result)."""

    enrollment: Enrollment
    average_quiz_score: Decimal | None

    @property
    def name(self) -> str:
        return self.enrollment.student.full_name

    @property
    def email(self) -> str:
        return self.enrollment.student.email

    @property
    def certificate_number(self) -> str | None:
        number: str | None = self.enrollment.certificate_number  # type: ignore[attr-defined]  # of students()
        return number

    @cached_property
    def risks(self) -> list[Risk]:
        return risks_of(self.enrollment)

    @property
    def risk_words(self) -> str:
        return " ".join(risk.sentence for risk in self.risks)


def read(rows: Iterable[Enrollment]) -> list[Student]:
    """Return the rows with their quiz averages (one query, however many)."""
    rows = list(rows)
    averages = quiz_averages(rows)
    return [Student(row, averages[row.pk]) for row in rows]


def read_all(rows: QuerySet[Enrollment]) -> Iterator[Student]:
    """Yield all rows, 500 at a time (a query each beside the cursor's)."""
    for chunk in chunked(rows):
        yield from read(chunk)


COLUMNS = (
    Column(_("Student"), lambda row: row.name),
    Column(_("E-mail"), lambda row: row.email),
    Column(_("Status"), lambda row: row.enrollment.get_status_display()),
    Column(_("Enrolled"), lambda row: row.enrollment.enrolled_at, "time"),
    Column(_("Last seen"), lambda row: row.enrollment.last_accessed_at, "time"),
    Column(_("Progress (%)"), lambda row: row.enrollment.progress_percentage, "number", 2),
    Column(_("Completed lessons"), lambda row: row.enrollment.completed_lessons_count, "number"),
    Column(_("Lessons"), lambda row: row.enrollment.total_lessons_count, "number"),
    Column(_("Hours"), lambda row: row.time_hours, "number", 2),
    Column(_("Quiz average (%)"), lambda row: row.average_quiz_score, "number", 2),
    Column(_("Level"), lambda row: row.level_word),
    Column(_("At risk"), lambda row: row.risk_words or None),
    Column(_("Certificate"), lambda row: row.certificate_number),
)
