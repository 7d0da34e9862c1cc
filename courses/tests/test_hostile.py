"""Hostile text in every field: refused, or shown as the text it is."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError

from courses import services
from courses.models import Course

pytestmark = pytest.mark.django_db
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</script>{{7*7}}"
MARKDOWN = (
    MARKUP + "\n\n[a](javascript:alert(1)) [b](&#106;avascript:alert(1)) ![x](https://evil.example/x.png)"
)
API = "/api/v1"


@pytest.fixture
def hostile(instructor, admin_user):
    """A published course with markup in every text that an author can write."""
    profile = services.create_course(by=instructor, title="Other").instructor.instructor_profile
    profile.headline = MARKUP[:160]
    profile.save()
    instructor.bio = MARKUP
    instructor.save()
    category = services.save_category(by=admin_user, name_en=MARKUP[:100], name_ar=MARKUP[:100])
    course = services.create_course(
        by=instructor,
        title=MARKUP,
        subtitle=MARKUP,
        description=MARKDOWN + " words" * 20,
        objectives=[MARKUP],
        requirements=[MARKUP],
        tags=[MARKUP[:50]],
        category=category,
    )
    module = services.add_module(course=course, by=instructor, title=MARKUP, description=MARKUP)
    for _ in range(3):
        lesson = services.add_lesson(
            module=module,
            by=instructor,
            title=MARKUP,
            description=MARKUP,
            body=MARKDOWN,
            is_preview=True,
            is_published=True,
        )
        services.add_resource(lesson=lesson, by=instructor, title=MARKUP, url="https://example.org/")
    return services.publish(course=course, by=instructor)


class Reader(HTMLParser):
    """Reads a page as a browser does and notes what could act."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        address = (names.get("href") or names.get("src") or "").strip().lower()
        if any(name.startswith("on") for name in names) or address.startswith("javascript"):
            self.found.append((tag, attributes))
        if (
            tag == "script"
            and names.get("type") != "application/ld+json"
            and not address.startswith("/static/")
        ):
            self.found.append((tag, attributes))
        if tag in ("img", "iframe", "object", "embed") and not address.startswith(("/files/", "/static/")):
            self.found.append((tag, attributes))


def assert_harmless(html):
    """Nothing that the author wrote has become an element, an attribute or a template."""
    reader = Reader()
    reader.feed(html)
    assert reader.found == []
    assert "}}49" not in html
    assert "&lt;/script&gt;49" not in html


def test_pages_show_it_as_text(client, login, hostile, instructor):
    pages = [
        "/courses/",
        f"/courses/{quote(hostile.slug)}/",
        f"/instructors/{quote(hostile.instructor.instructor_profile.slug)}/",
        f"/courses/?q={quote(MARKUP[:40])}",
        f"/courses/?category={quote(MARKUP[:40])}&tag={quote(MARKUP[:40])}&instructor={quote(MARKUP[:40])}",
        "/sitemap.xml",
    ]
    for browser in (client, login(instructor)):
        for address in pages:
            response = browser.get(address)
            assert response.status_code == 200, address
            assert_harmless(response.content.decode())


def test_json_ld_cannot_be_left(client, hostile):
    html = client.get(f"/courses/{quote(hostile.slug)}/").content.decode()
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1]
    assert json.loads(block)["name"] == MARKUP
    assert "<" not in block


def test_api_gives_it_back_as_it_was_and_its_html_clean(api, hostile):
    body = api().get(f"{API}/courses/{hostile.pk}").json()
    assert body["title"] == body["subtitle"] == body["objectives"][0] == MARKUP
    assert_harmless(body["description_html"])
    lesson = hostile.lessons.first()
    body = api().get(f"{API}/lessons/{lesson.pk}").json()
    assert body["title"] == MARKUP
    assert_harmless(body["body_html"])


COURSE_TEXTS = ("title", "subtitle", "description", "objectives", "requirements", "tags")
LISTS = ("objectives", "requirements", "tags")


@pytest.mark.parametrize(
    "text", ["nul\0byte", "over\u202eride", "iso\u2066late", "bell\x07", "del\x7f", "half\ud800"]
)
def test_invisible_weapons_are_refused_everywhere(course, lesson, instructor, shape, text):
    before = shape(course)
    resource = services.add_resource(lesson=lesson, by=instructor, url="https://example.org/")
    before = shape(course)
    writes = [
        *(
            lambda name=name: services.update_course(
                course=course, by=instructor, fields={name: [text] if name in LISTS else text}
            )
            for name in COURSE_TEXTS
        ),
        lambda: services.create_course(by=instructor, title=text),
        lambda: services.add_module(course=course, by=instructor, title=text),
        lambda: services.update_module(module=lesson.module, by=instructor, fields={"description": text}),
        *(
            lambda name=name: services.update_lesson(lesson=lesson, by=instructor, fields={name: text})
            for name in ("title", "description", "body")
        ),
        lambda: services.update_resource(resource=resource, by=instructor, fields={"title": text}),
        lambda: services.save_category(by=None, name_en=text, name_ar="x"),
        lambda: services.add_tag(by=None, name=text),
    ]
    for write in writes:
        with pytest.raises(ValidationError) as error:
            write()
        assert "invalid_characters" in [e.code for es in error.value.error_dict.values() for e in es]
    assert shape(course) == before
    assert Course.objects.count() == 1


@pytest.mark.parametrize("title", ["\u200b\u200b\u200b", "\u3164\u3164\u3164", "   ", "\u2800" * 5])
def test_blank_titles_are_no_titles(instructor, title):
    with pytest.raises(ValidationError) as error:
        services.create_course(by=instructor, title=title)
    assert [e.code for e in error.value.error_dict["title"]] == ["blank"]


def test_nul_over_the_api_is_422(api, course, instructor, shape):
    before = shape(course)
    client = api(instructor)
    for method, path, sent in (
        ("post", "/courses", {"title": "a\0b"}),
        ("patch", f"/courses/{course.pk}", {"subtitle": "a\0b"}),
        ("post", f"/courses/{course.pk}/modules", {"title": "a\0b"}),
        (
            "post",
            f"/courses/{course.pk}/lessons",
            {"title": "a\0b", "module": str(course.modules.first().pk)},
        ),
        ("post", "/courses", {"title": "Optics", "slug": "a\0b"}),
        ("post", "/courses", {"title": "Optics", "language": "e\0n"}),
        ("post", "/courses", {"title": "Optics", "promo_video_url": "https://youtu.be/\0"}),
    ):
        response = getattr(client, method)(API + path, sent)
        assert response.status_code in (422, 201), (path, sent, response.content)
        if response.status_code == 201:  # a slug is made of letters and digits alone
            assert response.json()["slug"] == "a-b"
    assert shape(course) == before


@pytest.mark.parametrize(
    "path", ["/courses/%00/", "/courses/..%2f..%2fetc/", "/instructors/%ff/", "/courses/a%0ab/"]
)
def test_hostile_addresses_are_not_found(client, path):
    assert client.get(path).status_code == 404
