"""Files of very many students leave as they are read: the process does not grow with them."""

import os
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from analytics.readers import students
from analytics.tests.factories import CourseStatFactory
from analytics.tests.staff import API, crowd
from enrollments.models import Enrollment
from lms.lib.sheets import CHUNK

pytestmark = pytest.mark.django_db
ROWS = {
    "csv": 50_000,
    "xlsx": 12_000,
}  # of a book every cell costs time; test_sheets writes more of smaller rows
SETTLED = 4_000  # rows after which all is loaded that is loaded once
MOST = 8 * 2**20  # bytes; one more row held costs several thousand
SERIES = {
    "postgresql": ("generate_series(1, %s) AS s(n)", "lpad(to_hex(s.n), 32, '0')::uuid"),
    "sqlite": (
        "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %s) SELECT n FROM s) AS s",
        "printf('%%032x', s.n)",
    ),
}


def multiply(row, count, **columns):
    """Copy a row so often inside the database, ids counted up; `columns` are what else differs, as SQL over s.n."""
    series, pk = SERIES[connection.vendor]
    names = [field.column for field in row._meta.concrete_fields]
    made = {"id": pk, **{name: sql.format(pk=pk) for name, sql in columns.items()}}
    values = ", ".join(made.get(name, f't."{name}"') for name in names)
    table, quoted = row._meta.db_table, ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} t, {series} WHERE t.id = %s",
            [count, row._meta.pk.get_db_prep_value(row.pk, connection)],
        )


def memory():
    """Return how many bytes the process holds, those of the database's driver included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.dear(seconds=12)
@pytest.mark.parametrize("as_", ROWS)
def test_memory_stays_the_same(api, instructor, monkeypatch, as_):
    course = CourseStatFactory(course__instructor=instructor).course
    crowd(course, 1)
    multiply(User.objects.get(email="crowd0@example.net"), ROWS[as_], email="'many' || s.n || '@example.net'")
    multiply(Enrollment.objects.get(), ROWS[as_], student_id="{pk}")
    held, read = [], students.read

    def watched(rows):
        held.append(memory())
        return read(rows)

    monkeypatch.setattr(students, "read", watched)
    answer = api(instructor).get(f"{API}/courses/{course.pk}/students/export", {"as": as_})
    for _chunk in answer.streaming_content:
        pass
    assert len(held) == ROWS[as_] / CHUNK + 1
    assert max(held) - held[SETTLED // CHUNK] < MOST
