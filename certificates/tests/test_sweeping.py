"""A sweep does every row that can be done, whatever becomes of one."""

from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone

from certificates import services
from certificates.models import Certificate, CertificateTemplate
from certificates.tests.factories import CertificateFactory

pytestmark = pytest.mark.django_db


def test_a_row_that_fails_holds_up_no_other():
    first, second = CertificateFactory.create_batch(2)
    broken = CertificateTemplate.objects.create(name="Broken", accent="#a1a1a1")
    CertificateTemplate.objects.filter(pk=broken.pk).update(accent="no hue")  # past every form
    Certificate.objects.filter(pk=first.pk).update(template=broken)
    Certificate.objects.update(pdf_not_before=first.issued_at)
    done = services.sweep()
    assert (done["rendered"], done["mailed"]) == (1, 1)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.pdf_status, first.pdf_error, first.pdf_tries) == ("pending", "render_failed", 1)
    assert (second.pdf_status, bool(second.emailed_at)) == ("ready", True)
    assert first.pdf_not_before > first.issued_at


class Died(BaseException):
    """What nothing catches, as a killed process catches nothing."""


def _die_once_ready(execute, statement, params, many, context):
    done = execute(statement, params, many, context)
    if statement.startswith("UPDATE") and Certificate.PdfStatus.READY in params:
        raise Died
    return done


def test_a_worker_that_dies_with_the_pdf_made_keeps_no_mail_waiting():
    certificate = CertificateFactory()
    Certificate.objects.update(pdf_not_before=certificate.issued_at)
    with suppress(Died), connection.execute_wrapper(_die_once_ready):
        services.render(certificate.pk)
    certificate.refresh_from_db()
    assert (certificate.pdf_status, certificate.emailed_at) == ("ready", None)
    assert certificate.email_due_at <= timezone.now()
    assert services.sweep()["mailed"] == 1
