"""What the roll-ups say, taken from the ledgers alone: nothing here reads a roll-up or writes."""

from analytics.figures.course import course_figures
from analytics.figures.daily import FACTS, daily_figures
from analytics.figures.site import daily_site_figures, site_totals

__all__ = ["FACTS", "course_figures", "daily_figures", "daily_site_figures", "site_totals"]
