"""Words of the pages of figures."""

from __future__ import annotations

from django import template

from analytics import words

register = template.Library()
register.filter("as_of", words.as_of)
register.filter("rate", words.rate)
