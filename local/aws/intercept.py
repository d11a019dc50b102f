"""Answers botocore's calls in this process, at its `before-call` event: no signature, no HTTP, no parser.

botocore has then checked and serialized the request as for AWS; what a handler of this event returns takes the place
of the reply, and everything after it (errors by name, `after-call` handlers) happens as ever. All services that are
answered here speak JSON. The others go on to moto.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from botocore.handlers import BUILTIN_HANDLERS

Service = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Operation and members of the request; gives the members of the answer, or raises what has `code` and `message`."""


class ServiceError(Exception):
    """An answer other than 200. `details` are members of the error besides its code and message."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


class Interception:
    """Answers `service` for every client whose session is made while this is installed."""

    def __init__(self, name: str, service: Service) -> None:
        self._event = f"before-call.{name}"
        self._service: Service | None = service

    def install(self) -> None:
        BUILTIN_HANDLERS.append((self._event, self._answer))

    def remove(self) -> None:
        """Clients that were made before are answered by nobody from here on: moto or the network takes over."""
        BUILTIN_HANDLERS.remove((self._event, self._answer))
        self._service = None

    def _answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        if self._service is None:
            return None
        request = json.loads(params["body"])
        metadata: dict[str, Any] = {"RequestId": str(uuid4()), "HTTPHeaders": {}, "RetryAttempts": 0}
        try:
            answer, status = self._service(model.name, request), 200
        except ServiceError as error:
            answer = {"Error": {"Code": error.code, "Message": error.message}, **error.details}
            status = 400
        metadata["HTTPStatusCode"] = status
        answer["ResponseMetadata"] = metadata
        return SimpleNamespace(status_code=status, headers={}), answer
