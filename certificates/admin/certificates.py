"""Certificates for staff: own courses for instructors, all for admins."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.models.audit import AuditEntry
from certificates import services
from certificates.admin.filters import CourseFilter, TemplateFilter
from certificates.admin.pages import issue_page, reissue_page
from certificates.exports import CERTIFICATES
from certificates.forms import ReasonForm, RevokeForm
from certificates.models import Certificate, CertificateRevision
from lms.lib.admin import StaffModelAdmin
from lms.lib.requests import person_of
from lms.lib.sheets import FORMATS, export
from lms.lib.stale import SeenForm

SNAPSHOT = [
    "number", "shown_code", "student_name", "course_title", "instructor_name", "issuer_name", "language",
    "completed_on", "duration_minutes", "score_percentage", "grade", "criteria", "valid_until", "issued_at",
    "issued_by", "revision", "status", "revoked_at", "revoked_by", "revoke_category", "revoke_reason",
    "correction_note", "correction_requested_at", "pdf_status", "pdf_error", "pdf_link", "emailed_at", "audit",
]  # fmt: skip


class RevisionInline(TabularInline):
    """The ledger of revisions, to look at."""

    model = CertificateRevision
    fields = ["revision", "created_at", "created_by", "reason"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # the page itself was asked for

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CertificateRevision]:
        rows: QuerySet[CertificateRevision] = super().get_queryset(request)
        return rows.select_related("created_by")


class CorrectionFilter(admin.EmptyFieldListFilter):
    """Whether the holder asks for a correction."""

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, *args, **kwargs)
        self.title = _("correction asked for")


class NotesForm(SeenForm):
    """What staff note; two of them overwrite nothing of each other unseen."""

    def hold(self) -> None:
        """Wait for whoever saves this note now, and read what they wrote."""
        rows = Certificate.objects.select_for_update()
        self.instance.refresh_from_db(fields=["notes"], from_queryset=rows)
        self.initial["notes"] = self.instance.notes

    def write(self) -> Certificate:
        """Write it on the row."""
        certificate: Certificate = self.instance
        certificate.note(self.cleaned_data["notes"])
        return certificate


@admin.register(Certificate)
class CertificateAdmin(StaffModelAdmin):
    """Everything but the notes is a snapshot; verbs are actions and pages."""

    form = NotesForm
    change_form_before_template = "admin/courses/default_button.html"
    list_display = [
        "number",
        "student_name",
        "course_title",
        "issued_at",
        "issued_by",
        "shown_status",
        "shown_pdf",
        "revision",
        "shown_correction",
    ]
    list_filter = [
        "status",
        "pdf_status",
        CourseFilter,
        "language",
        ("correction_requested_at", CorrectionFilter),
        "issued_at",
    ]
    search_fields = [
        "number",
        "verification_code",
        "student_name",
        "course_title",
        "enrollment__student__email",
    ]
    change_list_template = "admin/certificates/change_list.html"
    list_select_related = ["issued_by"]
    readonly_fields = SNAPSHOT
    fields = [*SNAPSHOT, "notes"]
    inlines = [RevisionInline]
    actions = ["revoke", "restore", "dismiss_correction", "render_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return Certificate.objects.managed_by(request.user).with_people()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("issue/", view(self.issue_view), name="certificates_certificate_issue"),
            path("export/<str:kind>/", view(self.export_view), name="certificates_certificate_export"),
            path(
                "<uuid:certificate_id>/reissue/",
                view(self.reissue_view),
                name="certificates_certificate_reissue",
            ),
            *super().get_urls(),
        ]

    def issue_view(self, request: HttpRequest) -> HttpResponse:
        """Completed enrollments without a certificate, and the button that issues them."""
        if not self.has_module_permission(request):
            raise PermissionDenied
        return issue_page(self, request)

    def reissue_view(self, request: HttpRequest, certificate_id: UUID) -> HttpResponse:
        """Old and new side by side."""
        return reissue_page(self, request, certificate_id)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        # Templates are nothing for instructors.
        return [*self.list_filter, *([TemplateFilter] if person_of(request).is_admin else [])]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list as it is filtered, searched and sorted on the screen, as a file."""
        if not self.has_module_permission(request):
            raise PermissionDenied
        if kind not in FORMATS:
            raise Http404
        rows = self.get_changelist_instance(request).get_queryset(request)
        return export(CERTIFICATES, rows.select_related("template"), name="certificates", as_=kind)

    def _export_url(self, kind: str, request: HttpRequest) -> str:
        return f"{reverse('admin:certificates_certificate_export', args=[kind])}?{request.GET.urlencode()}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        ctx = {
            "pdfs": self._pdfs(request),
            "issue_url": reverse("admin:certificates_certificate_issue"),
            "exports": [(kind.upper(), self._export_url(kind, request)) for kind in FORMATS],
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, ctx)
        return response

    def _pdfs(self, request: HttpRequest) -> dict[str, Any]:
        managed = Certificate.objects.managed_by(request.user)
        failing = (
            managed.filter(status=Certificate.Status.ISSUED).exclude(pdf_error="").order_by("-pdf_not_before")
        )
        return {**managed.pdf_facts(), "error": failing.values_list("pdf_error", flat=True).first()}

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A code or number in any spelling, or words."""
        found = queryset.searched(search_term)
        return (
            (found, False)
            if found is not queryset
            else super().get_search_results(request, queryset, search_term)
        )

    @display(description=_("status"), label={"issued": "success", "revoked": "danger"})
    def shown_status(self, certificate: Certificate) -> tuple[str, str]:
        return certificate.status, certificate.get_status_display()

    @display(description=_("PDF"), label={"pending": "warning", "ready": "success", "failed": "danger"})
    def shown_pdf(self, certificate: Certificate) -> tuple[str, str]:
        return certificate.pdf_status, certificate.get_pdf_status_display()

    @admin.display(description=_("code"))
    def shown_code(self, certificate: Certificate) -> str:
        return certificate.code

    @admin.display(description=_("correction"), ordering="correction_requested_at")
    def shown_correction(self, certificate: Certificate) -> datetime | None:
        return certificate.correction_requested_at

    @admin.display(description=_("page and PDF"))
    def pdf_link(self, certificate: Certificate) -> str:
        page = certificate.get_absolute_url()
        download = reverse("certificates:download", args=[certificate.code])
        anew = reverse("admin:certificates_certificate_reissue", args=[certificate.pk])
        links = '<a href="{}">{}</a> · <a href="{}">PDF</a> · <a href="{}">{}</a>'
        return format_html(links, page, certificate.code, download, anew, _("Issue anew …"))

    @admin.display(description=_("audit trail"))
    def audit(self, certificate: Certificate) -> str:
        entries = AuditEntry.objects.filter(
            target_type="certificates.certificate", target_id=str(certificate.pk)
        ).order_by("-at")
        lines = ((e.at.date(), e.action, e.actor_label or "–", "; ".join(_said(e.data))) for e in entries)
        return format_html_join("", "<div>{} · {} · {} {}</div>", lines) or "–"

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        lead = _(
            "These certificates will no longer be valid. "
            "The PDF is not handed out any more and the public page says so."
        )
        return self._ask(
            request, queryset, RevokeForm, _("Revoke certificates"), lead, services.revoke_certificate
        )

    @admin.action(description=_("Restore"))
    def restore(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        lead = _("These certificates become valid again, as a new revision; the holders get a mail.")
        return self._ask(
            request, queryset, ReasonForm, _("Restore certificates"), lead, services.restore_certificate
        )

    @admin.action(description=_("Dismiss the correction asked for"))
    def dismiss_correction(
        self, request: HttpRequest, queryset: QuerySet[Certificate]
    ) -> HttpResponse | None:
        lead = _("The certificates stay as they are; the holders get your reason by mail.")
        title = _("Dismiss correction")
        return self._ask(request, queryset, ReasonForm, title, lead, services.dismiss_correction)

    @admin.action(description=_("Render the PDF again"))
    def render_again(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        count = sum(services.render_again(certificate) for certificate in queryset)
        text = ngettext("%(count)d PDF is being made again.", "%(count)d PDFs are being made again.", count)
        messages.success(request, text % {"count": count})

    def _ask(
        self,
        request: HttpRequest,
        rows: QuerySet[Certificate],
        form_class: type[forms.Form],
        title: Any,
        lead: Any,
        verb: Callable[..., object],
    ) -> HttpResponse | None:
        """Ask for what the verb needs, then call it for each row."""
        form = form_class(request.POST if "apply" in request.POST else None)
        if form.is_bound and form.is_valid():
            by = person_of(request)
            self.do_each(request, rows, lambda row: verb(certificate=row, by=by, **form.cleaned_data))
            return None
        ctx = {**self.admin_site.each_context(request), "form": form, "rows": rows, "title": title,
               "lead": lead, "action": request.POST.get("action", ""), "opts": self.opts}  # fmt: skip
        return render(request, "admin/certificates/ask.html", ctx)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)
        form.by = person_of(request)
        return form

    def save_model(self, request: HttpRequest, obj: Certificate, form: Any, change: bool) -> None:
        """The form's verb has saved."""


def _said(data: dict[str, Any]) -> list[str]:
    """What changed, as old → new."""
    parts = {name: value if isinstance(value, list) else [value] for name, value in data.items()}
    return [f"{name}: {' → '.join(str(part or '–') for part in changed)}" for name, changed in parts.items()]
