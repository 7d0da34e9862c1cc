"""All settings, from the environment. What cannot be read stops the start with a sentence (lms.lib.env)."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
import structlog
from celery.schedules import crontab
from corsheaders.defaults import default_headers as cors_default_headers
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from lms.lib.env import (
    env_bool,
    env_choice,
    env_hosts,
    env_int,
    env_list,
    env_match,
    env_networks,
    env_rate,
    env_str,
    env_url,
    env_zone,
)
from lms.lib.oidc import read_providers
from lms.lib.s3 import read_s3

django_stubs_ext.monkeypatch()  # lets annotations such as ModelForm[User] stand in running code

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Environment and secrets
ENVIRONMENT = env_choice("ENVIRONMENT", ["development", "production"], "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env_bool("DEBUG", False)
LMS_DATA_DIR = Path(env_str("LMS_DATA_DIR", str(BASE_DIR / "data")))


def _development_secret() -> str:
    """One random key per data folder, so that sessions survive a restart and no key is in the repository."""
    path = LMS_DATA_DIR / "secret_key"
    if not path.exists():
        LMS_DATA_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)  # of two first starts one wins, both read the winner's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = env_str("SECRET_KEY", "") if PRODUCTION else env_str("SECRET_KEY", "") or _development_secret()
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")  # former keys, still read: sessions and TOTP secrets
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", [] if PRODUCTION else ["*"])
PORT = env_int("PORT", 8000, 1, 65535)
SITE_URL = env_url("SITE_URL", ["http", "https"], "" if PRODUCTION else f"http://localhost:{PORT}").rstrip(
    "/"
)
SITE_NAME = env_str("SITE_NAME", "Manara")
DEMO_PASSWORD = env_str("DEMO_PASSWORD", "")
JWT_SIGNING_KEY = env_str("JWT_SIGNING_KEY", f"jwt:{SECRET_KEY}")

if SITE_URL.count("/") > 2:
    raise ImproperlyConfigured("SITE_URL must be an address without a path: the site is served at its root.")
if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be false when ENVIRONMENT=production.")
    for name, key in {"SECRET_KEY": SECRET_KEY, "JWT_SIGNING_KEY": JWT_SIGNING_KEY}.items():
        if len(key) < 50 or len(set(key)) < 5:
            raise ImproperlyConfigured(
                f"{name} must have at least 50 random characters in production, for example from "
                "python -c 'import secrets; print(secrets.token_urlsafe(50))'."
            )
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must name this site's hosts, separated by commas, without *."
        )
    if not SITE_URL.startswith("https://"):
        raise ImproperlyConfigured("SITE_URL must be the site's public address, starting with https://.")

# --- Apps
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "import_export",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "lms",
    "accounts",
    "files",
    "courses",
    "enrollments",
    "quizzes",
    "certificates",
    "analytics",
]

MIDDLEWARE = [
    "lms.lib.middleware.request_context",
    "lms.metrics.measured",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lms.lib.middleware.GZipMiddleware",
    "lms.lib.middleware.security_headers",
    "lms.health.probes",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.browser_use",
    "accounts.middleware.person_locale",
    "files.middleware.UploadLimits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.mfa_policy.staff_policy",
    "lms.lib.middleware.domain_errors",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
ASGI_APPLICATION = "lms.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "lms.context_processors.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database: SQLite unless DATABASE_URL names PostgreSQL
DATABASE_URL = env_url("DATABASE_URL", ["postgres", "postgresql"])
DATABASES: dict[str, dict[str, Any]]
if DATABASE_URL:
    DATABASES = {"default": dict(dj_database_url.parse(DATABASE_URL))}
    if not DATABASES["default"]["NAME"]:
        raise ImproperlyConfigured("DATABASE_URL must end in the name of a database: postgres://…/name.")
    DATABASES["default"]["OPTIONS"] = {
        "pool": {
            "min_size": env_int("DATABASE_POOL_MIN", 2),
            "max_size": env_int("DATABASE_POOL_MAX", 20, 1),
            "timeout": 10,
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": LMS_DATA_DIR / "db.sqlite3",
            "OPTIONS": {
                # A writer takes its lock at BEGIN: two writers queue instead of failing at their first write.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    }
USING_POSTGRES = bool(DATABASE_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, sessions, messages
REDIS_URL = env_url("REDIS_URL", ["redis", "rediss"])
REDIS_TIMEOUT = 0.5  # seconds; a broker or cache that is away must not hold a request
CACHES = {
    "default": {
        "BACKEND": "lms.lib.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lms",
        "OPTIONS": {"socket_timeout": REDIS_TIMEOUT, "socket_connect_timeout": REDIS_TIMEOUT},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "lms"}
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "lms.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

WEB_THREADS = env_int("WEB_THREADS", 16, 1)  # of one web process; streams of files take half at most

# --- HTTPS and headers
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$"]
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", 31536000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXY_COUNT", 0, 0, 10)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
VIDEO_URL_HOSTS = env_hosts("VIDEO_URL_HOSTS")

# --- Who signs in, and how
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("enrollments:dashboard")
LOGOUT_REDIRECT_URL = reverse_lazy("home")
PASSWORD_HASHERS = [
    "accounts.hashers.LimitedArgon2PasswordHasher",
    "accounts.hashers.LimitedBCryptSHA256PasswordHasher",
    "accounts.hashers.LimitedBCryptPasswordHasher",
]
PASSWORD_HASH_CONCURRENCY = env_int("PASSWORD_HASH_CONCURRENCY", os.cpu_count() or 1, 1)
PASSWORD_MIN_LENGTH = env_int("PASSWORD_MIN_LENGTH", 8, 8, 128)
PASSWORD_REQUIRE_UPPERCASE = env_bool("PASSWORD_REQUIRE_UPPERCASE", True)
PASSWORD_REQUIRE_DIGIT = env_bool("PASSWORD_REQUIRE_DIGIT", True)
PASSWORD_REQUIRE_SPECIAL = env_bool("PASSWORD_REQUIRE_SPECIAL", True)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ["email", "full_name"]}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.validators.LengthValidator"},
    {"NAME": "accounts.validators.CharacterValidator"},
]  # fmt: skip
LOGIN_MAX_FAILURES = env_int("LOGIN_MAX_FAILURES", 10, 1)
LOGIN_WINDOW_MINUTES = env_int("LOGIN_WINDOW_MINUTES", 15, 1)
TRUSTED_NETWORKS = env_networks("TRUSTED_NETWORKS")
ERASURE_AFTER_DAYS = env_int("ERASURE_AFTER_DAYS", 30)
AUDIT_IP_DAYS = env_int("AUDIT_IP_DAYS", 180, 1)
REGISTRATION_OPEN = env_bool("REGISTRATION_OPEN", True)
REGISTRATION_EMAIL_DOMAINS = env_list("REGISTRATION_EMAIL_DOMAINS")
EMAIL_VERIFICATION = env_choice("EMAIL_VERIFICATION", ["none", "optional", "mandatory"], "optional")
REQUIRE_MFA_FOR_STAFF = env_bool("REQUIRE_MFA_FOR_STAFF", False)
OIDC_PROVIDERS = read_providers(env_str("OIDC_PROVIDERS", ""))

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_TIMEOUT = 300  # seconds between the password and the second factor
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds, before and after
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = EMAIL_VERIFICATION
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = EMAIL_VERIFICATION == "mandatory"
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    False  # ours replace them: by account and address, in the database
)
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.split("://")[0]
PASSWORD_RESET_TIMEOUT = 3600

# --- API
ACCESS_TOKEN_MINUTES = env_int("ACCESS_TOKEN_MINUTES", 15, 1)
REFRESH_TOKEN_DAYS = env_int("REFRESH_TOKEN_DAYS", 30, 1)
SESSION_MAX_DAYS = env_int("SESSION_MAX_DAYS", 90, 1)
REFRESH_GRACE_SECONDS = env_int("REFRESH_GRACE_SECONDS", 10)
API_DOCS_ENABLED = env_bool("API_DOCS_ENABLED", True)
CORS_ALLOWED_ORIGINS = env_list("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = [*cors_default_headers, "idempotency-key", "if-match", "if-none-match", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    "ETag", "Idempotent-Replayed", "Location", "Retry-After", "X-Request-ID",
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
]  # fmt: skip
# Where lms.lib keeps the first answer to an Idempotency-Key.
IDEMPOTENCY_STORE = "accounts.services.idempotency.IdempotencyRecords"
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=ACCESS_TOKEN_MINUTES),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=REFRESH_TOKEN_DAYS),
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": SITE_URL,
    "AUDIENCE": SITE_URL,
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
}
THROTTLE_RATES = {
    "anonymous": env_rate("THROTTLE_ANONYMOUS", "100/min"),
    "user": env_rate("THROTTLE_USER", "600/min"),
    "refresh": env_rate("THROTTLE_REFRESH", "600/min"),
    "export": env_rate("THROTTLE_EXPORT", "3/day"),
    "register": env_rate("THROTTLE_REGISTER", "100/hour"),
    "sign_in": env_rate("THROTTLE_SIGN_IN", "600/min"),
    "save_answer": env_rate("THROTTLE_SAVE_ANSWER", "240/min"),
    "bulk_enroll": env_rate("THROTTLE_BULK_ENROLL", "10/hour"),
    "verify": env_rate("THROTTLE_VERIFY", "60/min"),
    "verify_unknown": env_rate("THROTTLE_VERIFY_UNKNOWN", "20/hour"),
    "download": env_rate("THROTTLE_DOWNLOAD", "30/min"),
    "upload_student": env_rate("THROTTLE_UPLOAD_STUDENT", "10/hour"),
    "upload_staff": env_rate("THROTTLE_UPLOAD_STAFF", "120/hour"),
    "markdown_preview": env_rate("THROTTLE_MARKDOWN_PREVIEW", "60/min"),
    "copy_course": env_rate("THROTTLE_COPY_COURSE", "30/hour"),
    "analytics_export": env_rate("THROTTLE_ANALYTICS_EXPORT", "10/min"),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.SessionJWTAuthentication",
        "accounts.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["lms.lib.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "lms.lib.pagination.PageNumberPagination",
    "DEFAULT_FILTER_BACKENDS": [
        "lms.lib.filters.StrictFilterBackend",
        "lms.lib.filters.StrictSearchFilter",
        "lms.lib.filters.StrictOrderingFilter",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["lms.lib.throttling.AnonymousThrottle", "lms.lib.throttling.UserThrottle"],
    "DEFAULT_THROTTLE_RATES": THROTTLE_RATES,
    "DEFAULT_METADATA_CLASS": None,  # the schema describes the API; OPTIONS would show every write field
    "EXCEPTION_HANDLER": "lms.lib.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "lms.lib.schema.ProblemAutoSchema",
    "COERCE_DECIMAL_TO_STRING": False,
    "DATETIME_FORMAT": "iso-8601",
    "SEARCH_PARAM": "search",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Everything a screen can do. Errors are problem documents (RFC 9457) with a `code`.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],  # the contract is no secret, data are
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "LocaleEnum": "lms.settings.LANGUAGES",
        "EnrollmentStatusEnum": "enrollments.models.Enrollment.Status",
        "LessonStatusEnum": "enrollments.models.LessonProgress.Status",
        "CourseLevelEnum": "courses.models.Course.Level",
        "StandingEnum": "analytics.standing.Level",
        "CourseStatusEnum": "courses.models.Course.Status",
        "CheckLevelEnum": "courses.checks.Severity",
        "FileKindEnum": "files.models.StoredFile.Kind",
        "ResourceKindEnum": "courses.models.LessonResource.Kind",
        "RevokeCategoryEnum": "certificates.models.Certificate.Category",
        "LessonTypeEnum": "courses.models.Lesson.Type",
        "QuizTypeEnum": "quizzes.models.Quiz.Type",
        "QuestionTypeEnum": "quizzes.models.Question.Type",
        "AttemptStatusEnum": "quizzes.models.Attempt.Status",
    },
}

# --- Languages and time
LANGUAGE_CODE = env_choice("LANGUAGE_CODE", ["en", "ar"], "en")
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_TIME_ZONE = env_zone("DEFAULT_TIME_ZONE", "UTC")
DEFAULT_CURRENCY = env_match("DEFAULT_CURRENCY", "[A-Z]{3}", "EGP", "a code of ISO 4217 such as EGP")
FORMAT_MODULE_PATH = ["lms.formats"]

# --- Static files and uploads
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
_bucket = read_s3()
S3_ORIGIN = _bucket.origin if _bucket else ""
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "files.bucket.BucketStorage", "OPTIONS": _bucket.options()}
    if _bucket
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(LMS_DATA_DIR / "files"), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "lms.staticfiles.BundlingStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
MAX_UPLOAD_SIZE = env_int("MAX_UPLOAD_SIZE", 100 * 1024 * 1024, 1)
MAX_UPLOAD_SIZE_STUDENT = env_int("MAX_UPLOAD_SIZE_STUDENT", 10 * 1024 * 1024, 1)
UPLOAD_QUOTA_STUDENT = env_int("UPLOAD_QUOTA_STUDENT", 200 * 1024 * 1024, 1)
UPLOAD_QUOTA_INSTRUCTOR = env_int("UPLOAD_QUOTA_INSTRUCTOR", 20 * 1024**3, 1)
FILE_UPLOAD_HANDLERS = ["files.uploads.BoundedUploadHandler"]
FILE_ACCEL_PREFIX = env_match("FILE_ACCEL_PREFIX", r"/([A-Za-z0-9._-]+/)+", "", "a path such as /protected/")
if _bucket and FILE_ACCEL_PREFIX:
    raise ImproperlyConfigured("FILE_ACCEL_PREFIX is for files on disk; with S3_BUCKET leave it empty.")

# --- Rules of the areas
PUBLISH_MIN_LESSONS = env_int("PUBLISH_MIN_LESSONS", 3, 1)
COMPLETION_GRACE_MINUTES = env_int("COMPLETION_GRACE_MINUTES", 60)
QUIZ_GRACE_SECONDS = env_int("QUIZ_GRACE_SECONDS", 30, 0, 600)  # after a deadline: what was on its way
REVIEW_MIN_PROGRESS = env_int("REVIEW_MIN_PROGRESS", 20, 0, 100)
INACTIVE_REMINDER_DAYS = env_int("INACTIVE_REMINDER_DAYS", 7, 1, 365)
BULK_ENROLL_MAX = env_int("BULK_ENROLL_MAX", 500, 1, 5000)
CERTIFICATE_ISSUER_NAME = env_str("CERTIFICATE_ISSUER_NAME", SITE_NAME)
CERTIFICATE_AUTO_ISSUE = env_bool("CERTIFICATE_AUTO_ISSUE", True)
CERTIFICATE_FONT_DIR = env_str("CERTIFICATE_FONT_DIR", "")
CERTIFICATE_KEYS_FILE = env_str("CERTIFICATE_KEYS_FILE", str(LMS_DATA_DIR / "certificate_keys.json"))

# --- Mail
EMAIL_HOST = env_str("EMAIL_HOST", "")
EMAIL_PORT = env_int("EMAIL_PORT", 587, 1, 65535)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = (
    LMS_DATA_DIR / "mail"
)  # without EMAIL_HOST every mail is a file there, to be read while trying
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <noreply@localhost>")

# --- Tasks: one set of tasks and one schedule; without REDIS_URL they run inside the server (lms.embedded)
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 360,
        "unacked_restore_interval": 5,  # with the defaults a dead worker's task waits up to an hour
        "unacked_restore_throttle": 1,
        "socket_timeout": REDIS_TIMEOUT,
        "socket_connect_timeout": REDIS_TIMEOUT,
        "max_retries": 0,
    }
    if REDIS_URL
    else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "accounts.send_mail": {"queue": "email"},
    "accounts.send_farewell": {"queue": "email"},
    "certificates.send_certificate_mail": {"queue": "email"},
    "certificates.*": {"queue": "certificates"},
    "enrollments.send_event_mail": {"queue": "email"},
    "enrollments.remind_inactive": {"queue": "email"},
    "enrollments.warn_expiring": {"queue": "email"},
    "enrollments.weekly_summary": {"queue": "email"},
    "enrollments.*": {"queue": "progress"},
    "quizzes.send_graded_mail": {"queue": "email"},
    "quizzes.*": {"queue": "exam"},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = DEFAULT_TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "certificates.sweep": {"task": "certificates.sweep", "schedule": 60.0},
    "certificates.sweep_all": {
        "task": "certificates.sweep",
        "schedule": crontab(minute=17),
        "kwargs": {"everything": True},
    },
    "certificates.clean_pdfs": {"task": "certificates.clean_pdfs", "schedule": crontab(hour=3, minute=50)},
    "enrollments.recount_stale": {"task": "enrollments.recount_stale", "schedule": 60.0},
    "enrollments.settle_completions": {
        "task": "enrollments.settle_completions",
        "schedule": crontab(minute=7),
    },
    "enrollments.expire_due": {"task": "enrollments.expire_due", "schedule": 300.0},
    "enrollments.check_drift": {"task": "enrollments.check_drift", "schedule": crontab(hour=3, minute=30)},
    "enrollments.send_event_mail": {"task": "enrollments.send_event_mail", "schedule": 60.0},
    "enrollments.remind_inactive": {
        "task": "enrollments.remind_inactive",
        "schedule": crontab(hour=10, minute=0),
    },
    "enrollments.warn_expiring": {
        "task": "enrollments.warn_expiring",
        "schedule": crontab(hour=10, minute=0),
    },
    "enrollments.weekly_summary": {
        "task": "enrollments.weekly_summary",
        "schedule": crontab(hour=9, minute=0, day_of_week="monday"),
    },
    "courses.purge_courses": {"task": "courses.purge_courses", "schedule": crontab(hour=3, minute=20)},
    "courses.refresh_search": {"task": "courses.refresh_search", "schedule": crontab(hour=2, minute=40)},
    "courses.check_course_counters": {
        "task": "courses.check_course_counters",
        "schedule": crontab(hour=2, minute=50),
    },
    "quizzes.submit_overdue_attempts": {"task": "quizzes.submit_overdue_attempts", "schedule": 60.0},
    "quizzes.check_drift": {"task": "quizzes.check_drift", "schedule": crontab(hour=3, minute=40)},
    "quizzes.regrade_quiz": {"task": "quizzes.regrade_quiz", "schedule": 60.0},
    "quizzes.count_results": {"task": "quizzes.count_results", "schedule": 60.0},
    "quizzes.send_graded_mail": {"task": "quizzes.send_graded_mail", "schedule": 60.0},
    "analytics.refresh_changed": {"task": "analytics.refresh_changed", "schedule": crontab(minute=5)},
    "analytics.refresh_nightly": {
        "task": "analytics.refresh_nightly",
        "schedule": crontab(hour=2, minute=40),
    },
    "analytics.rebuild_analytics": {
        "task": "analytics.rebuild_analytics",
        "schedule": crontab(hour=3, minute=40, day_of_week="sunday"),
    },
    "files.sweep_files": {"task": "files.sweep_files", "schedule": crontab(minute=23)},
    "files.report_orphans": {"task": "files.report_orphans", "schedule": crontab(hour=3, minute=40)},
    "accounts.tidy_accounts": {"task": "accounts.tidy_accounts", "schedule": crontab(hour=3, minute=10)},
    "accounts.erase_requested": {"task": "accounts.erase_requested", "schedule": crontab(hour=3, minute=30)},
    "accounts.sweep_mail": {"task": "accounts.sweep_mail", "schedule": 60.0},
}

# --- Logs
LOG_LEVEL = env_choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "INFO")
LOG_JSON = env_bool("LOG_JSON", PRODUCTION)
LOG_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False)
                if LOG_JSON
                else structlog.dev.ConsoleRenderer(colors=False),
            ],
            "foreign_pre_chain": LOG_PROCESSORS,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # every scanner's doing, never ours
        "gunicorn.http.wsgi": {"level": "ERROR"},  # warns of each HEAD: Django leaves its body to the server
    },
}
structlog.configure(
    processors=[*LOG_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
METRICS_TOKEN = env_str("METRICS_TOKEN", "")  # who sends it reads /metrics; without one there is none
METRICS_PORT = env_int("METRICS_PORT", 0, 0, 65535)  # of a Celery worker's own figures; 0: none
SENTRY_DSN = env_url("SENTRY_DSN", ["https", "http"])
if SENTRY_DSN:
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)

# --- Admin
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SITE_SYMBOL": "lightbulb",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_LANGUAGES": True,
    "LOGIN": {},
    "DASHBOARD_CALLBACK": "lms.admin_dashboard.dashboard",
    "SIDEBAR": {"navigation": "lms.admin_dashboard.menu"},
    "STYLES": [lambda request: static("css/admin.css")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")}
    ],
    "COLORS": {
        "base": {
            "50": "251 249 245", "100": "243 239 231", "200": "227 220 207", "300": "207 198 182",
            "400": "166 157 142", "500": "107 99 86", "600": "85 78 67", "700": "68 61 51",
            "800": "55 50 42", "900": "31 28 24", "950": "22 20 17",
        },
        "primary": {
            "50": "238 247 249", "100": "223 238 241", "200": "186 221 229", "300": "111 198 218",
            "400": "111 198 218", "500": "79 172 196", "600": "0 95 120", "700": "0 73 93",
            "800": "0 58 74", "900": "5 45 57", "950": "5 35 43",
        }
    },
}  # fmt: skip
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique by Lower(email), a constraint that check does not see
