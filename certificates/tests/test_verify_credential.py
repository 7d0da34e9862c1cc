"""The offline check: every form, every verdict, and nothing printed that was not signed."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jwt.api_jws import PyJWS
from openbadgeslib.ob3 import OB3VerificationError

from certificates import services
from certificates.credentials.checking import check_credential
from certificates.credentials.integrity import NotSignable, context, require_plain
from certificates.credentials.issuer import CREDENTIALS_V2
from certificates.credentials.signing import as_jws, with_proof
from certificates.keys import create_key, key_ring
from certificates.models import Certificate
from certificates.tests.factories import CertificateFactory

pytestmark = pytest.mark.django_db
OK, FORGED, WITHDRAWN, CANNOT_TELL = range(4)


class Desk:
    """An employer's folder: what was downloaded, and the command run on it."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate = CertificateFactory(rendered=True)
        self.save("jwks.json", Client().get("/.well-known/jwks.json").content)
        self.fetch_list()
        self.jwt, self.json = (self.get(ending) for ending in (".jwt", ".json"))
        self.save("certificate.pdf", services.read_pdf(self.certificate))

    def get(self, ending):
        return Client().get(f"/certificates/{self.certificate.code}/credential{ending}").content

    def fetch_list(self):
        self.save("list.jwt", Client().get("/certificates/status/0").content)

    def save(self, name, data):
        (self.folder / name).write_bytes(data)
        return name

    def check(self, name, *, status="list.jwt", keys="jwks.json"):
        out = StringIO()
        options = {"status": self.folder / status} if status else {}
        with CaptureQueriesContext(connection) as asked, pytest.raises(SystemExit) as end:
            call_command(
                "verify_credential", self.folder / name, keys=self.folder / keys, stdout=out, **options
            )
        assert not asked.captured_queries
        self.said = out.getvalue()
        return end.value.code


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_every_form_is_valid_and_every_field_is_printed(desk):
    c = desk.certificate
    shown = [
        c.student_name,
        c.course_title,
        c.instructor_name,
        c.issuer_name,
        c.number,
        c.code,
        c.grade,
        c.criteria,
    ]
    for name, data in (("a.jwt", desk.jwt), ("a.json", desk.json), ("certificate.pdf", None)):
        if data:
            desk.save(name, data)
        assert desk.check(name) == OK
        assert all(
            value in desk.said for value in [*shown, str(c.completed_on), "VALID. Genuine, and not revoked."]
        )
        assert desk.check(name, status=None) == OK and "not checked" in desk.said


def test_a_pdf_saved_by_another_program_still_proves(desk):
    from pypdf import PdfWriter

    PdfWriter(clone_from=desk.folder / "certificate.pdf").write(desk.folder / "saved.pdf")
    assert desk.check("saved.pdf") == OK


