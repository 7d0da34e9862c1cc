import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_drop_unused_index"),
        ("quizzes", "0010_fill_needs_manual_grading"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="pass_kept",
            field=models.BooleanField(default=False, verbose_name="pass kept"),
        ),
        migrations.AddField(
            model_name="attempt",
            name="regrade_order",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.auditentry",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("regrade_order__isnull", False)),
                fields=["quiz", "id"],
                name="attempt_regrade",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pass_kept", False), ("is_passed", True), ("is_passed", None), _connector="OR"
                ),
                name="attempt_pass_kept",
            ),
        ),
    ]
