"""Templates: what they may hold, which one serves whom, and who may touch them."""

import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models.audit import AuditEntry
from certificates import services
from certificates.exceptions import TemplateBuiltIn, TemplateInUse
from certificates.models import Certificate, CertificateTemplate
from certificates.models.template import BUILTIN_ID
from certificates.placeholders import NAMES, filled_lines, validate_placeholders
from certificates.sheet import sheet_of, wording_of
from certificates.tests.factories import CertificateFactory
from courses.tests.factories import CourseFactory
from enrollments.tests.factories import EnrollmentFactory
from files.tests.factories import VTT, stored
from lms.lib.colours import contrast_on_white, validate_readable_on_white

pytestmark = pytest.mark.django_db
API = "/api/v1/certificate-templates"


@pytest.fixture
def builtin():
    return CertificateTemplate.objects.get_or_create(pk=BUILTIN_ID, defaults={"name": "Standard"})[0]


@pytest.fixture
def course(instructor):
    return CourseFactory(instructor=instructor, title="Optics for Everybody")


@pytest.fixture
def completed(student, course):
    return EnrollmentFactory(student=student, course=course, completed=True)


def add(**fields):
    return services.save_template(by=None, **{"name": "Formal", **fields})


# --- Texts and colours


@pytest.mark.parametrize("name", NAMES)
def test_every_placeholder_is_known(name):
    validate_placeholders(f"Given to {{{name}}}.")


@pytest.mark.parametrize(
    "text, code",
    [
        ("{nobody}", "unknown_placeholder"),
        ("{Student_name}", "unknown_placeholder"),
        ("{student_name!r}", "unknown_placeholder"),
        ("{}", "unknown_placeholder"),
        ("{{7*7}}", "unknown_placeholder"),
        ("{student_name", "unbalanced_brace"),
        ("grade}", "unbalanced_brace"),
        ("{student\n_name}", "unbalanced_brace"),
    ],
)
def test_other_braces_are_refused_with_the_list(text, code):
    with pytest.raises(ValidationError) as refused:
        validate_placeholders(text)
    assert refused.value.code == code
    assert all(f"{{{name}}}" in refused.value.messages[0] for name in NAMES)


def test_a_line_without_its_value_is_left_out():
    text = "To {student_name}\n\nworked {hours}, got {grade}\n{7*7} {hours}"
    assert filled_lines(text, {"student_name": "{grade}", "hours": "2 hours"}) == [
        "To {grade}",
        "{7*7} 2 hours",
    ]


@pytest.mark.parametrize(
    "colour, ratio", [("#000000", 21), ("#ffffff", 1), ("#767676", 4.54), ("#777777", 4.48)]
)
def test_contrast(colour, ratio):
    assert round(contrast_on_white(colour), 2) == ratio
    if ratio < 4.5:
        with pytest.raises(ValidationError):
            validate_readable_on_white(colour)
    else:
        validate_readable_on_white(colour)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"title_en": ""},
        {"title_ar": "x" * 121},
        {"body_en": "x" * 601},
        {"body_ar": "{nobody}"},
        {"ink": "#cccccc"},
        {"accent": "#b3925a"},
        {"border": "red"},
        {"valid_months": 0},
        {"valid_months": 121},
        {"orientation": "round"},
        {"signatory_name_en": "Dr\u202e. Amal"},
        {"is_active": False, "is_default": True},
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(fields):
    before = CertificateTemplate.objects.count()
    with pytest.raises(ValidationError) as refused:
        add(**fields)
    assert set(refused.value.error_dict) == {next(iter(fields))}
    assert CertificateTemplate.objects.count() == before


def test_only_a_picture_is_printed(admin_user):
    film = stored(admin_user, VTT, "words.vtt")
    with pytest.raises(ValidationError) as refused:
        add(logo=film, signature=film)
    assert set(refused.value.error_dict) == {"logo", "signature"}


# --- Which one serves whom


