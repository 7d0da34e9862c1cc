from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

INDEX = "course_search_trigram"


def create_index(apps, schema_editor):
    # SQLite has no trigrams and scans; what search finds is the same there.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {INDEX} ON courses_course USING gin (search_text gin_trgm_ops)")


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    """Let PostgreSQL answer "every word is contained" from an index."""

    dependencies = [("courses", "0002_plain_text_validators")]

    operations = [TrigramExtension(), migrations.RunPython(create_index, drop_index)]
