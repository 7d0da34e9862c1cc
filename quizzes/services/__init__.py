"""What happens to quizzes, questions, attempts and results. Every door calls these and nothing else."""

from quizzes.services.counting import count_result, count_results
from quizzes.services.questions import (
    OptionDraft,
    add_question,
    delete_question,
    reorder_questions,
    update_question,
)
from quizzes.services.quizzes import (
    create_quiz,
    delete_quiz,
    publish_quiz,
    recount_questions,
    unpublish_quiz,
    update_quiz,
)
from quizzes.services.results import Result, quiz_averages, result_from, results_for
from quizzes.services.sitting import Saved, Sent, save_answer, save_answers, start_attempt, submit_attempt

__all__ = [
    "OptionDraft",
    "Result",
    "Saved",
    "Sent",
    "add_question",
    "count_result",
    "count_results",
    "create_quiz",
    "delete_question",
    "delete_quiz",
    "publish_quiz",
    "quiz_averages",
    "recount_questions",
    "reorder_questions",
    "result_from",
    "results_for",
    "save_answer",
    "save_answers",
    "start_attempt",
    "submit_attempt",
    "unpublish_quiz",
    "update_question",
    "update_quiz",
]
