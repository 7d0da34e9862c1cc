"""Certificates that were issued before the ledger of revisions get their row in it."""

import secrets

from django.db import migrations

LIST_PLACES = 131_072


def fill(apps, schema_editor):
    certificates = apps.get_model("certificates", "Certificate").objects.filter(revisions=None)
    revisions = apps.get_model("certificates", "CertificateRevision").objects
    taken = set(revisions.values_list("status_index", flat=True))
    for certificate in certificates.iterator(chunk_size=500):
        places = LIST_PLACES * (1 + len(taken) * 2 // LIST_PLACES)  # at most half full, so that a draw ends
        index = secrets.randbelow(places)
        while index in taken:
            index = secrets.randbelow(places)
        taken.add(index)
        revisions.create(
            certificate=certificate,
            revision=certificate.revision,
            status_index=index,
            created_at=certificate.revised_at or certificate.issued_at,
            created_by_id=certificate.issued_by_id,
        )


class Migration(migrations.Migration):
    dependencies = [("certificates", "0002_revisions_and_corrections")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
