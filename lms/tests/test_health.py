import pytest


def test_health_touches_nothing(client):
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_prober_that_knows_only_the_address_is_answered(client, settings, path):
    settings.ALLOWED_HOSTS = ["lms.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(path, headers={"Host": "10.1.2.3:8000"})
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Request-ID"]
    assert client.get("/", headers={"Host": "10.1.2.3:8000"}).status_code == 400


def test_health_does_not_ask_who_asks(client, student, django_assert_num_queries):
    client.force_login(student)
    with django_assert_num_queries(0):
        assert client.get("/health").status_code == 200


@pytest.mark.django_db
def test_ready_names_every_part(client):
    response = client.get("/ready")
    assert response.status_code == 200
    assert response.json()["checks"] == dict.fromkeys(["database", "clock", "migrations", "storage"], "ok")


@pytest.mark.django_db
def test_unknown_api_address_is_a_problem_document(client):
    response = client.get("/api/v1/nothing-here", headers={"X-Request-ID": "abc-1"})
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response["X-Request-ID"] == "abc-1"
    assert response.json()["code"] == "not_found"
    assert response.json()["request_id"] == "abc-1"
