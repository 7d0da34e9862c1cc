"""The public pages."""

import json
import re
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from courses import services, views
from courses.models import Course
from courses.tests.factories import CategoryFactory, CourseFactory, LessonFactory
from files.tests.factories import stored

pytestmark = pytest.mark.django_db
LIST = "/courses/"


def url(course, query=""):
    return f"/courses/{quote(course.slug)}/{query}"


def page_of(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def cards(html):
    return re.findall(r'class="card__title"><a [^>]*>([^<]+)</a>', html)


def test_catalogue_shows_published_courses_only(client, course, draft):
    html = page_of(client, LIST)
    assert cards(html) == ["Light and lenses"]
    assert "<b>1</b> course" in html
    assert 'name="robots"' not in html
    assert '<link rel="canonical" href="http://testserver/courses/">' in html


def test_filters_stay_in_the_page_and_come_off(client, course):
    data = CategoryFactory(name_en="Data", slug="data")
    CourseFactory(title="Numbers", category=data, tags=["Sums"])
    html = page_of(client, LIST + "?category=data&level=beginner&tag=sums&q=numbers&utm_source=mail")
    assert cards(html) == ["Numbers"]
    chosen = re.findall(r'<input type="checkbox"[^>]* name="(\w+)" value="([\w-]+)" checked>', html)
    assert chosen == [("category", "data"), ("level", "beginner")]
    assert '<input type="hidden" form="search" name="tag" value="sums">' in html
    chips = re.findall(r'<a class="chip chip--on" href="([^"]+)"', html)
    assert chips == [
        "/courses/?category=data&amp;tag=sums&amp;level=beginner",
        "/courses/?q=numbers&amp;tag=sums&amp;level=beginner",
        "/courses/?q=numbers&amp;category=data&amp;level=beginner",
        "/courses/?q=numbers&amp;category=data&amp;tag=sums",
    ]
    assert 'content="noindex"' in html
    assert "utm_source" not in html.split('id="catalogue"')[1]


def test_nothing_found_says_what_to_do(client, course):
    html = page_of(client, LIST + "?q=lenzes")
    assert cards(html) == []
    assert "No course fits" in html
    assert "Clear filters" in html
    assert "Did you mean one of these?" in html
    assert f'href="{url(course)}"' in html


def test_short_search_is_said_and_the_shelf_stays(client, course):
    html = page_of(client, LIST + "?q=a")
    assert "Search for at least two characters." in html
    assert cards(html) == ["Light and lenses"]


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("how to see the light with lenses in thirty days", "Search for at most 8 words."),
        ("x" * 101, "Search for at most 100 characters."),
        ("ـــ", "Search for letters or digits."),
    ],
)
def test_a_search_that_cannot_be_is_said_at_its_field(client, course, typed, note):
    html = page_of(client, LIST + "?" + urlencode({"q": typed}))
    assert note in html
    assert f'value="{typed[:100]}"' in html
    assert cards(html) == ["Light and lenses"]


@pytest.mark.parametrize("query", ["?level=expert", "?ordering=password", "?category=a%00"])
def test_nonsense_is_a_sentence_not_an_error(client, course, query):
    assert "<h1" in page_of(client, LIST + query, 400)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?page=999", "There is no page 999."),
        ("?page=x", "There is no such page."),
        ("?page=0", "no such page"),
    ],
)
def test_a_page_that_is_not_there_shows_the_first(client, login, course, student, query, words):
    for browser in (client, login(student)):
        html = page_of(browser, LIST + query, 404)
        assert words in html
        assert cards(html) == ["Light and lenses"]
        assert 'content="noindex"' in html
    response = client.get("/courses?page=999")
    assert (response.status_code, response["Location"]) == (301, "/courses/?page=999")


def test_a_subject_has_a_heading_of_its_own(client, course):
    services.save_category(by=None, name_en="Physics", name_ar="فيزياء")
    assert "<h1>Courses in Physics</h1>" in page_of(client, LIST + "?category=physics")
    assert "<title>فيزياء ·" in page_of(client, LIST + "?category=physics&lang=ar")
    assert "Courses in Physics" not in page_of(client, LIST + "?category=physics&level=beginner")
    assert "Find your next course" in page_of(client, LIST + "?category=nothing")


