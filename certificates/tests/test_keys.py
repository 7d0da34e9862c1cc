"""The file of keys: made once, added to, never half written, and what a retired or stolen key is worth."""

import json
import stat
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from certificates.checks import signing_keys
from certificates.credentials.checking import Verdict, check_credential
from certificates.keys import (
    KeyFileError,
    base58,
    create_key,
    key_ring,
    parse_keys,
    read_keys,
    unbase58,
)
from certificates.models import Certificate
from certificates.tests.factories import CertificateFactory


@pytest.fixture
def path(settings, tmp_path):
    settings.CERTIFICATE_KEYS_FILE = str(tmp_path / "new" / "keys.json")
    return tmp_path / "new" / "keys.json"


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_key_is_made_once_for_its_owner_alone(path):
    run("create_signing_key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_bytes()
    with pytest.raises(CommandError, match="--rotate"):
        run("create_signing_key")
    assert "has a signing key" in run("create_signing_key", "--if-missing")
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["keys.json"]


def test_rotating_keeps_what_was_and_signs_with_the_new(path):
    run("create_signing_key", "--if-missing")
    (old,) = key_ring().keys
    said = run("create_signing_key", "--rotate")
    assert key_ring().keys[0] == old and key_ring().signing == key_ring().keys[1]
    assert key_ring().signing.kid in said and key_ring().find(f"did:web:x#{old.kid}") == old


def test_no_name_of_a_key_looks_like_an_option(tmp_path):
    names = [create_key(tmp_path / f"{n}.json").kid for n in range(300)]  # by chance that is one run in 113
    assert [name for name in names if name.startswith("-")] == []


def test_retiring_takes_the_private_part_alone(path):
    run("create_signing_key")
    run("create_signing_key", "--rotate")
    old, new = key_ring().keys
    with pytest.raises(CommandError, match="has no key"):
        run("retire_signing_key", "nobody")
    run("retire_signing_key", old.kid)
    assert key_ring().keys == (old, new)
    assert [bool(key.private) for key in key_ring().keys] == [False, True]
    with pytest.raises(CommandError, match="No other key"):
        run("retire_signing_key", new.kid)
    assert key_ring().signing == new


def test_two_commands_at_once_lose_no_key(path, race):
    made = race(*[lambda: create_key(path, rotate=True)] * 4)
    assert {key.kid for key in made} == {key.kid for key in key_ring().keys}
    assert len(made) == 4


@pytest.mark.parametrize(
    "text", [b"", b"[]", b'{"keys": [1]}', b'{"keys": [{"crv": "Ed25519", "x": "AA"}]}', b"\xff"]
)
def test_a_broken_file_signs_nothing_and_is_left_as_it_is(path, text):
    path.parent.mkdir()
    path.write_bytes(text)
    assert key_ring().keys == ()
    with pytest.raises(KeyFileError):
        read_keys(path)
    with pytest.raises(CommandError, match="not a set of keys"):
        run("create_signing_key")
    assert path.read_bytes() == text
    assert [w.id for w in signing_keys(None)] == ["certificates.W002"]


def test_a_private_part_of_another_key_is_refused(path):
    mine, other = (create_key(path, rotate=True).stored() for _ in range(2))
    with pytest.raises(KeyFileError):
        parse_keys(json.dumps({"keys": [{**mine, "d": other["d"]}]}).encode())


def test_the_deployment_check_sees_what_is_wrong(path):
    assert [w.id for w in signing_keys(None)] == ["certificates.W001"]
    run("create_signing_key")
    assert signing_keys(None) == []
    path.chmod(0o640)
    assert [w.id for w in signing_keys(None)] == ["certificates.W003"]
    public = {"keys": [key_ring().signing.public_jwk()]}
    path.write_text(json.dumps(public))
    path.chmod(0o600)
    assert [w.id for w in signing_keys(None)] == ["certificates.W001"]


def test_what_is_exported_is_public(path):
    run("create_signing_key")
    key = key_ring().signing
    (exported,) = parse_keys(run("export_signing_keys").encode()).keys
    assert exported == key and exported.private is None
    assert '"d"' not in run("export_signing_keys")
    assert run("export_signing_keys", "--pem") == run("export_signing_keys", "--pem", key.kid) == key.pem()
    assert key.pem().startswith("-----BEGIN PUBLIC KEY-----")
    with pytest.raises(CommandError):
        run("export_signing_keys", "--pem", "nobody")


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0a", b"abc", bytes(range(255))])
def test_base58_there_and_back(data):
    assert unbase58(base58(data)) == data
    assert base58(b"Hello World!") == "2NEpo7TZRRrLZSi2U"  # draft-msporny-base58, 5


@pytest.mark.django_db
def test_rotated_retired_and_compromised_keys(path):
    run("create_signing_key")
    certificate = CertificateFactory(rendered=True)
    address = f"/certificates/{certificate.code}/credential.jwt"
    old_key, old_token = key_ring().signing, Client().get(address).content

    def known():
        return parse_keys(Client().get("/.well-known/jwks.json").content)

    def verdict(token):
        listed = Client().get("/certificates/status/0").content
        return check_credential(token, known(), listed, timezone.now()).verdict

    run("create_signing_key", "--rotate")
    new_token = Client().get(address).content
    assert new_token != old_token
    assert verdict(old_token) == verdict(new_token) == Verdict.VALID
    run("retire_signing_key", old_key.kid)
    assert verdict(old_token) == Verdict.VALID  # and with it in the DID document, for others:
    methods = Client().get("/.well-known/did.json").json()["verificationMethod"]
    assert any(method["id"].endswith(old_key.kid) for method in methods)
    OB3Verifier(pubkey_pem=old_key.pem()).verify(old_token.decode())

    assert "made again: 1." in run("retire_signing_key", old_key.kid, "--compromised")
    assert verdict(old_token) == Verdict.FORGED and verdict(new_token) == Verdict.VALID
    with pytest.raises(OB3VerificationError):
        OB3Verifier(pubkey_pem=known().keys[0].pem()).verify(old_token.decode())
    certificate.refresh_from_db()
    assert certificate.pdf_status == Certificate.PdfStatus.PENDING
    assert certificate.pdf_not_before <= timezone.now() < certificate.issued_at + timedelta(days=1)
    assert certificate.email_due_at is None or certificate.emailed_at is None
