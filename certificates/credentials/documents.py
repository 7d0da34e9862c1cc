"""From the row to the credential: an OpenBadgeCredential (W3C Verifiable Credentials 2.0, Open Badges 3.0.3)."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.urls import reverse

from certificates.credentials.issuer import CONTEXTS, issuer_did, profile
from certificates.models import Certificate
from certificates.models.revision import LIST_PLACES


def credential_of(certificate: Certificate, status_index: int) -> dict[str, Any]:
    """Return the credential of a certificate's present revision, from the row alone, unsigned.

    `status_index` is the revision's place in the revocation lists. Reads `enrollment.course_id`. The person's
    e-mail, score and ids are not in it.
    """
    valid_from = certificate.revised_at or certificate.issued_at
    document = {
        "@context": CONTEXTS,
        "id": f"{_address('credential', certificate.code)}#r{certificate.revision}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": certificate.course_title,
        "issuer": profile(certificate.issuer_name),
        "validFrom": instant(valid_from),
        "credentialSubject": _subject(certificate),
        "credentialStatus": _status(status_index),
    }
    if certificate.valid_until:
        last = datetime.combine(certificate.valid_until, time(23, 59, 59), UTC)
        document["validUntil"] = instant(last)
    return document


def claims_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a JWS signs: the credential itself, with the registered claims that repeat it (OB 3.0, 8.2)."""
    claims = {
        **document,
        "iss": issuer_did(),
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": _seconds(document["validFrom"]),
    }
    if "validUntil" in document:
        claims["exp"] = _seconds(document["validUntil"])
    return claims


def instant(at: datetime) -> str:
    """Return a time in UTC, to the second, as xsd:dateTime."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def list_address(number: int) -> str:
    """Return the public address of one revocation list."""
    return _address("status_list", number)


def _subject(certificate: Certificate) -> dict[str, Any]:
    course = uuid5(NAMESPACE_URL, f"{settings.SITE_URL}/courses/{certificate.enrollment.course_id}")
    grades = uuid5(course, "grade").urn
    return {
        "id": f"{certificate.verification_url}#holder",
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": certificate.student_name,
                "identityType": "name",
            }
        ],
        "licenseNumber": certificate.number,
        "activityEndDate": f"{certificate.completed_on:%Y-%m-%d}T00:00:00Z",
        "achievement": {
            "id": course.urn,
            "type": ["Achievement"],
            "achievementType": "Course",
            "name": certificate.course_title,
            "description": " · ".join(
                part for part in (certificate.course_title, certificate.instructor_name) if part
            ),
            "criteria": {"narrative": certificate.criteria or certificate.course_title},
            "inLanguage": certificate.language,
            "resultDescription": [
                {
                    "id": grades,
                    "type": ["ResultDescription"],
                    "name": "Grade",
                    "resultType": "LetterGrade",
                    "allowedValue": ["pass", "C", "B", "A"],
                }
            ],
        },
        "result": [{"type": ["Result"], "resultDescription": grades, "value": certificate.grade}],
    }


def _status(index: int) -> dict[str, Any]:
    number, place = divmod(index, LIST_PLACES)
    return {
        "id": f"{list_address(number)}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": list_address(number),
    }


def _address(name: str, part: object) -> str:
    return settings.SITE_URL + reverse(f"certificates:{name}", args=[part])


def _seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())
