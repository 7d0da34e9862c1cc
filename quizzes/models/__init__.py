from quizzes.models.attempt import Answer, Attempt
from quizzes.models.question import Question, QuestionOption
from quizzes.models.quiz import Quiz

__all__ = ["Answer", "Attempt", "Question", "QuestionOption", "Quiz"]
