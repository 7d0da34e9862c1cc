from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0008_answer_time_spent")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="needs_manual_grading",
            field=models.BooleanField(default=False, verbose_name="waits for a person"),
        ),
        migrations.AddField(
            model_name="attempt",
            name="mail_state",
            field=models.CharField(
                blank=True,
                choices=[("pending", "Pending"), ("sent", "Sent"), ("failed", "Failed")],
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="mail_lease_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="mail_tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("mail_state", "pending")), fields=["graded_at"], name="attempt_mail"
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_manual_grading", False),
                    ("status__in", ["submitted", "voided"]),
                    _connector="OR",
                ),
                name="attempt_waits_for_person",
            ),
        ),
    ]
