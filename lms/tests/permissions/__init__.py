"""Who gets which answer, for every route of the site: one table a file, one line a route and method.

The statuses stand in the order of ROLES. Besides numbers there are `login` (sent to log in), `door` (sent to the
admin's door, where who has no business in there reads 403) and `told` (sent on, with a message that says why not).
In paths and bodies, names in braces are those of lms.tests.world: the student is enrolled in the owner's course.
"""

from dataclasses import dataclass
from typing import Any

ROLES = ("visitor", "student", "classmate", "owner", "outsider", "admin")


@dataclass(frozen=True)
class Row:
    """One route with one method: its name in the URLconf, an address of it, and what each role gets."""

    method: str
    name: str
    path: str
    statuses: str
    body: Any = None

    def expected(self, role: str) -> str:
        """Return what the role gets."""
        return dict(zip(ROLES, self.statuses.split(), strict=True))[role]


def api(method: str, name: str, path: str, statuses: str, body: Any = None) -> Row:
    """Return a row of the API."""
    return Row(method, name, f"/api/v1{path}", statuses, body)
