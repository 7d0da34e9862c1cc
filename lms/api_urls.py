"""Every address of the API. Areas give their views; the routes are named here and nowhere else."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.views import (
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from accounts.api import mfa, open_sessions, passwords, sessions
from accounts.api.audit import AuditEntryViewSet
from accounts.api.users import UserViewSet
from analytics.api import courses as course_figures
from analytics.api import exports as figure_files
from analytics.api import study as study_figures
from analytics.api import teaching as teaching_figures
from analytics.api.leaderboard import LeaderboardView
from certificates.api import CertificateViewSet, TemplateViewSet, VerifyView
from courses.api import courses, outline, parts, shelf
from enrollments.api import courses as course_learning
from enrollments.api.enrollments import EnrollmentViewSet
from files.api import FileDownloadView, StoredFileViewSet
from lms import views
from lms.api_docs import DescriptionAsJson, DescriptionAsYaml
from lms.lib.routers import Router
from quizzes.api.attempts import AttemptViewSet, WaitingView
from quizzes.api.figures import QuizRegradeView, QuizStatisticsView
from quizzes.api.questions import QuestionViewSet
from quizzes.api.quizzes import CourseQuizzesView, QuizViewSet

router = Router()
router.register("users", UserViewSet, basename="user")
router.register("audit-entries", AuditEntryViewSet, basename="audit-entry")
router.register("certificates", CertificateViewSet, basename="certificate")
router.register("certificate-templates", TemplateViewSet, basename="certificate-template")
router.register("enrollments", EnrollmentViewSet, basename="enrollment")
router.register("files", StoredFileViewSet, basename="file")
router.register("courses", courses.CourseViewSet, basename="course")
router.register("modules", parts.ModuleViewSet, basename="module")
router.register("lessons", parts.LessonViewSet, basename="lesson")
router.register("resources", parts.ResourceViewSet, basename="resource")
router.register("categories", shelf.CategoryViewSet, basename="category")
router.register("tags", shelf.TagViewSet, basename="tag")
router.register("quizzes", QuizViewSet, basename="quiz")
router.register("questions", QuestionViewSet, basename="question")
router.register("attempts", AttemptViewSet, basename="attempt")

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/register", passwords.RegisterView.as_view(), name="auth-register"),
    path("auth/login", sessions.LoginView.as_view(), name="auth-login"),
    path("auth/mfa/verify", sessions.MfaVerifyView.as_view(), name="auth-mfa-verify"),
    path("auth/mfa", mfa.MfaView.as_view(), name="auth-mfa"),
    path("auth/mfa/totp", mfa.TotpView.as_view(), name="auth-mfa-totp"),
    path("auth/mfa/totp/confirm", mfa.TotpConfirmView.as_view(), name="auth-mfa-totp-confirm"),
    path("auth/mfa/totp/remove", mfa.TotpRemoveView.as_view(), name="auth-mfa-totp-remove"),
    path("auth/mfa/recovery-codes", mfa.RecoveryCodesView.as_view(), name="auth-mfa-recovery-codes"),
    path("auth/refresh", sessions.RefreshView.as_view(), name="auth-refresh"),
    path("auth/logout", sessions.LogoutView.as_view(), name="auth-logout"),
    path("auth/logout-all", sessions.LogoutAllView.as_view(), name="auth-logout-all"),
    path("auth/sessions", open_sessions.OpenSessionsView.as_view(), name="auth-sessions"),
    path("auth/sessions/<uuid:pk>", open_sessions.OpenSessionView.as_view(), name="auth-session"),
    path("auth/token-status", sessions.TokenStatusView.as_view(), name="auth-token-status"),
    path("auth/password/change", passwords.PasswordChangeView.as_view(), name="auth-password-change"),
    path("auth/password/forgot", passwords.PasswordForgotView.as_view(), name="auth-password-forgot"),
    path("auth/password/reset", passwords.PasswordResetView.as_view(), name="auth-password-reset"),
    path("auth/email/verify", passwords.EmailVerifyView.as_view(), name="auth-email-verify"),
    path("auth/email/resend", passwords.EmailResendView.as_view(), name="auth-email-resend"),
    path("auth/email/change", passwords.EmailChangeView.as_view(), name="auth-email-change"),
    path("certificates/verify/<str:text>", VerifyView.as_view(), name="certificate-verify"),
    *router.urls,
    path("courses/<uslug:id>/content", outline.CourseContentView.as_view(), name="course-content"),
    path("courses/<uslug:id>/modules", outline.CourseModulesView.as_view(), name="course-modules"),
    path("courses/<uslug:id>/lessons", outline.CourseLessonsView.as_view(), name="course-lessons"),
    path("courses/<uslug:id>/reorder", outline.CourseReorderView.as_view(), name="course-reorder"),
    path("instructors/<uslug:id>", shelf.InstructorView.as_view(), name="instructor"),
    path("markdown/preview", shelf.MarkdownPreviewView.as_view(), name="markdown-preview"),
    path(
        "courses/<uslug:course>/reviews", course_learning.CourseReviewsView.as_view(), name="course-reviews"
    ),
    path(
        "courses/<uslug:course>/enrollment-state",
        course_learning.EnrollmentStateView.as_view(),
        name="course-enrollment-state",
    ),
    path(
        "courses/<uslug:course>/enrollments",
        course_learning.CourseEnrollmentsView.as_view(),
        name="course-enrollments",
    ),
    path(
        "courses/<uslug:course>/enrollment-stats",
        course_learning.EnrollmentStatsView.as_view(),
        name="course-enrollment-stats",
    ),
    path("grading-queue", WaitingView.as_view(), name="grading-queue"),
    path("courses/<uslug:course>/quizzes", CourseQuizzesView.as_view(), name="course-quizzes"),
    path("quizzes/<uuid:pk>/statistics", QuizStatisticsView.as_view(), name="quiz-statistics"),
    path("quizzes/<uuid:pk>/regrade", QuizRegradeView.as_view(), name="quiz-regrade"),
    path("reviews/<uuid:pk>/reply", course_learning.ReviewReplyView.as_view(), name="review-reply"),
    path("reviews/<uuid:pk>/hide", course_learning.ReviewHideView.as_view(), name="review-hide"),
    path("reviews/<uuid:pk>/show", course_learning.ReviewShowView.as_view(), name="review-show"),
    path("analytics/my-progress", study_figures.MyProgressView.as_view(), name="analytics-my-progress"),
    path(
        "analytics/my-progress/export",
        study_figures.MyProgressExportView.as_view(),
        name="analytics-my-progress-export",
    ),
    path("analytics/my-dashboard", study_figures.MyDashboardView.as_view(), name="analytics-my-dashboard"),
    path("analytics/my-activity", study_figures.MyActivityView.as_view(), name="analytics-my-activity"),
    path(
        "analytics/students/<uuid:pk>/dashboard",
        study_figures.StudentDashboardView.as_view(),
        name="analytics-student",
    ),
    path(
        "analytics/courses/<uslug:course>/leaderboard",
        LeaderboardView.as_view(),
        name="analytics-leaderboard",
    ),
    path(
        "analytics/courses/<uslug:course>",
        course_figures.CourseOverviewView.as_view(),
        name="analytics-course",
    ),
    path(
        "analytics/courses/<uslug:course>/lessons",
        course_figures.CourseLessonsView.as_view(),
        name="analytics-lessons",
    ),
    path(
        "analytics/courses/<uslug:course>/quizzes",
        course_figures.CourseQuizzesView.as_view(),
        name="analytics-quizzes",
    ),
    path(
        "analytics/courses/<uslug:course>/trend",
        course_figures.CourseTrendView.as_view(),
        name="analytics-trend",
    ),
    path(
        "analytics/courses/<uslug:course>/refresh",
        course_figures.CourseRefreshView.as_view(),
        name="analytics-refresh",
    ),
    path(
        "analytics/courses/<uslug:course>/students",
        course_figures.CourseStudentsView.as_view(),
        name="analytics-students",
    ),
    path(
        "analytics/courses/<uslug:course>/students/export",
        figure_files.StudentsExportView.as_view(),
        name="analytics-students-export",
    ),
    path(
        "analytics/courses/<uslug:course>/lessons/export",
        figure_files.LessonsExportView.as_view(),
        name="analytics-lessons-export",
    ),
    path(
        "analytics/courses/<uslug:course>/quizzes/export",
        figure_files.QuizzesExportView.as_view(),
        name="analytics-quizzes-export",
    ),
    path("analytics/instructors/me", teaching_figures.MyTeachingView.as_view(), name="analytics-my-teaching"),
    path(
        "analytics/instructors/<uuid:pk>", teaching_figures.TeachingView.as_view(), name="analytics-teaching"
    ),
    path(
        "analytics/system/overview",
        teaching_figures.SystemOverviewView.as_view(),
        name="analytics-system-overview",
    ),
    path(
        "analytics/system/user-growth",
        teaching_figures.UserGrowthView.as_view(),
        name="analytics-user-growth",
    ),
    path(
        "analytics/system/enrollment-trend",
        teaching_figures.EnrollmentTrendView.as_view(),
        name="analytics-enrollment-trend",
    ),
    path(
        "analytics/system/popular-courses",
        teaching_figures.PopularCoursesView.as_view(),
        name="analytics-popular-courses",
    ),
    path(
        "analytics/system/top-instructors",
        teaching_figures.TopInstructorsView.as_view(),
        name="analytics-top-instructors",
    ),
    path("files/<uuid:pk>/download", FileDownloadView.as_view(), name="file-download"),
]

if settings.API_DOCS_ENABLED:
    urlpatterns += [
        path("openapi.json", DescriptionAsJson.as_view(), name="openapi"),
        path("openapi.yaml", DescriptionAsYaml.as_view(), name="openapi_yaml"),
        path("docs", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="api_docs"),
        path("redoc", SpectacularRedocView.as_view(url_name="openapi"), name="api_redoc"),
    ]


urlpatterns += [re_path(r"^.*$", views.api_not_found, name="api_not_found")]
