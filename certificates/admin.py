"""Certificates for staff: own courses for instructors, all for admins."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from certificates import services
from certificates.forms import RevokeForm
from certificates.models import Certificate
from lms.lib.admin import StaffModelAdmin
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

SNAPSHOT = [
    "number", "code", "student_name", "course_title", "instructor_name", "issuer_name", "language", "completed_on",
    "duration_minutes", "score_percentage", "grade", "criteria", "valid_until", "issued_at", "issued_by", "revision",
    "status", "revoked_at", "revoked_by", "revoke_category", "revoke_reason", "pdf_status", "pdf_error", "pdf_link",
    "emailed_at",
]  # fmt: skip


@admin.register(Certificate)
class CertificateAdmin(StaffModelAdmin):
    """Everything but the notes is a snapshot."""

    list_display = ["number", "student_name", "course_title", "issued_at", "shown_status", "shown_pdf"]
    list_filter = ["status", "pdf_status", "language", "issued_at"]
    search_fields = [
        "number",
        "verification_code",
        "student_name",
        "course_title",
        "enrollment__student__email",
    ]
    readonly_fields = SNAPSHOT
    fields = [*SNAPSHOT, "notes"]
    actions = ["revoke", "render_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return Certificate.objects.managed_by(request.user).with_people()

    @display(description=_("status"), label={"issued": "success", "revoked": "danger"})
    def shown_status(self, certificate: Certificate) -> tuple[str, str]:
        return certificate.status, certificate.get_status_display()

    @display(description=_("PDF"), label={"pending": "warning", "ready": "success", "failed": "danger"})
    def shown_pdf(self, certificate: Certificate) -> tuple[str, str]:
        return certificate.pdf_status, certificate.get_pdf_status_display()

    @admin.display(description=_("page and PDF"))
    def pdf_link(self, certificate: Certificate) -> str:
        page = certificate.get_absolute_url()
        download = reverse("certificates:download", args=[certificate.code])
        return format_html('<a href="{}">{}</a> · <a href="{}">PDF</a>', page, certificate.code, download)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        form = RevokeForm(request.POST if "apply" in request.POST else None)
        if not form.is_bound or not form.is_valid():
            ctx = {**self.admin_site.each_context(request), "form": form, "certificates": queryset,
                   "title": _("Revoke certificates"), "opts": self.opts}  # fmt: skip
            return render(request, "admin/certificates/revoke.html", ctx)
        for certificate in queryset:
            self._try(request, certificate, lambda c: services.revoke_certificate(
                certificate=c, by=person_of(request), **form.cleaned_data))  # fmt: skip
        return None

    @admin.action(description=_("Render the PDF again"))
    def render_again(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        count = sum(services.render_again(certificate) for certificate in queryset)
        text = ngettext("%(count)d PDF is being made again.", "%(count)d PDFs are being made again.", count)
        messages.success(request, text % {"count": count})

    def _try(self, request: HttpRequest, certificate: Certificate, verb: Any) -> None:
        try:
            verb(certificate)
        except DomainError as error:
            messages.error(request, f"{certificate.number}: {error}")
        else:
            messages.success(request, _("Revoked: %(number)s") % {"number": certificate.number})

    def save_model(self, request: HttpRequest, obj: Certificate, form: Any, change: bool) -> None:
        if not obj.can_edit(request.user):
            raise PermissionDenied
        obj.save(update_fields=["notes"])
