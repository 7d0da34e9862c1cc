"""Who may open a file: own rules, and those that the apps above register."""

from collections.abc import Callable
from typing import Any

import structlog

from files.models import StoredFile

log = structlog.get_logger("files")
Rule = Callable[[Any, StoredFile], bool]
_rules: list[Rule] = []


def register_access(rule: Rule) -> None:
    """Add `rule(user, file) -> bool`, asked in order of registration until one says yes."""
    _rules.append(rule)


def rule_allows(user: Any, file: StoredFile) -> bool:
    """Return whether any registered rule lets `user` open `file`. An error in a rule is a no."""
    for rule in _rules:
        try:
            if rule(user, file):
                return True
        except Exception:  # a broken rule must not open a door
            log.exception("access_rule_failed", rule=getattr(rule, "__qualname__", repr(rule)))
    return False
