from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0007_question_pictures")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="time_spent_seconds",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
