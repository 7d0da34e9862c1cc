"""Points on pages: `{{ question.points|points }}`, `{{ question.points_earned|points_of:question.points }}`."""

from django import template

from quizzes import words

register = template.Library()
register.filter("points", words.points_in_words)
register.filter("points_of", words.share_in_words)
register.filter("figure", words.figure)