def test_own_default_then_the_sites_then_the_built_in_one(course, builtin):
    def picked():
        return CertificateTemplate.objects.picked_for(course.pk)

    assert picked() == builtin
    site = add(name="Site", is_default=True)
    assert picked() == site
    add(name="Other course", is_default=True, course=CourseFactory(title="Another"))
    add(name="No default", course=course)
    assert picked() == site
    own = add(name="Own", is_default=True, course=course)
    assert picked() == own
    services.save_template(by=None, template=own, is_default=False, is_active=False)
    assert picked() == site


def test_a_new_default_takes_the_place_of_the_former(course, builtin):
    former, own = add(is_default=True), add(course=course, is_default=True)
    later = add(name="Later")
    services.save_template(by=None, template=later, is_active=False)
    services.make_default(template=later, by=None)
    rows = CertificateTemplate.objects.filter(is_default=True)
    assert set(rows) == {later, own}
    former.refresh_from_db()
    assert former.is_active and later.is_active


@pytest.mark.parametrize(
    "fields", [{"is_default": True}, {"is_default": True, "is_active": False}, {"orientation": "round"}]
)
def test_the_database_keeps_the_rules(fields, builtin):
    add(is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateTemplate.objects.create(name="Second", **fields)


def test_the_database_keeps_one_default_a_course(course):
    add(course=course, is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateTemplate.objects.create(name="Second", course=course, is_default=True)


@pytest.mark.django_db(transaction=True)
def test_of_two_new_defaults_at_once_one_stays(race):
    rows = [CertificateTemplate.objects.create(name=f"Template {n}") for n in range(3)]

    def choose(n):
        return services.make_default(template=CertificateTemplate.objects.get(pk=rows[n].pk), by=None)

    race(*(lambda n=n: choose(n) for n in range(3)))
    assert CertificateTemplate.objects.filter(is_default=True).count() == 1


# --- What it does to a certificate


def test_issuing_takes_the_signatory_and_the_last_day(completed):
    template = add(
        is_default=True,
        signatory_name_en="Dr. Amal Farouk",
        signatory_title_en="Head of Studies",
        valid_months=24,
    )
    certificate = services.issue_certificate(completed)
    assert certificate.template == template
    assert (certificate.signatory_name, certificate.signatory_title) == ("Dr. Amal Farouk", "Head of Studies")
    assert certificate.valid_until == template.valid_until(certificate.issued_at.date())
    assert certificate.valid_until.year == certificate.issued_at.year + 2


@pytest.mark.parametrize(
    "day, months, last",
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 21), 120, date(2036, 11, 21)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 11, 21), None, None),
    ],
)
def test_months_end_where_the_calendar_does(day, months, last):
    assert CertificateTemplate(valid_months=months).valid_until(day) == last


def test_the_signature_joins_only_the_person_it_belongs_to(completed, admin_user):
    picture = stored(admin_user)
    template = add(is_default=True, signatory_name_en="Dr. Amal Farouk", signature=picture)
    certificate = services.issue_certificate(completed)
    assert sheet_of(certificate).signature is not None
    services.save_template(by=None, template=template, signatory_name_en="Dr. Omar Said")
    certificate = Certificate.objects.get()
    sheet = sheet_of(certificate)
    assert (sheet.signatory_name, sheet.signature) == ("Dr. Amal Farouk", None)


def test_another_language_names_the_same_person(completed, instructor):
    add(is_default=True, signatory_name_en="Dr. Amal Farouk", signatory_name_ar="د. أمل فاروق")
    certificate = services.issue_certificate(completed)
    services.reissue_certificate(
        certificate=certificate, by=instructor, reason="The holder reads Arabic.", language="ar"
    )
    assert certificate.signatory_name == "د. أمل فاروق"
    assert (wording_of(certificate).above, wording_of(certificate).below) == (
        ("نشهد بأن",),
        ("أتمّ كل الدروس المطلوبة في مقرر",),
    )


