from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("quizzes", "0006_fill_attempt_points")]

    operations = [
        migrations.AddField(
            model_name="question",
            name="pictures",
            field=models.ManyToManyField(
                blank=True, editable=False, related_name="+", to="files.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="review_pictures",
            field=models.ManyToManyField(
                blank=True, editable=False, related_name="+", to="files.storedfile"
            ),
        ),
    ]