def test_who_has_the_page_is_told_so(client, course, login, student):
    addresses = [
        LIST,
        LIST + "?level=beginner",
        url(course),
        "/",
        f"/instructors/{course.instructor.instructor_profile.slug}/",
    ]
    for address in addresses:
        first = client.get(address)
        assert first["ETag"].startswith('W/"'), address
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), address
        assert {"Cookie", "Accept-Language"} <= set(again["Vary"].split(", "))
        arabic = client.get(
            address,
            {**dict(p.split("=") for p in address.partition("?")[2].split("&") if p), "lang": "ar"},
            headers={"If-None-Match": first["ETag"]},
        )
        assert arabic.status_code == 200
        stranger = Client().get(
            address, headers={"If-None-Match": first["ETag"]}
        )  # another cookie: forms differ
        assert stranger.status_code == 200
    signed_in = login(student).get(LIST)
    assert "ETag" not in signed_in
    assert "no-cache" in signed_in["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_an_etag_ends_with_what_it_describes(client, api, instructor):
    course = CourseFactory(instructor=instructor, title="Light and lenses")
    for reader, address in ((client, LIST), (api(), "/api/v1/courses"), (client, url(course))):
        etag = reader.get(address)["ETag"]
        assert reader.get(address, headers={"If-None-Match": etag}).status_code == 304
        services.update_course(course=course, by=instructor, fields={"subtitle": address})
        services.update_course(course=course, by=instructor, fields={"title": f"Title {address}"})
        assert reader.get(address, headers={"If-None-Match": etag}).status_code == 200, address


def test_twenty_a_page(client, instructor):
    for n in range(21):
        CourseFactory(instructor=instructor, title=f"Course {n:02}", modules=0, draft=True)
    rows = Course.objects.order_by("title")
    rows.update(status="published", published_at=rows[0].created_at)
    html = page_of(client, LIST + "?ordering=title")
    assert cards(html) == [f"Course {n:02}" for n in range(20)]
    assert 'href="?ordering=title&amp;page=2"' in html
    assert cards(page_of(client, LIST + "?ordering=title&page=2&page_size=1")) == ["Course 20"]


def test_visitors_page_holds_nothing_personal(client, login, course, student, instructor):
    html = page_of(client, LIST)
    assert page_of(login(student), LIST).count("Salma") > 0
    assert "Salma" not in page_of(client, LIST)
    assert cards(html) == cards(page_of(login(instructor), LIST))


def test_languages_never_mix(client, course):
    category = services.save_category(by=None, name_en="Physics", name_ar="فيزياء")
    services.update_course(course=course, by=None, fields={"category": category})
    assert "فيزياء" in page_of(client, LIST + "?lang=ar")
    english = page_of(client, LIST + "?lang=en")
    assert "Physics" in english
    assert "فيزياء" not in english


@pytest.mark.django_db(transaction=True)
def test_next_visitor_sees_a_change(client, api, instructor):
    def shown():
        page = cards(page_of(client, LIST))
        assert [row["title"] for row in api().get("/api/v1/courses").json()["items"]] == page
        assert cards(page_of(client, "/")) == page
        return page

    course = CourseFactory(instructor=instructor, title="Light and lenses")
    assert shown() == ["Light and lenses"]
    services.update_course(course=course, by=instructor, fields={"title": "Mirrors"})
    assert shown() == ["Mirrors"]
    for leave in (services.archive, services.bin_course):
        leave(course=course, by=instructor)
        assert shown() == []
        services.restore(course=course, by=instructor)
        assert shown() == []
        services.publish(course=course, by=instructor)
        assert shown() == ["Mirrors"]
    services.unpublish(course=course, by=instructor)
    assert shown() == []


def test_page_and_api_work_without_the_cache(client, api, course, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "lms.lib.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.1},
        }
    }
    assert cards(page_of(client, LIST)) == ["Light and lenses"]
    assert "Light and lenses" in page_of(client, url(course))
    assert api().get("/api/v1/courses").json()["total"] == 1


# --- A course


