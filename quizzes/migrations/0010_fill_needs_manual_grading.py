"""What is submitted and not graded waits for a person."""

from django.db import migrations


def fill(apps, schema_editor):
    apps.get_model("quizzes", "Attempt").objects.filter(status="submitted").update(needs_manual_grading=True)


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0009_graded_mail")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
