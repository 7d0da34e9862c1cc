"""The accounts of the demo, and the one password that opens them all."""

from __future__ import annotations

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import services as accounts
from accounts.models import User
from accounts.models.users import normalise_password
from lms.demo.content import HERE, read_toml

DAY = timedelta(days=1)
STAFF_JOINED_DAYS_AGO = 95
PROFILE_FIELDS = ("headline", "specialization")


def read_people() -> dict[str, list[dict[str, Any]]]:
    """Return people.toml: `staff` and `students`."""
    return read_toml(HERE / "people.toml")


def emails() -> list[str]:
    """Return the addresses of all accounts of the demo."""
    people = read_people()
    return [row["email"] for row in people["staff"] + people["students"]]


@transaction.atomic
def make_accounts(now: datetime) -> dict[str, User]:
    """Make the accounts, or make those that exist what people.toml says; return them by e-mail.

    Nobody can sign in to a new one until `set_password`. The addresses are of a domain that nobody owns.
    """
    people = read_people()
    made = {}
    for row in people["staff"] + people["students"]:
        joined = timedelta(days=row.get("joined", STAFF_JOINED_DAYS_AGO))
        values = {name: row[name] for name in ("full_name", "locale", "time_zone")}
        values |= {
            "role": row.get("role", User.Role.STUDENT),
            "bio": row.get("bio", "").strip(),
            "created_at": now - joined - DAY,  # whatever the hour is now, before they enrolled
        }
        user, is_new = User.objects.update_or_create(email=row["email"], defaults=values)
        if is_new:
            user.set_password(None)
            user.save(update_fields=["password"])
        accounts.prove_email(user=user)
        if user.role == User.Role.INSTRUCTOR:
            profile = accounts.ensure_instructor_profile(user=user)
            fields = {name: row[name] for name in PROFILE_FIELDS}
            accounts.update_instructor_profile(profile=profile, by=user, **fields)
        made[user.email] = user
    return made


def ensure_password() -> str:
    """Return the password of the demo; give it to the accounts when it is not the one they were given.

    It is DEMO_PASSWORD, else the one kept in the data folder, else a new random one.
    """
    path = password_file()
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    password = settings.DEMO_PASSWORD or kept or secrets.token_hex(6)
    if password != kept:
        # Hashing is meant to be slow: once for all. The file comes last: what it says is then true.
        hashed = make_password(normalise_password(password))
        User.objects.get_queryset().filter(email__in=emails()).update(password=hashed)
        _keep(path, password)
    return password


def password_file() -> Path:
    """Where the password is kept."""
    return Path(settings.LMS_DATA_DIR) / "demo_password"


def _keep(path: Path, password: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(f"{password}\n", encoding="utf-8")
    fresh.replace(path)
