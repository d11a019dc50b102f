"""Answers a service's calls in this process, as botocore makes them: no endpoint, signature, HTTP or parser.

The clients of such a service get a base class of ours, as botocore lets handlers of `creating-client-class` give them.
Its one method stands in for botocore's: the events that tell of a request before and after it are the same, errors are
raised by the same names; what lies between, a third of a request's time, is left out. Services that speak JSON can be
answered so. The others go on to moto.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
from botocore.handlers import BUILTIN_HANDLERS
from botocore.validate import ParamValidationDecorator

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
        self._name = name
        self._service: Service | None = service
        self._handler = (f"creating-client-class.{name}", self._prepend)

    def install(self) -> None:
        BUILTIN_HANDLERS.append(self._handler)

    def remove(self) -> None:
        """Clients that were made before are answered by nobody from here on: moto or the network takes over."""
        BUILTIN_HANDLERS.remove(self._handler)
        self._service = None

    def _prepend(self, base_classes: list[type], **_: Any) -> None:
        interception = self

        class Answered:
            """A client whose calls are answered here."""

            def _make_api_call(self: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
                if interception._service is None:
                    return super()._make_api_call(operation_name, api_params)  # type: ignore[misc]
                return interception._call(self, operation_name, api_params)

        base_classes.insert(0, Answered)

    def _call(self, client: Any, operation: str, params: dict[str, Any]) -> Any:
        model = client.meta.service_model.operation_model(operation)
        emit, context = client.meta.events.emit, {"client_region": client.meta.region_name}
        params = client._emit_api_params(api_params=params, operation_model=model, context=context)
        about = {"model": model, "context": context}
        request = {"headers": {}, "body": params, "url_path": "/", "query_string": ""}
        emit(f"before-call.{self._name}.{operation}", params=request, request_signer=client._request_signer, **about)
        status, answer = self.answer(operation, _arriving(client, model, params))
        emit(
            f"after-call.{self._name}.{operation}",
            http_response=SimpleNamespace(status_code=status, headers={}),
            parsed=answer,
            **about,
        )
        if status >= 300:
            raise client.exceptions.from_code(answer["Error"]["Code"])(answer, operation)
        return answer

    def answer(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and members of what the service answers to a request as it arrives."""
        assert self._service
        metadata: dict[str, Any] = {"RequestId": str(uuid4()), "HTTPHeaders": {}, "RetryAttempts": 0}
        try:
            status, answer = 200, self._service(operation, request)
        except ServiceError as error:
            status, answer = 400, {"Error": {"Code": error.code, "Message": error.message}, **error.details}
        answer["ResponseMetadata"] = {**metadata, "HTTPStatusCode": status}
        return status, answer


def _arriving(client: Any, model: Any, params: dict[str, Any]) -> dict[str, Any]:
    """The request as it arrives: a copy, with its bytes in Base64. A client that validates does so first."""
    if isinstance(client._serializer, ParamValidationDecorator):
        sent: str | bytes = client._serializer.serialize_to_request(params, model)["body"]
    else:
        sent = _encode(params)
    return dict(msgspec.json.decode(sent))


def _plain(value: Any) -> str:
    """Text of a class of its own, which is text to botocore as well."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"a request cannot hold a {type(value).__name__}")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode
