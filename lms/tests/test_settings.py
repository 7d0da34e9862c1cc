"""What the environment may say, and what stops the start."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = Path(__file__).resolve().parent.parent / "settings.py"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "Zx9aQm3vT7Lp2RkWn8YcJd5HsBf6GgUe1oViKtMrXhNqCyPzAaSbDl0123",
    "ALLOWED_HOSTS": "lms.example.org",
    "SITE_URL": "https://lms.example.org",
}
OTHERS = ("DEBUG", "DATABASE_URL", "REDIS_URL", "JWT_SIGNING_KEY", "SENTRY_DSN", "PORT")


@pytest.fixture
def start(monkeypatch):
    """Read the settings of a production site with these variables changed."""

    def read(**variables):
        for name in OTHERS:
            monkeypatch.delenv(name, raising=False)
        for name, value in (PRODUCTION | variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read


def test_production_starts_with_four_variables(start):
    settings = start()
    assert settings["DEBUG"] is False
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["SECURE_SSL_REDIRECT"] is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "true"),
        ("DEBUG", "perhaps"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("JWT_SIGNING_KEY", "short"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "*"),
        ("SITE_URL", ""),
        ("SITE_URL", "http://lms.example.org"),
        ("SITE_URL", "https://"),
        ("SITE_URL", "https://lms.example.org/lms"),
        ("ENVIRONMENT", "prod"),
        ("DATABASE_URL", "mysql://db/lms"),
        ("DATABASE_URL", "postgres://db:5432"),
        ("DATABASE_URL", "postgres://db:port/lms"),
        ("REDIS_URL", "redis"),
        ("REDIS_URL", "http://redis:6379"),
        ("REDIS_URL", "redis://"),
        ("SENTRY_DSN", "key"),
        ("WEB_THREADS", "0"),
        ("WEB_THREADS", "many"),
        ("TRUSTED_PROXY_COUNT", "11"),
        ("LOG_LEVEL", "loud"),
        ("EMAIL_VERIFICATION", "maybe"),
        ("REQUIRE_MFA_FOR_STAFF", "perhaps"),
        ("OIDC_PROVIDERS", '[{"id": "school"}]'),
        ("DEFAULT_TIME_ZONE", "Mars/Olympus"),
        ("DEFAULT_TIME_ZONE", "../etc"),
        ("DEFAULT_CURRENCY", "pounds"),
        ("THROTTLE_USER", "lots"),
        ("THROTTLE_USER", "0/min"),
        ("S3_BUCKET", "My Bucket"),
        ("S3_BUCKET", ""),
        ("S3_ENDPOINT_URL", "ftp://s3.example.org"),
        ("S3_ENDPOINT_URL", "https://s3.example.org;script-src"),
        ("S3_REGION", "Frankfurt!"),
        ("S3_SECRET_ACCESS_KEY", ""),
        ("FILE_ACCEL_PREFIX", "protected"),
        ("VIDEO_URL_HOSTS", "cdn.example.org, cdn.example.org; script-src *"),
    ],
)
def test_what_cannot_be_used_stops_the_start_and_names_the_variable(start, name, value):
    bucket = {"S3_BUCKET": "files", "S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "secret"}
    with pytest.raises(ImproperlyConfigured, match=name):
        start(**{**(bucket if name.startswith("S3_") else {}), name: value})


def test_a_bucket_is_where_files_go(start):
    settings = start(S3_BUCKET="files", S3_ENDPOINT_URL="https://s3.example.org/")
    assert settings["STORAGES"]["default"]["BACKEND"] == "files.bucket.BucketStorage"
    assert settings["STORAGES"]["default"]["OPTIONS"]["endpoint_url"] == "https://s3.example.org"
    assert settings["S3_ORIGIN"] == "https://s3.example.org"
    amazon = start(S3_BUCKET="files", S3_REGION="eu-central-1", S3_ENDPOINT_URL="")
    assert amazon["S3_ORIGIN"] == "https://files.s3.eu-central-1.amazonaws.com"
    with pytest.raises(ImproperlyConfigured, match="FILE_ACCEL_PREFIX"):
        start(S3_BUCKET="files", FILE_ACCEL_PREFIX="/protected/")


def test_password_in_an_address_is_not_repeated(start):
    with pytest.raises(ImproperlyConfigured) as refusal:
        start(REDIS_URL="http://:hunter2@redis:6379")
    assert "hunter2" not in str(refusal.value)


def test_addresses_of_services_are_taken(start):
    settings = start(DATABASE_URL="postgres://lms:pw@db:5432/lms", REDIS_URL="redis://:pw@redis:6379/0")
    assert settings["DATABASES"]["default"]["NAME"] == "lms"
    assert settings["CELERY_BROKER_URL"] == "redis://:pw@redis:6379/0"
