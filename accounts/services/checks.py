"""What is wrong with a person's values, as entries that every door shows at the field."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models

from accounts.exceptions import InvalidFields
from accounts.models.users import User, normalise_password
from accounts.validators import MAX_LENGTH, LengthValidator
from lms.lib.errors import FieldError
from lms.lib.problems import model_error_entries
from lms.lib.text import clean_multiline_text, clean_name, clean_text

CLEANERS = {
    "full_name": clean_name,
    "bio": clean_multiline_text,
    "phone": clean_text,
    "headline": clean_text,
    "specialization": clean_text,
}


def assign(row: models.Model, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Put cleaned values on a row, unsaved; return the fields that changed as {name: [old, new]}."""
    changed = {}
    for name, value in values.items():
        old, new = getattr(row, name), CLEANERS.get(name, str.strip)(value)
        if old != new:
            changed[name] = [old, new]
            setattr(row, name, new)
    return changed


def value_errors(row: models.Model, fields: Iterable[str]) -> list[FieldError]:
    """Return what the model's own rules say against these fields of the row."""
    others = {field.name for field in row._meta.fields} - set(fields)
    try:
        row.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return [FieldError(**entry) for entry in model_error_entries(error)]
    return []


def password_errors(password: str, user: User, field: str) -> list[FieldError]:
    """Return one entry for each rule that a new password of `user` breaks."""
    password = normalise_password(password)
    try:
        if len(password) > MAX_LENGTH:
            LengthValidator().validate(password)  # says so at once; the others would read all of it
        validate_password(password, user)
    except ValidationError as error:
        return [FieldError(field, e.code or "invalid", e.messages[0]) for e in error.error_list]
    return []


def refuse(errors: list[FieldError]) -> None:
    """Raise InvalidFields when there is something to say."""
    if errors:
        raise InvalidFields(errors)
