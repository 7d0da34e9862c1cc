from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_people_text_rules'),
    ]

    operations = [
        migrations.AlterField(
            model_name='outgoingmail',
            name='key',
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='kind',
            field=models.CharField(choices=[('verify', 'Confirm your e-mail'), ('welcome', 'Welcome'), ('already_registered', 'You already have an account'), ('invitation', 'Invitation'), ('password_reset', 'Password reset'), ('password_changed', 'Password changed'), ('email_changed', 'E-mail changed'), ('token_reused', 'Session ended for safety'), ('deactivated', 'Account deactivated')], max_length=40, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='sent_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='sent'),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='state',
            field=models.CharField(choices=[('pending', 'Pending'), ('sent', 'Sent'), ('failed', 'Failed'), ('dropped', 'No longer needed')], default='pending', max_length=8, verbose_name='state'),
        ),
    ]
