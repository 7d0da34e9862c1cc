"""Requests made up from the schema: no 5xx, and no answer that the schema does not describe.

For each operation a few fitting requests and a few broken ones are made, on addresses of things that exist
and on addresses of nothing. Whatever one changes is undone before the next.
"""

import random
from contextlib import suppress

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import services
from lms.tests.world import build

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PLAIN = {"Accept-Encoding": "identity"}
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
# What stands at {id} below each of these, and at the other names.
BELOW = {
    "analytics": ("teacher", "student"),
    "attempts": ("attempt", "closed"),
    "auth": ("session",),
    "categories": ("category",),
    "certificate-templates": ("template",),
    "certificates": ("certificate",),
    "courses": ("course", "slug", "draft", "done"),
    "enrollments": ("enrollment", "finished"),
    "files": ("file", "student_file"),
    "instructors": ("teacher", "teacher_slug"),
    "lessons": ("lesson", "film", "quiz_lesson", "hidden"),
    "modules": ("module", "second"),
    "questions": ("question",),
    "quizzes": ("quiz",),
    "resources": ("resource",),
    "reviews": ("review",),
    "tags": ("tag",),
    "users": ("student", "classmate"),
}
NAMED = {
    "lesson_id": BELOW["lessons"],
    "question_id": ("question",),
    "text": ("code",),
    "course": BELOW["courses"],
}


@pytest.fixture
def _one_connection():
    """The end of a request leaves the test's transaction alone, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def operations(schema):
    return [found.ok() for found in schema.get_all_operations()]


def real_ids(operation, names, chance):
    """Return values of things that exist for the path parameters of an operation."""
    below = operation.path.removeprefix("/api/v1/").split("/")[0]
    # What a file holds is gone for good, whatever becomes of the transaction: only the one in use is tried.
    pick = (lambda found: found[0]) if operation.method == "delete" else chance.choice
    return {
        parameter.name: names[pick(NAMED.get(parameter.name) or BELOW[below])]
        for parameter in operation.path_parameters
    }


def told(failure):
    """Return the part of a complaint that names what is wrong."""
    return f"{failure.title}: {failure.message[:600]}"


def complaints_of(operation, world, token, mode, chance):
    """Make up requests for one operation; return what was wrong with the answers."""
    heard = []

    @settings(
        max_examples=EXAMPLES[mode],
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        if operation.path_parameters and chance.random() < 0.8:
            case.path_parameters = real_ids(operation, world.names, chance)
        with transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {token}", **PLAIN})
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as group:
                heard.extend(f"{operation.label}: {told(failure)}" for failure in group.exceptions)
            transaction.set_rollback(True)

    with suppress(Unsatisfiable):  # some operations take nothing that could be broken
        ask()
    return heard


@pytest.mark.dear(seconds=40)
@pytest.mark.django_db
@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("role", ["student", "owner"])
def test_every_answer_is_on_the_schema(role):
    world = build()
    token = services.open_session(user=world.people[role], user_agent="").access_token
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler(), headers=PLAIN)
    chance = random.Random(role)
    heard = [
        complaint
        for operation in operations(schema)
        for mode in EXAMPLES
        for complaint in complaints_of(operation, world, token, mode, chance)
    ]
    assert not heard, "\n\n".join(sorted(set(heard)))
