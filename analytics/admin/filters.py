"""Filters that offer nobody what is another's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from analytics.models import CourseStat
from courses.models import Category, Course


class StatusFilter(admin.SimpleListFilter):
    """State of the course."""

    title, parameter_name = _("status"), "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Course.Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[CourseStat]) -> QuerySet[CourseStat]:
        return _chosen(self, queryset, "course__status")


class CategoryFilter(admin.SimpleListFilter):
    """Categories of the courses in the list."""

    title, parameter_name = _("category"), "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        shown = model_admin.get_queryset(request).order_by().values("course__category")
        return [(str(row.pk), str(row)) for row in Category.objects.filter(pk__in=shown)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CourseStat]) -> QuerySet[CourseStat]:
        return _chosen(self, queryset, "course__category")


class OwnerFilter(admin.SimpleListFilter):
    """Owners of the courses in the list, for admins."""

    title, parameter_name = _("owner"), "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        shown = model_admin.get_queryset(request).order_by().values("course__instructor")
        people = User.objects.get_queryset().filter(pk__in=shown)
        return [(str(person.pk), person.full_name) for person in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CourseStat]) -> QuerySet[CourseStat]:
        return _chosen(self, queryset, "course__instructor")


def _chosen(filter: admin.SimpleListFilter, rows: QuerySet[CourseStat], path: str) -> QuerySet[CourseStat]:
    known = {value for value, _title in filter.lookup_choices}
    return rows.filter(**{path: filter.value()}) if filter.value() in known else rows
