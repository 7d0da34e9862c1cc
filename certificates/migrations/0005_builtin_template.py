"""The template that serves every course until somebody makes another: it can be edited, not deleted."""

from uuid import UUID

from django.db import migrations

BUILTIN_ID = UUID("0193c2a0-7e00-7000-8000-ce5711f1ca7e")


def make(apps, schema_editor):
    templates = apps.get_model("certificates", "CertificateTemplate").objects
    templates.get_or_create(pk=BUILTIN_ID, defaults={"name": "Standard"})


class Migration(migrations.Migration):
    dependencies = [("certificates", "0004_certificate_templates")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