@pytest.mark.parametrize("form", ["jwt", "json"])
def test_any_changed_byte_is_refused(desk, form):
    whole, keys = getattr(desk, form), key_ring()
    if form == "jwt":
        places = [0, 10, len(whole) // 3, whole.rindex(b".") - 1, whole.rindex(b"."), len(whole) - 1]
    else:
        places = [
            0,
            whole.index(b"Course"),
            whole.index(b"holder"),
            whole.index(b'"proof"') + 2,
            len(whole) - 10,
        ]
    for place in places:
        changed = bytearray(whole)
        changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
        finding = check_credential(bytes(changed), keys, None, timezone.now())
        assert finding.verdict in (FORGED, CANNOT_TELL) and finding.document is None, place


def test_somebody_elses_signature_is_forged(desk, tmp_path):
    thief = create_key(tmp_path / "thief.json")
    document = json.loads(desk.json)
    del document["proof"]
    desk.save("a.jwt", as_jws(document, thief).encode())
    desk.save("a.json", json.dumps(with_proof(document, thief)).encode())
    desk.save("none.jwt", PyJWS().encode(b"{}", None, algorithm="none").encode())
    for name in ("a.jwt", "a.json", "none.jwt"):
        assert desk.check(name) == FORGED and document["name"] not in desk.said


@pytest.mark.parametrize(
    "add",
    [
        {"rank": "first of the year"},
        {"image": "relative"},
        {"@included": [{"id": "urn:x:y", "name": "Doctor"}]},
        {"https://schema.org/name": "Another"},
        {"@context": [CREDENTIALS_V2]},
        {"@context": ["https://evil.example/context"]},
        {"proof": []},
        {"proof": {"type": "DataIntegrityProof"}},
    ],
)
def test_nothing_can_be_added_to_what_a_proof_covers(desk, add):
    desk.save("a.json", json.dumps(json.loads(desk.json) | add).encode())
    assert desk.check("a.json", status=None) == FORGED
    assert "rank" not in desk.said and "Another" not in desk.said


def test_a_name_that_stands_twice_is_refused(desk):
    desk.save("a.json", desk.json.replace(b'"name":', b'"name":"Doctor","name":', 1))
    assert desk.check("a.json", status=None) == FORGED


def test_revoked_replaced_and_expired(desk, admin_user, django_capture_on_commit_callbacks):
    desk.save("a.jwt", desk.jwt)
    with django_capture_on_commit_callbacks(execute=True):
        services.revoke_certificate(
            certificate=desk.certificate, by=admin_user, category="misconduct", reason="Copied it all."
        )
    desk.fetch_list()
    assert (
        desk.check("a.jwt") == WITHDRAWN and "revoked" in desk.said and desk.certificate.number in desk.said
    )
    with django_capture_on_commit_callbacks(execute=True):
        services.restore_certificate(certificate=desk.certificate, by=admin_user, reason="It was not copied.")
    desk.fetch_list()
    assert desk.check("a.jwt") == WITHDRAWN
    desk.save("b.jwt", desk.get(".jwt"))
    assert desk.check("b.jwt") == OK
    Certificate.objects.update(valid_until=date(2020, 1, 31))
    desk.save("c.json", desk.get(".json"))
    assert desk.check("c.json") == WITHDRAWN and "valid until 2020-01-31" in desk.said


def test_what_cannot_be_told(desk, time_machine):
    desk.save("a.jwt", desk.jwt)
    desk.save("text", b"Dear Sir or Madam")
    desk.save("bytes", bytes(range(256)))
    desk.save("broken.pdf", b"%PDF-1.7 and nothing else")
    desk.save("nokeys.json", b'{"keys": []}')
    for name in ("text", "bytes", "broken.pdf", "absent", "list.jwt"):
        assert desk.check(name) == CANNOT_TELL, name
    for keys in ("nokeys.json", "text", "absent"):
        assert desk.check("a.jwt", keys=keys) == CANNOT_TELL, keys
    for status in ("text", "a.jwt", "absent"):
        assert desk.check("a.jwt", status=status) == CANNOT_TELL, status
    time_machine.move_to(timezone.now() + timedelta(hours=25))
    assert desk.check("a.jwt") == CANNOT_TELL and "too old" in desk.said
    time_machine.move_to(desk.certificate.issued_at - timedelta(hours=1))
    assert desk.check("a.jwt") == CANNOT_TELL


def test_the_documented_lines_for_another_program_run(desk, monkeypatch, capsys):
    lines = (Path(settings.BASE_DIR) / "docs/verifying.md").read_text().split("```python")[1].split("```")[0]
    desk.save("credential.jwt", desk.jwt)
    desk.save("key.pem", key_ring().signing.pem().encode())
    monkeypatch.chdir(desk.folder)
    exec(lines)
    assert capsys.readouterr().out == f"{desk.certificate.student_name} - {desk.certificate.course_title}\n"
    Certificate.objects.update(revision=2, pdf_status="pending")
    cache.clear()
    desk.fetch_list()
    with pytest.raises(OB3VerificationError, match="revocation"):
        exec(lines)


def test_no_context_is_ever_fetched():
    with pytest.raises(NotSignable):
        require_plain({"@context": ["https://evil.example/context"], "id": "urn:x:y"})
    assert context(CREDENTIALS_V2)["@context"]["@protected"] is True
