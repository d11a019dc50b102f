"""Apple's push service, over HTTP/2 with the certificate of the pass type: a push about a pass has no content.

The phone then asks which of its passes have changed. One connection carries the pushes of a batch.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..settings import settings
from .accounts import AppleIssuer

_TIMEOUT_SECONDS: Final = 10
_MAX_STREAMS: Final = 50
_READ: Final = 65_536
_MOST_SAID: Final = 1_000
_NO_TOKENS: Final = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic"})


@dataclass(frozen=True, slots=True)
class PushAnswer:
    status: int
    reason: str

    @property
    def is_taken(self) -> bool:
        return self.status == 200

    @property
    def is_gone(self) -> bool:
        """Whether the token is none, or none any more: the phone is gone, or has no pass of this type left."""
        return self.status == 410 or (self.status == 400 and self.reason in _NO_TOKENS)


class PushServiceFault(Exception):
    """The push service can't be reached, or does not take the certificate."""


def push_to_apple(issuer: AppleIssuer, tokens: Sequence[str]) -> dict[str, PushAnswer]:
    """Push token -> what Apple answered. Raises PushServiceFault; what was sent before it is sent."""
    import h2.exceptions

    try:
        with _connection(issuer) as connection:
            return _Pushes(connection, issuer.pass_type_id).send(tokens)
    except (OSError, h2.exceptions.H2Error, EOFError) as fault:
        raise PushServiceFault(type(fault).__name__) from fault


def _connection(issuer: AppleIssuer) -> ssl.SSLSocket:
    host, _, port = settings().apple_push.partition(":")
    context = _trusting()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    _present(context, issuer)
    plain = socket.create_connection((host, int(port or 443)), _TIMEOUT_SECONDS)
    try:
        secured = context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    if secured.selected_alpn_protocol() != "h2":
        secured.close()
        raise OSError("no HTTP/2")
    return secured


def _trusting() -> ssl.SSLContext:
    """The authorities that the system trusts: Apple's service has a public certificate."""
    return ssl.create_default_context()


def _present(context: ssl.SSLContext, issuer: AppleIssuer) -> None:
    """Shows the certificate. OpenSSL takes it from a file alone, which is there as long as it reads it."""
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{issuer.private_key}\n{issuer.certificate}\n{issuer.authority}\n")
        context.load_cert_chain(name)
    finally:
        Path(name).unlink()


@dataclass(slots=True)
class _Stream:
    """A push that is on its way. One that ends without a status was not taken."""

    token: str
    status: int = 0
    said: bytes = b""

    @property
    def answer(self) -> PushAnswer:
        try:
            reason = str(json.loads(self.said)["reason"]) if self.said else ""
        except (ValueError, KeyError, TypeError):
            reason = ""
        return PushAnswer(self.status, reason[:100])


class _Pushes:
    """One HTTP/2 connection: up to fifty requests at a time, as many as the service allows."""

    def __init__(self, connection: ssl.SSLSocket, topic: str) -> None:
        from h2.config import H2Configuration
        from h2.connection import H2Connection

        self._socket, self._topic = connection, topic
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._open: dict[int, _Stream] = {}
        self._http.initiate_connection()
        self._flush()

    def send(self, tokens: Sequence[str]) -> dict[str, PushAnswer]:
        answered: dict[str, PushAnswer] = {}
        waiting = list(dict.fromkeys(tokens))
        while waiting or self._open:
            room = max(0, min(_MAX_STREAMS, self._http.remote_settings.max_concurrent_streams) - len(self._open))
            for token in waiting[:room]:
                self._open[self._begin(token)] = _Stream(token)
            waiting = waiting[room:]
            self._flush()
            answered |= {stream.token: stream.answer for stream in self._ended()}
        self._http.close_connection()
        self._flush()
        return answered

    def _begin(self, token: str) -> int:
        stream: int = self._http.get_next_available_stream_id()
        headers = {
            ":method": "POST",
            ":scheme": "https",
            ":authority": settings().apple_push.partition(":")[0],
            ":path": f"/3/device/{token}",
            "apns-topic": self._topic,
            "content-type": "application/json",
        }
        self._http.send_headers(stream, list(headers.items()))
        self._http.send_data(stream, b"{}", end_stream=True)
        return stream

    def _ended(self) -> list[_Stream]:
        """The requests that are answered with what comes next."""
        from h2 import events

        received = self._socket.recv(_READ)
        if not received:
            raise EOFError("closed before all was answered")
        ended: list[_Stream] = []
        for event in self._http.receive_data(received):
            happened: Any = event
            if isinstance(event, events.ConnectionTerminated):
                raise EOFError("ended by the push service")
            stream = self._open.get(getattr(event, "stream_id", 0) or 0)
            if stream is None:
                continue
            if isinstance(event, events.ResponseReceived):
                stream.status = int(dict(happened.headers)[":status"])
            elif isinstance(event, events.DataReceived):
                stream.said += happened.data[: _MOST_SAID - len(stream.said)]
                self._http.acknowledge_received_data(happened.flow_controlled_length, happened.stream_id)
            elif isinstance(event, events.StreamEnded | events.StreamReset):
                ended.append(self._open.pop(happened.stream_id))
        self._flush()
        return ended

    def _flush(self) -> None:
        if out := self._http.data_to_send():
            self._socket.sendall(out)
