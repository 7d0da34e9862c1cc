"""The signed credential: what it says, in both forms, to an independent verifier (openbadgeslib) and over HTTP."""

import json
from datetime import date
from io import BytesIO

import jwt
import pytest
from django.test import Client
from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError, OB3Verifier
from pypdf import PdfReader

from certificates import services
from certificates.credentials.status import LAST_LIST
from certificates.keys import key_ring
from certificates.models import Certificate, CertificateRevision
from certificates.models.revision import LIST_PLACES
from certificates.tests.factories import CertificateFactory
from enrollments.tests.factories import EnrollmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(student):
    return CertificateFactory(enrollment=EnrollmentFactory(student=student, completed=True))


def get(certificate, ending=".jwt", **headers):
    return Client(headers=headers).get(f"/certificates/{certificate.code}/credential{ending}")


def download(address):
    """What openbadgeslib fetches: revocation lists and the DID document, from this site."""
    path = "/" + address.split("//")[1].partition("/")[2]
    answer = Client().get(path)
    assert answer.status_code == 200, address
    return answer.content


def verify(answer, **options):
    """Let openbadgeslib look at an answer of ours with the exported key; return the credential it read."""
    text = answer if isinstance(answer, str) else answer.content.decode()
    kind = OB3LdpVerifier if text.startswith("{") else OB3Verifier
    return kind(pubkey_pem=key_ring().signing.pem()).verify(text, **options)


def check_status(answer):
    return verify(answer, check_status=True, download=download, verify_status_list=True)


def test_both_forms_say_the_same_to_an_independent_verifier(certificate):
    token, document = get(certificate), get(certificate, ".json")
    for read in (verify(token), verify(document)):
        assert read.recipient_id == f"{certificate.verification_url}#holder"
        assert (read.achievement.name, read.achievement.achievement_type) == (
            certificate.course_title,
            "Course",
        )
        assert [i.identity_hash for i in read.identifiers] == ["Salma Haddad"]
        assert read.id.endswith("/credential#r1") and read.expiration_date is None
        assert [r.value for r in read.results] == [certificate.grade]
        assert read.raw["credentialSubject"]["licenseNumber"] == certificate.number
    plain = json.loads(document.content)
    del plain["proof"]
    claims = jwt.decode(token.content, options={"verify_signature": False})
    registered = {name: claims.pop(name) for name in ("iss", "jti", "sub", "nbf")}
    assert registered["iss"] == plain["issuer"]["id"] == "did:web:testserver"
    assert registered["nbf"] == int(certificate.issued_at.timestamp())
    assert claims == plain
    header = jwt.get_unverified_header(token.content)
    assert (header["alg"], header["typ"]) == ("EdDSA", "JWT")
    assert header["kid"] == f"did:web:testserver#{key_ring().signing.kid}"


@pytest.mark.parametrize("ending", [".jwt", ".json"])
def test_the_same_row_and_key_give_the_same_bytes_and_a_day_ends_late(certificate, ending):
    assert get(certificate, ending).content == get(certificate, ending).content
    Certificate.objects.filter(pk=certificate.pk).update(valid_until=date(2040, 1, 31))
    assert verify(get(certificate, ending)).expiration_date.isoformat() == "2040-01-31T23:59:59+00:00"
    Certificate.objects.filter(pk=certificate.pk).update(valid_until=date(2020, 1, 31))
    with pytest.raises(OB3VerificationError, match="expired"):
        verify(get(certificate, ending))


@pytest.mark.parametrize("ending", [".jwt", ".json"])
def test_one_changed_byte_is_refused_by_an_independent_verifier(certificate, ending):
    text = get(certificate, ending).content.decode()
    middle = text.index("Salma") if ending == ".json" else len(text) // 2
    changed = text[:middle] + ("T" if text[middle] != "T" else "U") + text[middle + 1 :]
    with pytest.raises(OB3VerificationError):
        verify(changed)


def test_the_credential_travels_inside_the_pdf(certificate):
    def made():
        services.render(certificate.pk)
        certificate.refresh_from_db()
        return services.read_pdf(certificate)

    first = made()
    assert PdfReader(BytesIO(first)).attachments["credential.jwt"] == [get(certificate).content]
    services.sign_again()
    assert made() == first


def test_the_holder_finds_it_on_the_page_and_in_the_api_until_it_is_revoked(
    certificate, student, admin_user, login, api
):
    def found():
        page = login(student).get(f"/certificates/{certificate.code}/").content.decode()
        links = [ending for ending in ("jwt", "json") if f"/credential.{ending}" in page]
        return links, api(student).get(f"/api/v1/certificates/{certificate.pk}").json()["credential_url"]

    links, address = found()
    assert links == ["jwt", "json"]
    assert address == f"http://testserver/certificates/{certificate.code}/credential"
    services.revoke_certificate(
        certificate=certificate, by=admin_user, category="misconduct", reason="Copied all of it."
    )
    assert found() == ([], "")


