"""A bucket for files, from the environment. The bucket is private; what people get is a signed address."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from lms.lib.env import env_match, env_str, env_url

BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
OTHERS = ("S3_ENDPOINT_URL", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
PART = 8 * 1024 * 1024  # bytes of an upload held at a time


@dataclass(frozen=True)
class Bucket:
    """Where the bucket is, and with which key; without one the machine's own role is used."""

    name: str
    endpoint: str
    region: str
    key: str
    secret: str

    @property
    def origin(self) -> str:
        """Scheme and host of its signed addresses, for the content security policy."""
        if self.endpoint:
            parts = urlsplit(self.endpoint)
            return f"{parts.scheme}://{parts.netloc}"
        return f"https://{self.name}.s3.{self.region}.amazonaws.com"

    def options(self) -> dict[str, Any]:
        """Return the options of django-storages."""
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config

        return {
            "bucket_name": self.name,
            "endpoint_url": self.endpoint or f"https://s3.{self.region}.amazonaws.com",
            "region_name": self.region,
            "access_key": self.key or None,
            "secret_key": self.secret or None,
            "file_overwrite": False,
            "default_acl": None,
            "max_memory_size": 1024 * 1024,
            # One part at a time: with its threads the library would hold ten of them in memory.
            "transfer_config": TransferConfig(
                multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
            ),
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if self.endpoint else "virtual"},
                connect_timeout=3,
                read_timeout=20,
                retries={"max_attempts": 2, "mode": "standard"},
                # Other makers' buckets do not know the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }


def read_s3() -> Bucket | None:
    """Return the bucket that S3_BUCKET names, None without one. Raises ImproperlyConfigured, naming the variable."""
    name = env_match("S3_BUCKET", BUCKET, "", "the name of a bucket: small letters, digits, dots and hyphens")
    endpoint = env_url("S3_ENDPOINT_URL", ["https", "http"]).rstrip("/")
    key, secret = env_str("S3_ACCESS_KEY_ID", ""), env_str("S3_SECRET_ACCESS_KEY", "")
    region = env_match("S3_REGION", "[a-z0-9-]+", "us-east-1", "a region such as eu-central-1")
    if not name:
        given = [label for label, value in zip(OTHERS, (endpoint, key, secret), strict=True) if value]
        if given:
            raise ImproperlyConfigured(f"S3_BUCKET must name a bucket, as {given[0]} is set.")
        return None
    if endpoint and re.search(r"[\s;,'\"]", endpoint):
        raise ImproperlyConfigured("S3_ENDPOINT_URL must be an address such as https://s3.example.org.")
    if bool(key) != bool(secret):
        missing = "S3_SECRET_ACCESS_KEY" if key else "S3_ACCESS_KEY_ID"
        raise ImproperlyConfigured(
            f"{missing} must be set too: both keys, or neither for the machine's own role."
        )
    return Bucket(name, endpoint, region, key, secret)
