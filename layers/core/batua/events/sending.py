"""One delivery to an address that a tenant chose: to where it may go, within its time, and no further.

The name is looked up once and the connection made to the very addresses that were judged, so that a resolver which
answers otherwise a moment later gains nothing. Redirects are answers like others, and proxies are not asked.
"""

from __future__ import annotations

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

from .targets import Target, TargetRefused, is_loopback, is_public, read_target

TIMEOUT: Final = 10.0
MAX_ANSWER_BYTES: Final = 1_024
"""Bytes that are read of an answer's body."""
MAX_ADDRESSES: Final = 4
CONNECT: Final = 3.0
"""Seconds for one address, so that the next one has its turn."""

Resolver = Callable[[str, int], Sequence[str]]
"""Name and port -> the addresses that it resolves to. Raises OSError where there are none."""


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of a delivery. `failure` says in plain words why no whole answer came; None where one did."""

    status: int | None
    elapsed_ms: int
    body: bytes
    """The first KiB of the answer."""
    failure: str | None

    @property
    def delivered(self) -> bool:
        return self.failure is None and self.status is not None and 200 <= self.status < 300


class _Failed(Exception):
    """No answer, for a reason that can be shown."""


def send_webhook(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float = TIMEOUT,
    allow_local: bool = False,
    resolve: Resolver | None = None,
    trust: ssl.SSLContext | None = None,
) -> SendOutcome:
    """Posts `body` and tells what came of it; a refused target, a broken line and a slow receiver are outcomes too.

    `timeout` are seconds for all of it, from the look-up to the last byte. `allow_local` lets loopback through, and
    nothing else that is private. `trust` are other authorities than the system's.
    """
    began = time.monotonic()
    deadline = began + timeout
    answer: http.client.HTTPResponse | None = None
    kept, failure = b"", None
    try:
        target = read_target(url, allow_local=allow_local)
        addresses = _permitted(_looked_up(target, resolve or _addresses, deadline), allow_local)
        with _connected(target, addresses, deadline, trust) as line:
            connection = _send_request(line, target, body, headers)
            try:
                answer = connection.getresponse()
                kept = answer.read(MAX_ANSWER_BYTES)
            except ConnectionError:
                raise
            except (http.client.HTTPException, ValueError) as fault:
                raise _Failed("the answer is not HTTP") from fault
    except (TargetRefused, _Failed) as fault:
        failure = str(fault)
    except ssl.SSLCertVerificationError:
        failure = "the certificate is not good for this name"
    except TimeoutError:
        failure = f"no whole answer within {timeout:g} seconds"
    except ssl.SSLError:
        failure = "TLS failed"
    except OSError:
        failure = "the connection was lost"
    return SendOutcome(answer.status if answer else None, int((time.monotonic() - began) * 1000), kept, failure)


def _send_request(line: _Line, target: Target, body: bytes, headers: Mapping[str, str]) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = line
    connection.request("POST", target.path, body, {**headers, "Host": target.authority, "Connection": "close"})
    return connection


def _permitted(addresses: Sequence[str], allow_local: bool) -> Sequence[str]:
    """All of them have to be good: one that is not tells of a name that was made to mislead."""
    if not addresses:
        raise _Failed("the name does not resolve")
    for address in addresses:
        if not is_public(address) and not (allow_local and is_loopback(address)):
            # Which address it is stays untold, or the outcome would be a way to ask our resolver.
            raise _Failed("the name stands for an address that is not on the public internet")
    return addresses[:MAX_ADDRESSES]


def _looked_up(target: Target, resolve: Resolver, deadline: float) -> Sequence[str]:
    """The addresses, in time: the system's resolver knows no deadline, so it is left behind where it takes longer."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except Exception as fault:  # handed over to the waiting caller
            answers.put(fault)

    threading.Thread(target=look, daemon=True, name=f"resolve {target.host}").start()
    try:
        answer = answers.get(timeout=_seconds_left(deadline))
    except queue.Empty as late:
        raise TimeoutError from late
    if isinstance(answer, (OSError, UnicodeError)):
        raise _Failed("the name does not resolve") from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _connected(target: Target, addresses: Sequence[str], deadline: float, trust: ssl.SSLContext | None) -> _Line:
    plain = _dialled(addresses, target.port, deadline)
    if target.scheme == "http":
        return _Line(plain, deadline)
    try:
        plain.settimeout(_seconds_left(deadline))
        return _Line((trust or _authorities()).wrap_socket(plain, server_hostname=target.host), deadline)
    except BaseException:
        plain.close()
        raise


def _dialled(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(min(CONNECT, _seconds_left(deadline)))
            line.connect((address, port))
        except OSError:
            line.close()
            _seconds_left(deadline)
        else:
            return line
    raise _Failed("no connection could be made")


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _seconds_left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when it is over."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A connection with one deadline for all that is sent and received, as far as `http.client` uses sockets.

    A socket's own timeout would start anew with each byte that drips in.
    """

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line = line
        self._deadline = deadline

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def sendall(self, data: Any) -> None:
        self._line.settimeout(_seconds_left(self._deadline))
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._line, self._deadline))

    def close(self) -> None:
        """`http.client` closes before the answer is read; the connection ends with its block."""


class _Incoming(io.RawIOBase):
    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line = line
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(_seconds_left(self._deadline))
        return self._line.recv_into(buffer)
