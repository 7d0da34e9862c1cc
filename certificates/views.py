"""Certificates in the browser: one's own, and the public check."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.functional import lazy
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from certificates import services
from certificates.forms import CorrectionForm, VerifyForm
from certificates.models import Certificate
from certificates.permissions import find_certificate
from certificates.sheet import hours_in_words, wording_of
from certificates.templatetags.certificates_box import box_context
from certificates.throttling import Verification, check_download_throttle
from enrollments.models import Enrollment
from lms.lib.requests import AuthenticatedRequest


@require_safe
@cache_control(private=True, no_store=True)
def certificate_list(request: AuthenticatedRequest) -> HttpResponse:
    """One's own certificates, newest first; what is missing is issued on the spot."""
    mine = Enrollment.objects.filter(student=request.user).select_related("student", "course__instructor")
    services.issue_missing(mine.filter(status=Enrollment.Status.COMPLETED))
    return render(
        request,
        "certificates/certificate_list.html",
        {
            "certificates": Certificate.objects.filter(enrollment__student=request.user).with_people(),
            "in_progress": mine.filter(status=Enrollment.Status.ACTIVE, course__certificate_enabled=True),
        },
    )


@require_safe
@login_not_required
@cache_control(private=True, no_store=True)
def certificate_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate for its holder and staff; everybody else is sent to the public check."""
    certificate = find_certificate(code) if request.user.is_authenticated else None
    if certificate is None or not certificate.can_view(request.user):
        return redirect("certificates:verify_result", code)
    if certificate.code != code:
        return redirect(certificate)
    return render(
        request, "certificates/certificate_detail.html", _own(request, certificate, CorrectionForm())
    )


@require_POST
@cache_control(private=True, no_store=True)
def request_correction(request: AuthenticatedRequest, code: str) -> HttpResponse:
    """The holder says what is wrong on the certificate."""
    certificate = find_certificate(code)
    if certificate is None or certificate.enrollment.student_id != request.user.pk:
        raise Http404
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        ctx = _own(request, certificate, form)
        return render(request, "certificates/certificate_detail.html", ctx, status=422)
    services.request_correction(certificate=certificate, note=form.cleaned_data["note"])
    messages.success(request, _("Your instructor will look at it and answer by e-mail."))
    return redirect(certificate)


@require_safe
@cache_control(private=True, no_store=True)
def download(request: AuthenticatedRequest, code: str) -> HttpResponseBase:
    """The PDF for the holder and staff; while it is being made, back to the page that says so.

    Raises Throttled beyond thirty a minute, with those of the API.
    """
    certificate = find_certificate(code)
    if certificate is None or not certificate.can_view(request.user):
        return redirect("certificates:verify_result", code)
    if certificate.is_revoked and not certificate.can_edit(request.user):
        return redirect(certificate)
    check_download_throttle(request)
    pdf = services.read_pdf(certificate)
    if pdf is None:
        return redirect(certificate)
    return pdf_response(request, certificate, pdf)


def pdf_response(request: HttpRequest, certificate: Certificate, pdf: bytes) -> HttpResponseBase:
    """Return the PDF as a download with its name and ETag; 304 to who has it already."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, certificate.file_name) or ""
    response["ETag"] = f'"{certificate.pdf_sha256}"'
    response["X-Content-Type-Options"] = "nosniff"
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


@require_safe
@login_not_required
@cache_control(no_cache=True)
def verify(request: HttpRequest) -> HttpResponse:
    """The public form; a code sent with it leads to its own address."""
    form = VerifyForm(request.GET if "code" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("certificates:verify_result", form.cleaned_data["code"].replace("/", " "))
    return _public(render(request, "certificates/verify.html", {"form": form}))


@require_safe
@login_not_required
@cache_control(no_cache=True)
def verify_result(request: HttpRequest, code: str) -> HttpResponse:
    """What we know of one code or number: valid, expired, revoked or unknown, with every printed field."""
    check = Verification(request)
    certificate = find_certificate(code)
    if certificate is None:
        check.answered_unknown()
        ctx: dict[str, object] = {"typed": code, "form": VerifyForm(initial={"code": code})}
        return _public(render(request, "certificates/verify_unknown.html", ctx))
    canonical = certificate.number if code.upper().startswith("CERT") else certificate.code
    if code != canonical:
        return redirect("certificates:verify_result", canonical)
    return _public(
        render(request, "certificates/verify_result.html", {**_shown(certificate), "form": VerifyForm()})
    )


def _own(request: HttpRequest, certificate: Certificate, form: CorrectionForm) -> dict[str, object]:
    is_holder = certificate.enrollment.student_id == request.user.pk
    return {
        **_shown(certificate),
        "is_holder": is_holder,
        "form": form,
        "has_credential": bool(certificate.credential_url),
    }


def _shown(certificate: Certificate) -> dict[str, object]:
    return {
        "certificate": certificate,
        "state": certificate.state,
        # Put into words where it is shown: the sheet speaks the certificate's language, the page its reader's.
        "hours": lazy(hours_in_words, str)(certificate.duration_minutes),
        "wording": wording_of(certificate),
        "checked_at": timezone.now(),
    }


def _public(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@cache_control(private=True, no_store=True)
def box(request: AuthenticatedRequest, enrollment_id: UUID) -> HttpResponse:
    """The certificate box of one enrollment, for the page that waits for it."""
    enrollment = get_object_or_404(
        Enrollment.objects.filter(student=request.user).select_related("student", "course__instructor"),
        pk=enrollment_id,
    )
    return render(request, "certificates/_box.html", box_context(enrollment))
