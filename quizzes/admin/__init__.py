"""The staff door of quizzes: writing one on one page, and looking at attempts."""

from quizzes.admin.attempts import AttemptAdmin
from quizzes.admin.grading import AnswerAdmin
from quizzes.admin.quizzes import QuizAdmin

__all__ = ["AnswerAdmin", "AttemptAdmin", "QuizAdmin"]
