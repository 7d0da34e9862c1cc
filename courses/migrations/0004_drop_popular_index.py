from django.db import migrations


class Migration(migrations.Migration):
    """No index on figures: with one, each seat taken would write the search index of the row anew."""

    dependencies = [("courses", "0003_search_trigram")]

    operations = [migrations.RemoveIndex(model_name="course", name="course_popular")]
