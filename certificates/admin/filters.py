"""Filters that offer nobody another's course."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate, CertificateTemplate
from courses.models import Course


class CourseFilter(admin.SimpleListFilter):
    """Courses of certificates that the person manages."""

    title = _("course")
    parameter_name = "course"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        managed = Certificate.objects.managed_by(request.user).order_by()
        courses = Course.objects.filter(pk__in=managed.values("enrollment__course"))
        return [(str(pk), title) for pk, title in courses.order_by("title").values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        chosen = self.value()
        known = {value for value, _title in self.lookup_choices}
        return queryset.filter(enrollment__course_id=UUID(chosen)) if chosen in known else queryset


class TemplateFilter(admin.SimpleListFilter):
    """Templates that certificates name."""

    title = _("template")
    parameter_name = "template"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in CertificateTemplate.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        chosen = self.value()
        known = {value for value, _name in self.lookup_choices}
        return queryset.filter(template=UUID(chosen)) if chosen in known else queryset
