"""Before there were draws an attempt had all the points of its quiz."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("quizzes", "Quiz").objects.update(attempt_points=F("total_points"))


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0005_draws")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
