"""`Idempotency-Key`: a request that was sent twice has the effect of once, and both get the first answer.

What is kept, and where, is the business of a higher layer: `settings.IDEMPOTENCY_STORE` names a callable that
returns the store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from lms.lib.errors import DomainError, FieldError

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MAX_KEY = 200
EXEMPT = "/api/v1/auth/"  # an answer that holds a secret is never stored
KEPT_HEADERS = ("Location", "ETag", "Retry-After", "Content-Type")


@dataclass(frozen=True)
class Answer:
    """What the first request got."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Store(Protocol):
    """Keeps one answer for each key of a person."""

    def claim(self, *, person: Any, key: str, request_hash: str) -> Any | Answer:
        """Return a claim to be kept or released, or the Answer of a first request that is done.

        Raises KeyReused when the key came with another request, InProgress while the first still runs.
        """

    def keep(self, claim: Any, answer: Answer) -> bool:
        """Keep the answer, in the transaction of the effect; return False when another took the claim over."""

    def release(self, claim: Any) -> None:
        """Forget the claim: nothing happened, the same request may come again."""


class KeyReused(DomainError):
    """The key belongs to another request of this person: 422, on top."""

    status = 422
    code = "idempotency_key_reused"
    message = gettext_lazy("This Idempotency-Key was used for another request. Choose a new one.")


class InProgress(DomainError):
    """The first request with this key still runs: 409."""

    code = "idempotency_in_progress"
    message = gettext_lazy("The first request with this Idempotency-Key is still being worked on.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class InvalidKey(DomainError):
    """The key is empty or too long: 422."""

    status = 422
    code = "validation_error"

    def __init__(self) -> None:
        text = _("An Idempotency-Key has 1 to %(limit)d characters.") % {"limit": MAX_KEY}
        super().__init__(text, errors=[FieldError(HEADER, "invalid_idempotency_key", text)])


class ClaimLost(DomainError):
    """The request took so long that another one with its key began anew; its own effect is undone: 503."""

    status = 503
    code = "busy"
    message = gettext_lazy("The server is busy. Try again in a moment.")


def the_store() -> Store:
    """Return the store that the settings name."""
    store: Store = import_string(settings.IDEMPOTENCY_STORE)()
    return store


def is_exempt(path: str) -> bool:
    """Return whether the header means nothing at this address."""
    return path.startswith(EXEMPT)


def key_of(request: HttpRequest) -> str | None:
    """Return the key that was sent, None without one; raise InvalidKey when it is empty or too long."""
    key = request.headers.get(HEADER)
    if key is not None and not 0 < len(key) <= MAX_KEY:
        raise InvalidKey
    return key


def request_hash(request: Request) -> str:
    """Return the SHA-256 of method, path and body; of an uploaded file its own SHA-256 stands for it.

    Reads the body: raises what its parser raises.
    """
    data = request.data
    if hasattr(data, "lists"):
        data = {name: [_as_text(value) for value in values] for name, values in data.lists()}
    parts = [request.method, request._request.get_full_path(), data]
    text = json.dumps(parts, cls=JSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _as_text(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return f"{value.name}:{digest.hexdigest()}"


def once(
    request: Request,
    run: Callable[[], HttpResponse],
    on_error: Callable[[Exception], HttpResponse],
    *,
    in_transaction: bool = True,
) -> HttpResponse:
    """Return what `run` answers, or what it answered to the first request with this key.

    Effect and kept answer are one transaction: a process that dies in between leaves neither, and the key can
    be claimed anew. A refusal (`on_error` makes it an answer) is an answer too; from 500 on, and where the
    database failed, nothing is kept. Raises what `Store.claim` raises.

    Without `in_transaction`, for effects outside of the database whose rows must be seen before them, a process
    that dies in between may leave the effect, and the same request then has it again.
    """
    key = key_of(request._request)
    if key is None or not request.user.is_authenticated:
        return run()
    store = the_store()
    claim = store.claim(person=request.user, key=key, request_hash=request_hash(request))
    if isinstance(claim, Answer):
        return replay(claim)
    try:
        with transaction.atomic() if in_transaction else nullcontext():
            try:
                response = run()
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001  what its own transactions kept stays, as without a key
                response = on_error(error)
            if response.status_code >= 500:
                store.release(claim)
            elif not store.keep(claim, answer_of(response)):
                raise ClaimLost
    except Exception:
        store.release(claim)
        raise
    return response


def answer_of(response: HttpResponse) -> Answer:
    """Return what is kept of a response."""
    if isinstance(response, Response):
        data = response.data
        body = "" if data is None else json.dumps(data, cls=JSONEncoder, ensure_ascii=False)
    else:
        body = response.content.decode()
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    if isinstance(
        response, Response
    ):  # not rendered yet: its header is Django's default, not what it becomes
        headers["Content-Type"] = response.content_type or ""
    return Answer(response.status_code, body, headers)


def replay(answer: Answer) -> Response:
    """Return the first answer again, marked as such."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    headers[REPLAYED] = "true"
    data = json.loads(answer.body) if answer.body else None
    return Response(
        data, status=answer.status, headers=headers, content_type=answer.headers.get("Content-Type") or None
    )
