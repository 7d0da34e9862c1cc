from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0011_regrade")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="points_given",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(("points_given", None), ("points_given__gte", 0), _connector="OR"),
                name="answer_points_given_range",
            ),
        ),
    ]
