"""What `check --deploy` says about the keys of credentials."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from certificates.keys import KeyFileError, read_by_others, read_keys


@register(Tags.security, deploy=True)
def signing_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn when CERTIFICATE_KEYS_FILE is missing, cannot sign, or is readable by others than its owner."""
    path = Path(settings.CERTIFICATE_KEYS_FILE)
    try:
        ring = read_keys(path)
    except FileNotFoundError:
        return [_warning(f"There is no {path}: certificates get no credential.", "W001")]
    except (OSError, KeyFileError) as error:
        return [_warning(f"{path} cannot be used: {error}", "W002")]
    found: list[CheckMessage] = []
    if ring.signing is None:
        found.append(_warning(f"No key in {path} can sign: certificates get no credential.", "W001"))
    if read_by_others(path):
        found.append(_warning(f"{path} holds private keys and is open to others: chmod 600.", "W003"))
    return found


def _warning(text: str, number: str) -> Warning:
    hint = "manage.py create_signing_key makes a key; see docs/deploying.md."
    return Warning(text, hint=hint, id=f"certificates.{number}")
