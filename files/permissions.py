"""Who may open a file: own rules, and those that the apps above register."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404

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


def get_file_for(user: Any, file_id: UUID, name: str = "") -> StoredFile:
    """Return the file if `user` may open it now; unknown, unfinished and invisible are all Http404.

    `name`, of the address, is decoration; one that climbs or holds NUL is no address of ours.
    """
    file = StoredFile.objects.ready().select_related("owner").filter(pk=file_id).first()
    if file is None or "\0" in name or ".." in name.split("/") or not file.can_view(user):
        raise Http404
    return file


def get_editable_file_for(user: Any, file_id: UUID) -> StoredFile:
    """Return the file if `user` may change it: Http404 when they may not see it, else PermissionDenied."""
    file = get_file_for(user, file_id)
    if not file.can_edit(user):
        raise PermissionDenied
    return file