def test_without_a_key_everything_but_the_credential_goes_on(certificate, settings, tmp_path, student, login):
    settings.CERTIFICATE_KEYS_FILE = str(tmp_path / "none.json")
    services.render(certificate.pk)
    certificate.refresh_from_db()
    assert not PdfReader(BytesIO(services.read_pdf(certificate))).attachments
    for path in (f"/certificates/{certificate.code}/credential", "/certificates/status/0"):
        answer = Client().get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "signing_key_missing")
    for path in ("/.well-known/did.json", "/.well-known/jwks.json"):
        assert Client().get(path).status_code == 503
    assert Client().get("/certificates/issuer").status_code == 200
    assert b"credential.jwt" not in login(student).get(f"/certificates/{certificate.code}/").content


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/vc+jwt"),
        ("text/html,*/*;q=0.8", "application/vc+jwt"),
        ("image/png", "application/vc+jwt"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("application/vc", "application/vc"),
        ("application/json", "application/json"),
    ],
)
def test_the_caller_chooses_the_form(certificate, accept, media):
    answer = get(certificate, "", accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, media)
    assert "Accept" in answer["Vary"] and "no-cache" in answer["Cache-Control"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    verify(answer)


def test_unknown_revoked_and_too_many(certificate, admin_user, settings):
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {"verify_unknown": "2/hour"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    client = Client()
    assert client.get("/certificates/ABCD-EFGH-JKMN/credential.jwt").json()["code"] == "not_found"
    assert client.get("/certificates/verify/ABCD-EFGH-JKMN/").status_code == 200  # the second unknown one
    answer = get(certificate)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer["Retry-After"]) > 0
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["verify_unknown"] = "20/hour"
    services.revoke_certificate(
        certificate=certificate, by=admin_user, category="misconduct", reason="Copied all of it."
    )
    for ending in ("", ".jwt", ".json"):
        answer = get(certificate, ending)
        assert (answer.status_code, answer.json()["code"]) == (410, "certificate_revoked")


def test_the_list_tells_revoked_reissued_and_restored(
    certificate, admin_user, django_capture_on_commit_callbacks
):
    def change(verb, **facts):
        with django_capture_on_commit_callbacks(execute=True):
            verb(certificate=certificate, by=admin_user, **facts)

    first = get(certificate)
    check_status(first)
    check_status(get(certificate, ".json"))
    change(services.revoke_certificate, category="misconduct", reason="Copied the whole quiz.")
    with pytest.raises(OB3VerificationError, match="revocation"):
        check_status(first)
    change(services.restore_certificate, reason="It was somebody else.")
    second = get(certificate)
    check_status(second)
    change(services.reissue_certificate, reason="One letter was missing.", student_name="Salma Haddadd")
    third = get(certificate, ".json")
    assert check_status(third).id.endswith("#r3")
    for old in (first, second):
        with pytest.raises(OB3VerificationError, match="revocation"):
            check_status(old)


def test_lists_begin_one_after_the_other(certificate):
    for number in (1, LAST_LIST, LAST_LIST + 1, 10**40):
        assert Client().get(f"/certificates/status/{number}").status_code == 404
    CertificateRevision.objects.filter(certificate=certificate).update(status_index=LIST_PLACES + 5)
    entry = jwt.decode(get(certificate).content, options={"verify_signature": False})["credentialStatus"]
    assert entry["statusListCredential"] == "http://testserver/certificates/status/1"
    assert entry["statusListIndex"] == "5"
    assert Client().get("/certificates/status/0").status_code == 200
    check_status(get(certificate))
    listed = Client(headers={"accept": "application/json"}).get("/certificates/status/1").json()
    assert listed["proof"]["cryptosuite"] == "eddsa-rdfc-2022"


def test_a_verifier_that_knows_only_the_host_finds_the_key(certificate):
    """By did:web, the way wallets do; its documents are on HTTPS in real life."""
    assert OB3Verifier.for_issuer_did("did:web:testserver", download=download).verify(
        get(certificate).content.decode()
    )
    assert OB3LdpVerifier.for_issuer_did("did:web:testserver").verify(
        get(certificate, ".json").content.decode(), download=download
    )
    about = Client().get("/certificates/issuer").json()
    assert (about["id"], about["name"]) == ("did:web:testserver", "Manara")


def test_nothing_private_leaves(certificate, student):
    secret = key_ring().signing.stored()["d"]
    for path in (
        f"/certificates/{certificate.code}/credential.jwt",
        f"/certificates/{certificate.code}/credential.json",
        "/certificates/status/0",
        "/certificates/issuer",
        "/.well-known/did.json",
        "/.well-known/jwks.json",
    ):
        text = Client().get(path).content.decode()
        parts = text.split(".") if path.endswith("jwt") or "status" in path else []
        text += "".join(str(jwt.utils.base64url_decode(part)) for part in parts)
        assert secret not in text and '"d"' not in text
        assert student.email not in text and str(student.pk) not in text
        assert str(certificate.pk) not in text and str(certificate.enrollment_id) not in text


def test_queries_stay_few(certificate, max_queries):
    CertificateFactory.create_batch(2)
    with max_queries(2):
        get(certificate)
    with max_queries(1):
        assert Client().get("/certificates/status/0").status_code == 200
    with max_queries(0):
        assert Client().get("/certificates/status/0").status_code == 200
