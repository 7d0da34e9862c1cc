"""A film is sought and captioned, a document opens in the page: from the disk, and from a bucket."""

import io
from typing import Any

import pytest

from accounts.tests.factories import UserFactory
from enrollments.tests.factories import EnrollmentFactory
from files.models import StoredFile
from files.services import store_file
from lms.tests.browser import world
from lms.tests.browser.walk import until

pytestmark = [pytest.mark.browser, pytest.mark.drawn]
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
CUE = "film => [...film.textTracks[0]?.activeCues ?? []].map(cue => cue.text).join()"


@pytest.fixture(params=["disk", "bucket"])
def storage(request: pytest.FixtureRequest, complaints: Any) -> str:
    """Where files lie. The policy of the live server was built before the bucket was, so it is bypassed there."""
    if request.param == "bucket":
        request.getfixturevalue("bucket")
        complaints.expect(request.getfixturevalue("s3_server"))
    return str(request.param)


def test_a_film_is_sought_and_speaks_in_captions(storage: str, open_page: Any, sign_in: Any) -> None:
    made = world.build()
    student: Any = UserFactory(email="salma@example.com")
    EnrollmentFactory(course=made.course, student=student)
    page = open_page(bypass_csp=storage == "bucket")
    sign_in(page, student)
    answers = []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto(f"/learn/{made.course.slug}/{made.film.slug}/")
    film = page.locator("video")
    until(page, lambda: film.evaluate("film => film.readyState >= 1"))
    film.evaluate("film => { film.muted = true; film.textTracks[0].mode = 'showing'; film.currentTime = 9 }")
    until(page, lambda: film.evaluate("film => !film.seeking && film.readyState >= 2"))
    assert 8.5 < film.evaluate("film => film.currentTime") < 9.5
    until(page, lambda: film.evaluate(CUE) == "A square walks to the right.")
    parts = [url for url, status in answers if status == 206]
    assert parts and all(("X-Amz-Signature" in url) == (storage == "bucket") for url in parts)


def test_a_document_opens_in_the_browser(storage: str, open_page: Any, sign_in: Any, complaints: Any) -> None:
    complaints.expect("chrome-extension://", "chrome://")  # the viewer is a part of the browser
    complaints.expect("/favicon.ico")  # for a document without a page the browser looks there
    teacher: Any = UserFactory(role="instructor")
    document = store_file(owner=teacher, content=io.BytesIO(PDF), name="الورقة.pdf")
    page = open_page(bypass_csp=storage == "bucket")
    sign_in(page, teacher)
    page.goto("/dashboard/")
    with page.expect_response(
        lambda answer: answer.status == 200 and "pdf" in answer.headers["content-type"]
    ) as got:
        page.evaluate("url => { window.open(url, '_self') }", document.get_absolute_url())
    assert got.value.headers["content-disposition"].startswith("inline")
    assert StoredFile.objects.get().download_count == 0  # one's own is not counted
