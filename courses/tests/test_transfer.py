"""Courses as a table, out and in: all or nothing, nobody else's, and the same after a round trip."""

import csv
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry
from courses import services
from courses.models import Course
from courses.tests.factories import CategoryFactory, CourseFactory
from courses.transfer import names_for, read_table

pytestmark = pytest.mark.django_db

LIST = "/admin/courses/course/"
IMPORT, EXPORT = f"{LIST}import/", f"{LIST}export/"


def table(*rows, names=None):
    """A CSV file of these rows (dicts)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, names or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def upload(client, content):
    """Upload a file; return the page with the report or the form."""
    return client.post(IMPORT, {"file": SimpleUploadedFile("courses.csv", content)})


def outcomes(response):
    return [str(report.outcome) for report in response.context["reports"]]


def import_all(client, content):
    """Look, then say yes."""
    looked = upload(client, content)
    assert looked.context["waiting"], [report.sentences for report in looked.context["reports"]]
    return client.post(IMPORT, {"waiting": looked.context["waiting"]})


def exported(client, query=""):
    content = b"".join(client.get(EXPORT + query).streaming_content)
    return content, list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def facts():
    """What an import could change, to see that it has not."""
    return (
        list(Course.objects.order_by("pk").values()),
        list(Course.tags.through.objects.order_by("pk").values()),
        list(Course.prerequisite_courses.through.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
    )


@pytest.fixture
def rich(instructor):
    """A course with something in every cell, some of it such that a program would run it."""
    first = CourseFactory(instructor=instructor, title="First steps")
    return CourseFactory(
        instructor=instructor,
        draft=True,
        title="=1+1",
        subtitle="'=cmd|' /C calc'!A0",
        description='+Light\n\n- bends, "always"; سلمى\n' * 3,
        objectives=["@SUM(A1)", "Bend, light"],
        requirements=["Patience"],
        category=CategoryFactory(slug="optics"),
        tags=["R, advanced", "الضوء"],
        level="advanced",
        language="ar",
        price="120.5",
        max_students=30,
        access_days=90,
        is_sequential=True,
        certificate_enabled=False,
        min_quiz_average="60",
        promo_video_url="https://youtu.be/dQw4w9WgXcQ",
        estimated_duration_minutes=45,
        prerequisite_courses=[first],
    )


def test_what_was_exported_comes_back_the_same(login, admin_user, rich):
    client = login(admin_user)
    content, rows = exported(client)
    assert {row["slug"] for row in rows} == {"first-steps", rich.slug}
    row = next(row for row in rows if row["slug"] == rich.slug)
    assert (row["title"], row["subtitle"][:3], row["price"]) == ("'=1+1", "''=", "120.5")
    before = facts()
    assert outcomes(upload(client, content)) == ["unchanged", "unchanged"]
    assert not upload(client, content).context["waiting"]  # there is nothing to do
    assert facts() == before
    names = [name for name in row if name != "slug"]
    import_all(client, table(row, names=["slug", *names]).replace(rich.slug.encode(), b"", 1))
    copy = Course.objects.exclude(slug__in=["first-steps", rich.slug]).get()
    same = [name for name in services.COURSE_FIELDS if name not in ("slug", "tags", "prerequisite_courses")]
    assert [getattr(copy, name) for name in same] == [getattr(rich, name) for name in same]
    assert set(copy.tags.all()) == set(rich.tags.all())
    assert set(copy.prerequisite_courses.all()) == set(rich.prerequisite_courses.all())
    assert (copy.status, copy.instructor) == ("draft", rich.instructor)


def test_export_is_the_list_as_it_is_filtered(login, instructor, outsider_instructor):
    for title in ("Light", "Mirrors"):
        CourseFactory(instructor=instructor, title=title, modules=0, draft=True)
    CourseFactory(instructor=outsider_instructor, title="Light of others", modules=0, draft=True)
    client = login(instructor)
    _content, rows = exported(client, "?q=light")
    assert [row["title"] for row in rows] == ["Light"]
    assert "instructor" not in rows[0] and "status" not in rows[0]
    assert client.get(f"{EXPORT}?level=nonsense&p=x").status_code in (200, 302)


def test_drafts_are_made_and_own_courses_changed(login, instructor, course):
    services.update_course(course=course, by=instructor, fields={"slug": "light-new", "subtitle": "Old"})
    rows = [
        {"slug": "", "title": "Glass", "tags": "Optics، الضوء", "subtitle": ""},
        {"slug": "light-and-lenses", "title": "", "tags": "", "subtitle": "New"},  # its former address
    ]
    client = login(instructor)
    before = facts()
    looked = upload(client, table(*rows))
    assert outcomes(looked) == ["created", "changed"]
    assert facts() == before
    assert outcomes(client.post(IMPORT, {"waiting": looked.context["waiting"]})) == ["created", "changed"]
    course.refresh_from_db()
    assert (course.title, course.subtitle, course.status) == ("Light and lenses", "New", "published")
    made = Course.objects.get(title="Glass")
    assert (made.status, made.instructor, made.tags.count()) == ("draft", instructor, 2)
    again = client.post(IMPORT, {"waiting": looked.context["waiting"]}, follow=True)
    assert "The file is gone" in again.content.decode()
    assert Course.objects.count() == 2
    assert not default_storage.listdir("imports")[1]


WRONG = [
    ({"subtitle": "Untitled"}, "title: A new course needs a title."),
    ({"title": "ab"}, "title: "),
    ({"title": "a\u202eb c"}, "title: "),
    ({"title": "Glass", "price": "dear"}, "price: "),
    ({"title": "Glass", "price": "-1"}, "price: "),
    ({"title": "Glass", "level": "expert"}, "level: "),
    ({"title": "Glass", "language": "nonsense-"}, "language: "),
    ({"title": "Glass", "max_students": "many"}, "max_students: "),
    ({"title": "Glass", "is_sequential": "perhaps"}, "is_sequential: Write yes or no."),
    ({"title": "Glass", "category": "nowhere"}, "category: There is no such category."),
    ({"title": "Glass", "tags": ",".join(f"tag{n}" for n in range(11))}, "tags: "),
    ({"title": "Glass", "prerequisite_courses": "foreign"}, "prerequisite_courses: "),
    ({"title": "Glass", "promo_video_url": "https://evil.example/film"}, "promo_video_url: "),
    ({"slug": "no-such-course"}, "slug: You have no course with this address."),
    ({"slug": "foreign"}, "slug: You have no course with this address."),
    ({"slug": "own", "prerequisite_courses": "own"}, "prerequisite_courses: "),
    ({"slug": "twice"}, ""),
    ({"slug": "twice"}, "slug: This course stands in a row above already."),
]


def test_every_wrong_row_says_why_and_nothing_is_imported(login, instructor, outsider_instructor):
    CourseFactory(instructor=outsider_instructor, title="Foreign", slug="foreign", modules=0, draft=True)
    for slug in ("own", "twice"):
        CourseFactory(instructor=instructor, title=slug.title(), slug=slug, modules=0, draft=True)
    # A column that is there and empty clears, so what a row does not speak of holds what a new course has.
    names = list(dict.fromkeys(name for row, _sentence in WRONG for name in row))
    before = facts()
    page = upload(login(instructor), table({"title": "A good one"}, *(row for row, _s in WRONG), names=names))
    assert outcomes(page)[0] == "created"
    for report, (row, sentence) in zip(page.context["reports"][1:], WRONG, strict=True):
        assert (str(report.outcome) == "refused") is bool(sentence), row
        assert [said[: len(sentence)] for said in report.sentences] == [sentence] * bool(sentence), row
    assert not page.context["waiting"]
    assert facts() == before


NO_TABLE = [
    (b"title,status\nGlass,published\n", "Not known here: status."),
    (b"title,instructor\nGlass,me@example.com\n", "Not known here: instructor."),
    (b"title,title\nGlass,Glass\n", "At least slug or title is needed."),
    (b"level\nbeginner\n", "At least slug or title is needed."),
    (b"", "The submitted file is empty."),
    (b"title\n", "There is no row in this file."),
    (b"title\n\xff\xfe\n", "Save the file as CSV in UTF-8."),
    (b"title\n\0\n", "This is no CSV file."),
    (b'title\n"Glass"x\n', "This is no CSV file."),
    (b"title\n" + b"Glass\n" * 1001, "At most 1000 rows at a time."),
    (b"title\n" + b"x" * 5_000_000, "at most 5 MB"),
]


def test_a_file_that_is_no_table_of_courses_is_refused(login, instructor):
    client = login(instructor)
    for content, sentence in NO_TABLE:
        page = upload(client, content)
        assert page.status_code == 200
        assert sentence in str(page.context["form"].errors), content[:40]
    assert not Course.objects.exists()


def test_rows_that_do_not_fit_their_head_and_courses_named_twice(login, instructor, course):
    rows = f"slug;subtitle\r\n{course.slug};One\r\n{course.slug};Two\r\n{course.slug}\r\n;;\r\n\r\n"
    page = upload(login(instructor), rows.encode())
    assert outcomes(page) == ["changed", "refused", "refused"]
    said = [" ".join(report.sentences) for report in page.context["reports"]]
    assert "stands in a row above" in said[1] and "1 cells, the first line has 2" in said[2]


def test_only_admins_name_the_instructor(login, admin_user, instructor, outsider_instructor, student, course):
    row = {"slug": course.slug, "instructor": outsider_instructor.email}
    client = login(admin_user)
    assert outcomes(upload(client, table(row | {"instructor": student.email}))) == ["refused"]
    assert outcomes(upload(client, table(row | {"instructor": "nobody@example.com"}))) == ["refused"]
    mine = {"slug": "", "instructor": "", "title": "Own"}
    done = import_all(client, table(row, mine, names=["slug", "instructor", "title"]))
    assert outcomes(done) == ["changed", "created"]
    course.refresh_from_db()
    assert course.instructor == outsider_instructor
    assert Course.objects.get(title="Own").instructor == admin_user


def test_somebody_elses_waiting_file_is_not_there(login, instructor, outsider_instructor):
    ticket = upload(login(instructor), b"title\nGlass\n").context["waiting"]
    for sent in (ticket, "nonsense"):
        answer = login(outsider_instructor).post(IMPORT, {"waiting": sent}, follow=True)
        assert "The file is gone" in answer.content.decode()
    assert not Course.objects.exists()


def test_imports_count_with_copies(login, instructor, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "copy_course": "1/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = login(instructor)
    assert upload(client, b"title\nGlass\n").context["reports"]
    assert "Too many requests" in upload(client, b"title\nGlass\n").content.decode()


def test_an_unchanged_row_costs_few_queries(instructor, course, max_queries):
    rows = read_table(f"slug,title\n{course.slug},{course.title}\n".encode(), names_for(instructor))
    with max_queries(12):
        services.import_courses(by=instructor, rows=rows)
