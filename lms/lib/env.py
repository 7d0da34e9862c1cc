"""Reading settings from the environment: what cannot be read stops the start and says why."""

import os
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def env_str(name: str, default: str | None = None) -> str:
    """Return the variable `name`, or `default`; without both raise ImproperlyConfigured."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} must be set: any text.")
    return default


def env_bool(name: str, default: bool) -> bool:
    """Return the variable as a boolean; raise ImproperlyConfigured when it is no known word."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name} must be one of true, false, 1, 0, yes, no, on, off; it is {value!r}.")


def env_int(name: str, default: int, minimum: int = 0, maximum: int | None = None) -> int:
    """Return the variable as a whole number inside the bounds, else raise ImproperlyConfigured."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    limits = f"a whole number from {minimum}" + (f" to {maximum}" if maximum is not None else "")
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be {limits}; it is {value!r}.") from None
    if number < minimum or (maximum is not None and number > maximum):
        raise ImproperlyConfigured(f"{name} must be {limits}; it is {number}.")
    return number


def env_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Return the variable split at commas, blanks dropped."""
    value = os.environ.get(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] or list(default)


def env_choice(name: str, choices: Sequence[str], default: str) -> str:
    """Return the variable when it is one of `choices`, else raise ImproperlyConfigured."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}; it is {value!r}.")
    return value


def env_match(name: str, pattern: str, default: str, accepted: str) -> str:
    """Return the variable when all of it fits `pattern`; `accepted` says in words what does."""
    value = env_str(name, default)
    if value and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must be {accepted}; it is {value!r}.")
    return value


def env_rate(name: str, default: str) -> str:
    """Return the variable as a rate such as 100/min."""
    return env_match(name, r"[1-9][0-9]*/(sec|min|hour|day)", default, "a rate such as 100/min or 10/hour")


def env_hosts(name: str) -> list[str]:
    """Return the variable as host names, split at commas, without scheme and path."""
    hosts = env_list(name)
    for host in hosts:
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", host):
            raise ImproperlyConfigured(f"{name} must be host names, separated by commas; one is {host!r}.")
    return hosts


def env_networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return the variable as networks such as 192.0.2.0/24, split at commas; a bare address is a network of one."""
    try:
        return [ip_network(text) for text in env_list(name)]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be networks such as 192.0.2.0/24 or 2001:db8::/48, separated by commas: {error}."
        ) from None


def env_url(name: str, schemes: Sequence[str], default: str = "") -> str:
    """Return the variable as an address of one of `schemes`. What it holds is not repeated: passwords may be in it."""
    value = env_str(name, default)
    try:
        parts = urlsplit(value)
        fits = parts.scheme in schemes and bool(parts.netloc or parts.path.strip("/")) and parts.port != 0
    except ValueError:  # of a port that is no number, or a bracket that does not close
        fits = False
    if value and not fits:
        raise ImproperlyConfigured(
            f"{name} must be an address starting with {' or '.join(f'{s}://' for s in schemes)}."
        )
    return value


def env_zone(name: str, default: str) -> str:
    """Return the variable as the name of a time zone."""
    value = env_str(name, default)
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ImproperlyConfigured(
            f"{name} must be the name of a time zone such as Africa/Cairo; it is {value!r}."
        ) from None
    return value
