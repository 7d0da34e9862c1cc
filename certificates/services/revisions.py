"""The ledger of revisions: one row for each, with its own place in a revocation list."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User
from certificates.exceptions import CodesExhausted
from certificates.models import Certificate, CertificateRevision
from certificates.models.revision import LIST_PLACES

DRAWS = 8


def note_revision(certificate: Certificate, *, by: User | None, reason: str = "") -> CertificateRevision:
    """Write the row of the certificate's present revision, in the transaction that made it.

    Its place is drawn at random inside the newest list, so that neighbours say nothing about each other; a
    taken one is drawn again, and after eight refusals in a row the next list begins. Raises CodesExhausted
    when that list refuses too.
    """
    newest = CertificateRevision.objects.aggregate(last=Max("status_index"))["last"] or 0
    first_of_list = newest - newest % LIST_PLACES
    for start in (first_of_list, first_of_list + LIST_PLACES):
        for _draw in range(DRAWS):
            try:
                with transaction.atomic():
                    return CertificateRevision.objects.create(
                        certificate=certificate,
                        revision=certificate.revision,
                        status_index=start + secrets.randbelow(LIST_PLACES),
                        created_by=by,
                        reason=reason,
                    )
            except IntegrityError:
                continue
    raise CodesExhausted
