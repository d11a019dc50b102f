"""Limits of size that the services have and moto has not: what is too large fails here as it does on AWS.

DynamoDB's are in its engine, Lambda's payloads in `local.runner`, those of SQS and SNS in moto.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.handlers import BUILTIN_HANDLERS

CONTENT = 262_144
"""Bytes of all entries of one PutEvents, of an execution's input and of a task's output."""
ENTRIES = 10
"""Of one PutEvents."""
RECIPIENTS = 50
"""Of one mail."""
_EVENT = "before-parameter-build"
_OVERHEAD_OF_TIME = 14

Params = Mapping[str, Any]


class Limits:
    """Installed, it looks at every request of every client that is made from then on."""

    def __init__(self) -> None:
        self._handler = (_EVENT, self._check)

    def install(self) -> None:
        BUILTIN_HANDLERS.append(self._handler)

    def remove(self) -> None:
        BUILTIN_HANDLERS.remove(self._handler)

    def _check(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        fault = fault_of(model.service_model.service_name, model.name, params)
        if fault:
            code, message = fault
            metadata: Any = {"HTTPStatusCode": 400, "RetryAttempts": 0, "RequestId": "local", "HTTPHeaders": {}}
            answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
            raise ClientError(answer, model.name)


def fault_of(service: str, operation: str, params: Params) -> tuple[str, str] | None:
    """Code and message of the service's refusal; None where the request is within its limits."""
    match service, operation:
        case "events", "PutEvents":
            if len(params["Entries"]) > ENTRIES:
                return "ValidationException", f"more than {ENTRIES} entries"
            if sum(map(_event, params["Entries"])) > CONTENT:
                return "ValidationException", "Total size of the entries in the request is over the limit."
        case "stepfunctions", "StartExecution" | "StartSyncExecution":
            if _size(params.get("input")) > CONTENT:
                return "InvalidExecutionInput", f"input over {CONTENT} bytes"
        case "stepfunctions", "SendTaskSuccess":
            if _size(params.get("output")) > CONTENT:
                return "InvalidOutput", f"output over {CONTENT} bytes"
        case "sesv2", "SendEmail":
            to = params.get("Destination") or {}
            if sum(len(addresses or ()) for addresses in to.values()) > RECIPIENTS:
                return "BadRequestException", f"Recipient count exceeds {RECIPIENTS}."
    return None


def _event(entry: Params) -> int:
    parts = (entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or ()))
    return sum(map(_size, parts)) + (_OVERHEAD_OF_TIME if entry.get("Time") else 0)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, bytes) else len(str(value or "").encode())