def test_course_page(client, course, instructor):
    fields = {
        "subtitle": "What glass does to light",
        "objectives": ["Draw a ray"],
        "requirements": ["A window"],
        "tags": ["Optics"],
        "thumbnail": stored(instructor),
        "promo_video_url": "https://youtu.be/dQw4w9WgXcQ",
    }
    services.update_course(course=course, by=instructor, fields=fields)
    LessonFactory(module=course.modules.first(), title="Look first", is_preview=True, duration_minutes=5)
    html = page_of(client, url(course))
    for words in (
        "What glass does to light",
        "Draw a ray",
        "A window",
        "a course about light, lenses".capitalize(),
        "Nour El-Masry",
        "5 min in 7 lessons",
        "A certificate anyone can verify",
        "2 modules · 7 lessons · 5 min",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "/courses/?tag=optics",
    ):
        assert words in html, words
    assert html.count("step--locked") == 6
    assert html.count(f'href="/learn/{course.slug}/look-first/"') == 1
    assert html.count('class="visually-hidden">Locked') == 6


def test_hidden_lessons_are_in_no_outline(client, course, instructor):
    LessonFactory(module=course.modules.first(), title="Secret lesson", is_published=False)
    services.unpublish_module(module=course.modules.last(), by=instructor)
    html = page_of(client, url(course))
    assert "Secret lesson" not in html
    assert "Module 2" not in html
    assert "1 module · 3 lessons" in html


def test_old_address_leads_to_the_new_one_with_its_query(client, course, instructor):
    old = url(course)
    for slug in ("عدسات", "optics"):
        services.update_course(course=course, by=instructor, fields={"slug": slug})
    for address in (old, f"/courses/{quote('عدسات')}/"):
        response = client.get(address + "?utm=1&q=%D8%A7")
        assert (response.status_code, response["Location"]) == (301, "/courses/optics/?utm=1&q=%D8%A7")


def test_draft_is_seen_by_its_editors_with_its_check_list(login, draft, instructor, admin_user):
    for person in (instructor, admin_user):
        html = page_of(login(person), url(draft))
        assert "This is a draft" in html
        assert "Without a picture the catalogue shows a drawing." in html
        assert 'content="noindex"' in html
        assert "application/ld+json" not in html


def test_editor_looks_as_others_do(login, course, instructor, student):
    editor = login(instructor)
    assert "step--locked" not in page_of(editor, url(course))
    for view, words in (("visitor", "as a visitor does"), ("student", "as a new student does")):
        html = page_of(editor, url(course, f"?preview={view}"))
        assert words in html
        assert html.count("step--locked") == 6
        assert "Edit the course" not in html
    assert "as a visitor does" not in page_of(login(student), url(course, "?preview=visitor"))


def test_search_engines_read_the_course(client, course, instructor):
    services.update_course(course=course, by=instructor, fields={"price": "12.5", "subtitle": "Glass"})
    services.set_rating(course.pk, "4.50", 2)
    html = page_of(client, url(course))
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1]
    data = json.loads(block)
    assert (data["name"], data["inLanguage"], data["description"]) == ("Light and lenses", "en", "Glass")
    assert data["offers"] == {"@type": "Offer", "category": "Paid", "price": "12.500", "priceCurrency": "EGP"}
    assert data["aggregateRating"] == {"@type": "AggregateRating", "ratingValue": 4.5, "ratingCount": 2}
    assert f'<link rel="canonical" href="http://testserver/courses/{course.slug}/">' in html
    assert '<meta property="og:title" content="Light and lenses">' in html


def test_course_keeps_its_direction_on_a_page_of_the_other(client, instructor):
    course = CourseFactory(instructor=instructor, title="الضوء والعدسات", language="ar")
    html = page_of(client, url(course, "?lang=en"))
    assert '<html lang="en" dir="ltr">' in html
    assert '<div class="stack stack--tight" lang="ar" dir="rtl">' in html
    assert '<div class="prose" lang="ar" dir="rtl">' in html