def test_editing_changes_no_pdf_and_rendering_again_does(completed, admin_user, builtin):
    certificate = CertificateFactory(enrollment=completed, rendered=True)
    other = CertificateFactory(enrollment__course=CourseFactory(title="Another"), rendered=True)
    before = certificate.pdf_sha256
    services.save_template(by=admin_user, template=builtin, title_en="Well done")
    own = add(course=completed.course, is_default=True, title_en="Optician")
    assert Certificate.objects.get(pk=certificate.pk).pdf_sha256 == before
    assert services.renders_of(builtin).count() == 2
    assert services.render_template_again(template=builtin, by=admin_user) == 2
    assert services.render_template_again(template=builtin, by=admin_user) == 0
    certificate.refresh_from_db()
    assert (certificate.template, certificate.pdf_status, certificate.revision) == (own, "pending", 1)
    services.render(certificate.pk)
    certificate.refresh_from_db()
    assert certificate.pdf_sha256 != before
    assert Certificate.objects.get(pk=other.pk).template == builtin
    done = AuditEntry.objects.filter(action="certificate_template.rendered").order_by("at")
    assert [entry.data["count"][1] for entry in done] == [2, 0]


def test_a_render_that_runs_cannot_hand_in_the_former_look(completed, builtin):
    certificate = services.issue_certificate(completed)
    claim = certificate.pdf_claim
    add(is_default=True)
    assert services.render_again(certificate)
    certificate.refresh_from_db()
    assert (certificate.pdf_claim, certificate.pdf_status) == (claim + 1, "pending")
    assert not services.render_again(certificate)


def test_a_used_template_is_deactivated_never_deleted_or_moved(completed, course, builtin):
    template = add(is_default=True)
    services.issue_certificate(completed)
    with pytest.raises(TemplateInUse):
        services.delete_template(template=template, by=None)
    with pytest.raises(TemplateInUse):
        services.save_template(
            by=None, template=CertificateTemplate.objects.get(pk=template.pk), course=course
        )
    with pytest.raises(TemplateBuiltIn):
        services.delete_template(template=builtin, by=None)
    assert set(CertificateTemplate.objects.all()) == {template, builtin}
    template.refresh_from_db()
    assert template.course is None
    services.save_template(by=None, template=template, is_default=False, is_active=False)
    services.delete_template(template=add(name="Unused"), by=None)


def test_a_copy_is_nobodys_default(builtin):
    copy = services.duplicate_template(template=add(name="x" * 100, is_default=True, ink="#222222"), by=None)
    assert (copy.is_default, copy.ink, len(copy.name)) == (False, "#222222", 100)


# --- The API


def test_the_api_writes_templates(api, admin_user, course):
    client = api(admin_user)
    body = {"name": "Formal", "course": str(course.pk), "is_default": True, "valid_months": 12}
    created = client.post(API, body)
    assert (created.status_code, created["Location"]) == (201, f"{API}/{created.json()['id']}")
    row = created.json()
    assert (row["used_by"], row["is_builtin"], row["orientation"]) == (0, False, "landscape")
    assert client.patch(created["Location"], {"name": "Plain"}).json()["valid_months"] == 12
    replaced = client.put(created["Location"], {"name": "Plain", "is_default": True}).json()
    assert (replaced["valid_months"], replaced["course"]) == (None, None)
    assert client.delete(created["Location"]).status_code == 204
    assert client.get(created["Location"]).status_code == 404


def test_the_api_refuses_with_field_and_code(api, admin_user, course, builtin):
    client, before = api(admin_user), CertificateTemplate.objects.count()
    sent = {
        "name": "Bad",
        "body_en": "{nobody}",
        "body_ar": "}",
        "ink": "#cccccc",
        "course": str(builtin.pk),
        "used_by": 3,
    }
    shape = {(e["field"], e["code"]) for e in client.post(API, sent).json()["errors"]}
    assert ("used_by", "unknown_field") in shape
    sent.pop("used_by")
    assert ("course", "does_not_exist") in {
        (e["field"], e["code"]) for e in client.post(API, sent).json()["errors"]
    }
    sent.pop("course")
    refused = client.post(API, sent)
    assert refused.status_code == 422
    assert {(e["field"], e["code"]) for e in refused.json()["errors"]} == {
        ("body_en", "unknown_placeholder"),
        ("body_ar", "unbalanced_brace"),
        ("ink", "low_contrast"),
    }
    assert CertificateTemplate.objects.count() == before


