"""A bucket that speaks S3, on a free port of this machine."""

import pytest


@pytest.fixture(scope="session")
def s3_server():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server, settings):
    """Everything that is stored goes into an empty private bucket; returns it (boto3)."""
    import boto3
    import requests

    from lms.lib.s3 import Bucket

    requests.post(f"{s3_server}/moto-api/reset", timeout=5)
    place = Bucket("lms-files", s3_server, "us-east-1", "key", "secret")
    options = place.options()
    made = boto3.resource(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    ).create_bucket(Bucket=place.name)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "files.bucket.BucketStorage", "OPTIONS": options},
    }
    return made
