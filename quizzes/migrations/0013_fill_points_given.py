"""What a person gave so far."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    given = apps.get_model("quizzes", "Answer").objects.filter(graded_by__isnull=False)
    given.update(points_given=F("points_earned"))


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0012_points_given")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