def test_the_api_says_409_for_what_is_used(api, admin_user, completed, builtin):
    template = add(is_default=True)
    services.issue_certificate(completed)
    client = api(admin_user)
    assert client.delete(f"{API}/{template.pk}").json()["code"] == "template_in_use"
    moved = client.patch(f"{API}/{template.pk}", {"course": str(completed.course_id)})
    assert (moved.status_code, moved.json()["code"]) == (409, "template_in_use")
    assert client.delete(f"{API}/{builtin.pk}").json()["code"] == "template_builtin"
    assert client.get(f"{API}/{template.pk}").json()["used_by"] == 1


def test_a_program_may_ask_for_the_preview_by_its_type(api, admin_user, builtin):
    answer = api(admin_user).post(f"{API}/{builtin.pk}/preview", {}, headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_a_preview_is_a_pdf_and_saves_nothing(api, admin_user, builtin, django_assert_max_num_queries):
    url = f"{API}/{builtin.pk}/preview"
    client = api(admin_user)
    answer = client.post(
        url,
        {"language": "ar", "title_ar": "شهادة تجريبية", "sample": "mixed"},
        headers={"Idempotency-Key": "1"},
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    builtin.refresh_from_db()
    assert builtin.title_ar == "شهادة إتمام"
    assert client.post(url, {"body_en": "{nobody}"}).status_code == 422
    assert client.post(url, {"language": "fr"}).status_code == 422
    refused = client.post(url, {"title_en": "Ⰰ"}).json()
    assert (refused["code"], refused["errors"][0]["code"]) == ("validation_error", "missing_glyphs")
    assert "U+2C00" in refused["detail"]


def test_templates_are_for_admins(api, student, instructor, builtin):
    for person in (student, instructor):
        assert api(person).get(API).status_code == 403
        assert api(person).get(f"{API}/{builtin.pk}").status_code == 403
        assert api(person).post(API, {"name": "Mine"}).status_code == 403
        assert api(person).post(f"{API}/{builtin.pk}/preview", {}).status_code == 403
    assert list(CertificateTemplate.objects.all()) == [builtin]


def test_the_list_costs_the_same_for_many(api, admin_user, max_queries):
    for number in range(9):
        add(name=f"Template {number}")
    with max_queries(3):
        assert api(admin_user).get(API, {"search": "Template", "is_default": "false"}).json()["total"] == 9


# --- The admin


@pytest.fixture
def page(login, admin_user):
    client = login(admin_user)
    return lambda method, path="", **data: getattr(client, method)(
        f"/admin/certificates/certificatetemplate/{path}", data
    )


def sent(template, **changes):
    """Return the editor's fields as the browser sends them."""
    names = ["name", "orientation", "accent", "ink", "border", "title_en", "title_ar", "body_en", "body_ar"]
    return {**{name: getattr(template, name) for name in names}, "is_active": "on", **changes}


def test_the_editor_saves_through_the_verb(page, builtin, admin_user):
    page("post", f"{builtin.pk}/change/", **sent(builtin, title_en="Well done"))
    builtin.refresh_from_db()
    assert builtin.title_en == "Well done"
    assert AuditEntry.objects.get(action="certificate_template.changed").data == {
        "title_en": ["Certificate of completion", "Well done"]
    }
    refused = page("post", f"{builtin.pk}/change/", **sent(builtin, body_en="{nobody}", ink="#dddddd"))
    text = refused.content.decode()
    assert "There is no placeholder {nobody}" in text and "too pale" in text
    builtin.refresh_from_db()
    assert (builtin.ink, builtin.body_en.splitlines()[1]) == ("#1e1b16", "{student_name}")


def seen_in(answer):
    """Return what the page tells the form of the row it was made from."""
    return dict(re.findall(r'name="(seen|seen_at)" value="([^"]+)"', answer.content.decode()))


def test_two_admins_at_one_template_overwrite_nothing_unseen(page, builtin):
    path = f"{builtin.pk}/change/"
    seen = seen_in(page("get", path))
    mine = sent(builtin, body_en="Mine {number}") | seen
    page("post", path, **sent(builtin, title_en="Theirs"), **seen)
    refused = page("post", path, **mine)
    text = refused.content.decode()
    assert "Now stands here: Theirs" in text and "Mine {number}" in text
    builtin.refresh_from_db()
    assert (builtin.title_en, "Mine" in builtin.body_en) == ("Theirs", False)
    assert page("post", path, **(mine | {"title_en": "Theirs"} | seen_in(refused))).status_code == 302
    builtin.refresh_from_db()
    assert (builtin.title_en, builtin.body_en) == ("Theirs", "Mine {number}")


def test_the_preview_draws_what_is_not_saved(page, builtin):
    drawn = page("post", f"{builtin.pk}/preview/?part=1", **sent(builtin, orientation="portrait"))
    assert drawn.content.count(b"data:image/png;base64,") == 4
    alone = page("post", "preview/", **sent(builtin, name="New"))
    assert b"data:image/png" in alone.content and b"<html" in alone.content
    refused = page("post", "preview/?part=1", **sent(builtin, title_en="Ⰰ")).content.decode()
    assert "U+2C00" in refused and "data:image" not in refused
    builtin.refresh_from_db()
    assert (builtin.orientation, CertificateTemplate.objects.count()) == ("landscape", 1)


def test_previews_count_with_downloads(page, api, admin_user, builtin, settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "download": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    path, fields = f"{builtin.pk}/preview/", sent(builtin)
    assert (
        "six hex digits" in page("post", f"{path}?part=1", **fields | {"ink": "blue"}).content.decode()
    )  # nothing to draw
    assert b"data:image" in page("post", f"{path}?part=1", **fields).content
    part, alone = page("post", f"{path}?part=1", **fields), page("post", path, **fields)
    assert (part.status_code, alone.status_code) == (429, 429)
    assert 0 < int(part["Retry-After"]) <= 60
    for refused in (part.content, alone.content):
        assert b"Too many requests" in refused and b"data:image" not in refused
    assert b"<html" not in part.content and b"Nothing is saved" in alone.content
    assert api(admin_user).post(f"{API}/{builtin.pk}/preview", {}).status_code == 429


def test_the_editor_makes_default_copies_and_asks_before_rendering(page, builtin, completed):
    services.issue_certificate(completed)
    Certificate.objects.update(pdf_status="failed", pdf_error="render_failed")
    page("post", f"{builtin.pk}/verbs/", verb="make_default")
    copied = page("post", f"{builtin.pk}/verbs/", verb="duplicate")
    copy = CertificateTemplate.objects.get(name="Copy of Standard")
    assert str(copy.pk) in copied["Location"] and not copy.is_default
    assert b"<b>1</b> certificate was printed" in page("get", f"{builtin.pk}/render/").content
    assert Certificate.objects.get().pdf_status == "failed"
    page("post", f"{builtin.pk}/render/")
    assert Certificate.objects.get().pdf_status == "pending"
    assert page("get", f"{builtin.pk}/delete/").status_code == 403
    page("post", f"{copy.pk}/delete/", post="yes")
    assert list(CertificateTemplate.objects.all()) == [builtin]


def test_instructors_have_no_templates(login, instructor, builtin):
    client, url = login(instructor), "/admin/certificates/certificatetemplate/"
    for path in ("", "add/", f"{builtin.pk}/change/", f"{builtin.pk}/render/"):
        assert client.get(url + path).status_code == 403
    assert client.post(f"{url}{builtin.pk}/verbs/", {"verb": "duplicate"}).status_code == 403
    assert client.post(f"{url}preview/", sent(builtin)).status_code == 403
    assert CertificateTemplate.objects.count() == 1


def test_the_list_leaves_as_it_is_filtered(login, instructor, admin_user, completed, course):
    certificate = services.issue_certificate(completed)
    url = "/admin/certificates/certificate/export/csv/"
    found = b"".join(login(instructor).get(url, {"q": certificate.number}).streaming_content).decode()
    assert certificate.number in found and "Optics for Everybody" in found
    none = b"".join(login(admin_user).get(url, {"pdf_status__exact": "failed"}).streaming_content).decode()
    assert certificate.number not in none and "Number" in none
