"""Whatever a student does at one moment in two places waits in one order: two orders would be a deadlock."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollments import services
from enrollments.models import Enrollment, LessonProgress
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db
WRITES = re.compile(r'^(?:UPDATE|INSERT INTO|DELETE FROM) "(\w+)"')
VERBS = {
    "open": lambda **what: services.open_lesson(**what),
    "beat": lambda **what: services.beat(**what, position=3),
    "notes": lambda **what: services.save_notes(**what, notes="Look twice.", revision=0),
    "bookmark": lambda **what: services.set_bookmark(**what, bookmarked=True),
    "complete": lambda **what: services.complete_lesson(**what, via="self"),
}


@pytest.mark.parametrize("is_new", [True, False], ids=["first", "again"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_a_lesson_writes_to_the_enrollment_first(verb, is_new):
    enrollment = EnrollmentFactory()
    lesson = enrollment.course.lessons.in_order().first()
    if not is_new:
        LessonProgress.objects.create(enrollment=enrollment, lesson=lesson)
    with CaptureQueriesContext(connection) as done:
        VERBS[verb](enrollment=enrollment, lesson=lesson)
    written = [found[1] for query in done.captured_queries if (found := WRITES.match(query["sql"]))]
    assert written[0] == Enrollment._meta.db_table and LessonProgress._meta.db_table in written
