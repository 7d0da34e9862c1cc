"""Two pages beside the list: issuing by hand, and the next revision of one certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates import services
from certificates.exceptions import StaleCertificate
from certificates.forms import ReissueForm
from certificates.models import Certificate
from courses.models import Course
from enrollments.models import Enrollment
from lms.lib.admin import add_refusal, sentences
from lms.lib.errors import DomainError
from lms.lib.requests import person_of

if TYPE_CHECKING:
    from certificates.admin.certificates import CertificateAdmin

SHOWN = 200  # rows of the issue page


def issue_page(page: CertificateAdmin, request: HttpRequest) -> HttpResponse:
    """List completed enrollments without a certificate; POST issues the chosen ones, with a report per row."""
    waiting = (
        Enrollment.objects.filter(
            status=Enrollment.Status.COMPLETED,
            certificate=None,
            student__erased_at=None,
            course__in=Course.objects.editable_by(request.user),
        )
        .select_related("student", "course__instructor")
        .order_by("completed_at", "pk")
    )
    if request.method == "POST":
        _issue_chosen(request, waiting)
        return redirect("admin:certificates_certificate_issue")
    ctx = {
        **page.admin_site.each_context(request),
        "waiting": waiting[:SHOWN],
        "total": waiting.count(),
        "title": _("Issue certificates by hand"),
        "opts": page.opts,
    }
    return render(request, "admin/certificates/issue.html", ctx)


def _issue_chosen(request: HttpRequest, waiting: Any) -> None:
    chosen = [pk for pk in map(_uuid, request.POST.getlist("enrollment")) if pk]
    issued = 0
    for enrollment in waiting.filter(pk__in=chosen[:SHOWN]):
        try:
            services.issue_certificate(enrollment, by=person_of(request))
        except DomainError as error:
            for sentence in sentences(error):
                messages.error(request, f"{enrollment.student}, {enrollment.course}: {sentence}")
        else:
            issued += 1
    if issued:
        text = ngettext("%(count)d certificate issued.", "%(count)d certificates issued.", issued)
        messages.success(request, text % {"count": issued})
    elif not chosen:
        messages.warning(request, _("Choose at least one person."))


def reissue_page(page: CertificateAdmin, request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """Show the printed lines of now beside those of the next revision; POST issues it."""
    certificate: Certificate | None = page.get_object(request, str(certificate_id))
    if certificate is None or not page.has_change_permission(request, certificate):
        raise Http404
    form = ReissueForm(request.POST or None, initial=_proposed(certificate))
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("revision", str(certificate.revision)) != str(certificate.revision):
                raise StaleCertificate  # what the page showed beside the form is printed no more
            services.reissue_certificate(certificate=certificate, by=person_of(request), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Issued anew. The PDF follows within seconds."))
            return redirect("admin:certificates_certificate_change", certificate.pk)
    ctx = {
        **page.admin_site.each_context(request),
        "certificate": certificate,
        "form": form,
        "now": _printed(certificate),
        "title": _("Issue anew: %(number)s") % {"number": certificate.number},
        "opts": page.opts,
    }
    return render(request, "admin/certificates/reissue.html", ctx)


def _proposed(certificate: Certificate) -> dict[str, Any]:
    return {**services.proposed_values(certificate), "valid_until": certificate.valid_until}


def _printed(certificate: Certificate) -> list[tuple[str, str]]:
    until = certificate.valid_until
    score = certificate.score_percentage
    return [
        (_("Holder"), certificate.student_name),
        (_("Language"), certificate.get_language_display()),
        (_("Valid until"), date_format(until) if until else _("No end date")),
        (_("Grade"), certificate.get_grade_display() + (f" ({score}%)" if score is not None else "")),
        (_("Revision"), str(certificate.revision)),
    ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