def test_promo_video_plays_in_place_or_elsewhere(client, course, instructor, settings):
    def promo(address):
        services.update_course(course=course, by=instructor, fields={"promo_video_url": address})
        return page_of(client, url(course))

    html = promo("https://youtu.be/dQw4w9WgXcQ")
    assert 'data-promo="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in html
    assert "<iframe" not in html  # nothing is fetched before somebody asks
    settings.VIDEO_URL_HOSTS = ["films.example.com"]
    assert '<video class="promo__frame" src="https://films.example.com/a.mp4"' in promo(
        "https://films.example.com/a.mp4"
    )


def test_prerequisites_in_force_are_named(client, course, draft, instructor):
    first = CourseFactory(instructor=instructor, title="Seeing", subtitle="With open eyes")
    services.update_course(course=course, by=instructor, fields={"prerequisite_courses": [first, draft]})
    html = page_of(client, url(course))
    assert "Complete these courses first" in html
    assert f'<a href="{url(first)}" lang="en" dir="ltr">Seeing</a>' in html
    assert draft.title not in html


def test_every_public_page_names_its_languages(client, course):
    teacher = f"/instructors/{course.instructor.instructor_profile.slug}/"
    for path in ("/", LIST, url(course), teacher):
        html = page_of(client, path)
        assert f'<link rel="canonical" href="http://testserver{path}">' in html
        for code in ("en", "ar"):
            assert (
                f'<link rel="alternate" hreflang="{code}" href="http://testserver{path}?lang={code}">' in html
            )
        assert f'<link rel="alternate" hreflang="x-default" href="http://testserver{path}">' in html
        assert 'property="og:title"' in html
        arabic = page_of(client, path + "?lang=ar")
        assert f'<link rel="canonical" href="http://testserver{path}?lang=ar">' in arabic
        assert '<html lang="ar" dir="rtl">' in arabic


def test_the_language_switch_leaves_a_page_that_asks_for_a_language(client, course):
    html = page_of(client, LIST + "?lang=ar&level=beginner")
    place = re.search(r'name="next" value="([^"]+)"', html)[1]
    response = client.post("/i18n/setlang/", {"language": "en", "next": place}, follow=True)
    assert response.request["QUERY_STRING"] == "level=beginner"
    assert '<html lang="en" dir="ltr">' in response.content.decode()


# --- A teacher, and what search engines ask for


def test_teacher_page(client, course, draft, instructor):
    profile = instructor.instructor_profile
    profile.headline = "Teaches light"
    profile.save()
    html = page_of(client, f"/instructors/{profile.slug}/")
    assert "Teaches light" in html
    assert cards(html) == ["Light and lenses"]
    assert instructor.email not in html


@pytest.mark.parametrize("name", ["nobody", "018f4c1e-0000-7000-8000-000000000001"])
def test_no_profile_no_page(client, student, name):
    page_of(client, f"/instructors/{name}/", 404)


def test_teacher_page_is_at_the_slug_only(client, course, instructor):
    page_of(client, f"/instructors/{instructor.pk}/", 404)


def test_sitemap_names_what_is_public(client, course, draft, outsider_instructor):
    CourseFactory(instructor=outsider_instructor, draft=True)
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    places = re.findall(r"<loc>http://testserver([^<]+)</loc>", response.content.decode())
    profile = course.instructor.instructor_profile
    assert places == ["/", "/courses/", url(course), f"/instructors/{profile.slug}/"]


def test_a_long_sitemap_is_an_index(client, course, instructor, monkeypatch):
    monkeypatch.setattr(views, "SITEMAP_SIZE", 1)
    CourseFactory(instructor=instructor, title="عدسات")
    html = page_of(client, "/sitemap.xml")
    assert re.findall(r"<loc>http://testserver([^<]+)</loc>", html) == [
        "/sitemap.xml?page=1",
        "/sitemap.xml?page=2",
    ]
    second = re.findall(r"<loc>http://testserver([^<]+)</loc>", page_of(client, "/sitemap.xml?page=2"))
    assert second == [f"/courses/{quote('عدسات')}/"]
    page_of(client, "/sitemap.xml?page=3", 404)


def test_robots_are_shown_the_sitemap(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert b"Sitemap: http://testserver/sitemap.xml" in response.content
    assert b"Disallow: /api/" in response.content
