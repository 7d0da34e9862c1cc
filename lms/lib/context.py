"""What belongs to the request at hand, readable anywhere below it: audit rows and log lines take it from here."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone


@dataclass(frozen=True)
class RequestFacts:
    """Id of the request and the address it came from, both empty outside a request; and when it arrived."""

    request_id: str = ""
    ip: str = ""
    arrived_at: datetime | None = None


NO_REQUEST = RequestFacts()
request_facts: ContextVar[RequestFacts] = ContextVar("request_facts", default=NO_REQUEST)


def arrival() -> datetime:
    """Return when the present request reached the first middleware; outside a request the present moment."""
    return request_facts.get().arrived_at or timezone.now()
