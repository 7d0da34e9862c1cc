"""How the roll-ups are kept. Every write is an absolute value taken from the ledgers, never an increment."""

from analytics.services.checking import check_course, check_site
from analytics.services.freshness import freshen, freshen_site, refresh_now
from analytics.services.leaderboard import set_leaderboard
from analytics.services.refreshing import Scope, refresh_course
from analytics.services.rounds import rebuild, refresh_changed, refresh_nightly
from analytics.services.rows import make_rows
from analytics.services.site import refresh_site

__all__ = [
    "Scope",
    "check_course",
    "check_site",
    "freshen",
    "freshen_site",
    "make_rows",
    "rebuild",
    "refresh_changed",
    "refresh_course",
    "refresh_nightly",
    "refresh_now",
    "refresh_site",
    "set_leaderboard",
]
