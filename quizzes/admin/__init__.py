"""The staff door of quizzes: writing one on one page, and looking at attempts."""

from quizzes.admin.attempts import AttemptAdmin
from quizzes.admin.quizzes import QuizAdmin

__all__ = ["AttemptAdmin", "QuizAdmin"]
