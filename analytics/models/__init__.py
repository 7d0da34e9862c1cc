"""The roll-ups: figures taken from the ledgers of the apps below, rows for days with facts only.

Units: columns with `_seconds` in the name are seconds, with `_minutes` minutes (1 place), with `_days` days (2 places);
rates, progress and scores are per cent, 0–100 (2 places). None is no data, 0 is a value. JSON columns have the shapes
of `analytics.shapes`.
"""

from analytics.models.course import CourseDailyStat, CourseStat
from analytics.models.site import SiteDailyStat

__all__ = ["CourseDailyStat", "CourseStat", "SiteDailyStat"]
