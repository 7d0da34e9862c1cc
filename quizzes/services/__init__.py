"""What happens to quizzes, questions, attempts and results. Every door calls these and nothing else."""

from quizzes.services.closing import close_if_overdue, submit_attempt, submit_overdue_attempts
from quizzes.services.copying import copy_questions, copy_quizzes, duplicate_quiz
from quizzes.services.counting import count_result, count_results, count_seen
from quizzes.services.items import Choice, ItemStatistics
from quizzes.services.lists import ListFigures, list_figures, waiting_counts
from quizzes.services.mailing import deliver_graded_mail, wake_due_mail
from quizzes.services.marks import Grade, grade_attempt
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
    lock_quiz,
    publish_quiz,
    recount_questions,
    unpublish_quiz,
    update_quiz,
)
from quizzes.services.regrade import (
    Change,
    RegradePreview,
    RegradeState,
    order_regrade,
    preview_regrade,
    regrade_ordered,
    regrade_state,
)
from quizzes.services.results import Result, quiz_averages, result_from, results_for
from quizzes.services.sitting import save_answer, save_answers, start_attempt
from quizzes.services.statistics import QuizStatistics, quiz_statistics, quiz_statistics_of
from quizzes.services.storing import Saved, Sent
from quizzes.services.time_given import extend_attempt, extend_quiz
from quizzes.services.upkeep import check_quiz_drift
from quizzes.services.verdicts import excuse_attempt, reopen_attempt, restore_attempt, void_attempt

__all__ = [
    "Change",
    "Choice",
    "Grade",
    "ItemStatistics",
    "ListFigures",
    "OptionDraft",
    "QuizStatistics",
    "RegradePreview",
    "RegradeState",
    "Result",
    "Saved",
    "Sent",
    "add_question",
    "check_quiz_drift",
    "close_if_overdue",
    "copy_questions",
    "copy_quizzes",
    "count_result",
    "count_results",
    "count_seen",
    "create_quiz",
    "delete_question",
    "delete_quiz",
    "deliver_graded_mail",
    "duplicate_quiz",
    "excuse_attempt",
    "extend_attempt",
    "extend_quiz",
    "grade_attempt",
    "list_figures",
    "lock_quiz",
    "order_regrade",
    "preview_regrade",
    "publish_quiz",
    "quiz_averages",
    "quiz_statistics",
    "quiz_statistics_of",
    "recount_questions",
    "regrade_ordered",
    "regrade_state",
    "reopen_attempt",
    "reorder_questions",
    "restore_attempt",
    "result_from",
    "results_for",
    "save_answer",
    "save_answers",
    "start_attempt",
    "submit_attempt",
    "submit_overdue_attempts",
    "unpublish_quiz",
    "update_question",
    "update_quiz",
    "void_attempt",
    "waiting_counts",
    "wake_due_mail",
]
