from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollments", "0002_review_lengths")]

    operations = [
        migrations.AlterField(
            model_name="enrollmentevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("enrolled", "Enrolled"),
                    ("reactivated", "Came back"),
                    ("renewed", "Renewed"),
                    ("dropped", "Dropped"),
                    ("suspended", "Suspended"),
                    ("resumed", "Resumed"),
                    ("expired", "Expired"),
                    ("extended", "Extended"),
                    ("completed", "Completed"),
                    ("unlocked", "Locks removed"),
                    ("progress_reset", "Progress reset"),
                    ("reminded", "Reminded"),
                    ("expiry_warned", "Warned of the end of access"),
                    ("weekly_summary", "Weekly summary"),
                ],
                max_length=20,
                verbose_name="event",
            ),
        ),
    ]
