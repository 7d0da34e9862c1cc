"""Fills an empty site with the demo, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.services import record
from analytics.services import refresh_changed
from certificates.models import Certificate
from certificates.services import render
from lms.demo.content import Files, Source, make_categories, make_course, read_sources, store_files
from lms.demo.people import ensure_password, make_accounts, read_people
from lms.demo.study import study

MARK = "demo.seeded"  # the action of the audit row that is written last


@dataclass(frozen=True)
class Seeded:
    """What is there now: the password of every account, and whether this run made the demo."""

    password: str
    is_new: bool


def seed() -> Seeded:
    """Make accounts, courses and what the students did, unless that has been done; return the password.

    Accounts and files come first, each safe to repeat; everything else, with the mark, is one transaction:
    a run that is stopped half-way is simply run again. Pictures of the certificates and figures follow; the
    site makes those that are missing by itself.
    """
    if is_seeded():
        return Seeded(ensure_password(), is_new=False)
    now = timezone.now()
    sources = read_sources()
    people = make_accounts(now)
    password = ensure_password()
    files = store_files(sources, people)
    for certificate in _fill(sources, people, files, now):
        render(certificate.pk)
    refresh_changed()
    return Seeded(password, is_new=True)


def is_seeded() -> bool:
    """Whether the demo is there, whole."""
    return AuditEntry.objects.filter(action=MARK).exists()


@transaction.atomic
def _fill(sources: list[Source], people: dict[str, User], files: Files, now: datetime) -> list[Certificate]:
    admin = next(person for person in people.values() if person.is_admin)
    # Two starts at once: the second waits here (on SQLite, at BEGIN IMMEDIATE), and finds the mark.
    User.objects.get_queryset().select_for_update().get(pk=admin.pk)
    if is_seeded():
        return []
    categories = make_categories()
    made = {
        source.folder: make_course(
            source,
            by=people[source.outline["instructor"]],
            category=categories[source.outline["category"]],
            files=files,
            now=now,
        )
        for source in sources
    }
    certificates = [
        study(student=people[row["email"]], course=made[plan["course"]], plan=plan, now=now)
        for row in read_people()["students"]
        for plan in row["courses"]
    ]
    record(by=None, action=MARK, target=admin)
    return [certificate for certificate in certificates if certificate is not None]
