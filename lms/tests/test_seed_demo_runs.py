"""Where and how often the demo is made."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from courses.models import Course
from files.models import StoredFile
from lms.demo.content import read_sources, store_files
from lms.demo.people import make_accounts
from lms.demo.seed import is_seeded, seed


@pytest.mark.django_db
def test_is_refused_in_production(settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="production"):
        call_command("seed_demo")
    assert not User.objects.exists()
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_a_run_that_was_stopped_is_finished_by_the_next(settings, tmp_path):
    settings.LMS_DATA_DIR, settings.DEMO_PASSWORD = tmp_path, ""
    sources = read_sources()
    store_files(sources[:2], make_accounts(timezone.now()))
    assert not is_seeded()
    assert seed().is_new
    assert is_seeded()
    assert Course.objects.published().count() == 3
    names = list(StoredFile.objects.values_list("owner", "original_name"))
    assert len(names) == len(set(names))
    assert not StoredFile.objects.filter(status="uploading").exists()
