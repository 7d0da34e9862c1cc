"""What belongs to the request at hand, readable anywhere below it: audit rows and log lines take it from here."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestFacts:
    """Id of the request and the address it came from; both empty outside a request."""

    request_id: str = ""
    ip: str = ""


NO_REQUEST = RequestFacts()
request_facts: ContextVar[RequestFacts] = ContextVar("request_facts", default=NO_REQUEST)
