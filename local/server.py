"""An HTTP/1.1 server for the gateway: one thread a connection, keep-alive, requests as they came over the wire.

WSGI hands over a decoded path and merges headers its own way; API Gateway's behaviour needs the raw ones. Werkzeug's
server closes every connection after one answer.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOG = logging.getLogger("local.server")
BODY_LIMIT = 10 * 1024 * 1024  # bytes that API Gateway takes
_DRAIN_LIMIT = 4 * BODY_LIMIT
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_OWN_HEADERS = frozenset({"connection", "content-length", "date", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True)
class Request:
    """`target` is path and query undecoded; `headers` in order, names as sent."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """All values of a header, joined with commas; `name` in lower case."""
        values = [value for key, value in self.headers if key.lower() == name]
        return ",".join(values) if values else None


@dataclass(frozen=True)
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""

    @classmethod
    def message(cls, status: int, message: str) -> Response:
        """API Gateway's own answers."""
        return cls.json(status, {"message": message})

    @classmethod
    def json(cls, status: int, value: Any) -> Response:
        body = json.dumps(value, separators=(",", ":")).encode()
        return cls(status, [("Content-Type", "application/json")], body)


Application = Callable[[Request], Response]


class Server(ThreadingHTTPServer):
    """Binds at once; `serve_forever` answers. Port 0 takes a free one."""

    daemon_threads = True
    block_on_close = False
    # Who finds this full tries again after 1, 3, 7 seconds: too late for the senders of many webhooks at once.
    request_queue_size = 2_048

    def __init__(self, host: str, port: int, application: Application | None = None) -> None:
        self.application = application
        super().__init__((host, port), _Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for its own name here, which may take seconds without a network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            LOG.error("a connection failed", exc_info=error)


class _RefusedError(Exception):
    """A request that doesn't reach the application; the connection ends with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class _Connection(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60  # seconds that a silent client keeps its connection

    def handle_one_request(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if len(self.raw_requestline) > 65536:
                self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""
                raise _RefusedError(414, "Request-URI Too Long")
            if not self.parse_request():
                return
            self._answer(self._request())
        except _RefusedError as refusal:
            self.close_connection = True
            self._send(Response.message(refusal.status, refusal.message))
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """`parse_request` reports what it can't read here; API Gateway answers in JSON."""
        self.close_connection = True
        self._send(Response.message(code, message or _PHRASES.get(code, "Bad Request")))

    def _request(self) -> Request:
        body = self._body()
        headers = [(name, value.strip().replace("\r\n", " ")) for name, value in self.headers.items()]
        target = self.requestline.split()[1]
        if "://" in target.partition("?")[0]:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        return Request(self.command, target, headers, body, self.client_address[0], self.request_version)

    def _answer(self, request: Request) -> None:
        application = self.server.application
        try:
            response = application(request) if application else Response.message(503, "Service Unavailable")
        except Exception:
            LOG.exception("%s %s failed in the gateway", request.method, request.path)
            response = Response.message(500, "Internal Server Error")
        self._send(response)

    def _send(self, response: Response) -> None:
        phrase = _PHRASES.get(response.status, "Unknown")
        lines = [f"HTTP/1.1 {response.status} {phrase}", f"Date: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {value}" for name, value in response.headers if name.lower() not in _OWN_HEADERS]
        bodiless = response.status < 200 or response.status in (204, 304)
        if not bodiless:
            lines.append(f"Content-Length: {len(response.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        elif self.request_version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        self.wfile.write(head if bodiless or self.command == "HEAD" else head + response.body)

    def _body(self) -> bytes:
        lengths = self.headers.get_all("content-length") or []
        coding = (self.headers.get("transfer-encoding") or "").strip().lower()
        if coding:
            if coding != "chunked" or lengths:
                raise _RefusedError(400, "Bad Request")
            return self._chunks()
        if not lengths:
            return b""
        if len(set(lengths)) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise _RefusedError(400, "Bad Request")
        length = int(lengths[0])
        if length > BODY_LIMIT:
            self._drain(length)
            raise _RefusedError(413, "Request Entity Too Large")
        return self._exactly(length)

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            size_line = self.rfile.readline(1024).split(b";")[0].strip()
            try:
                size = int(size_line, 16)
            except ValueError:
                raise _RefusedError(400, "Bad Request") from None
            if size < 0:
                raise _RefusedError(400, "Bad Request")
            if size == 0:
                break
            total += size
            if total > BODY_LIMIT:
                raise _RefusedError(413, "Request Entity Too Large")
            parts.append(self._exactly(size))
            if self.rfile.readline(3) != b"\r\n":
                raise _RefusedError(400, "Bad Request")
        while self.rfile.readline(65537) not in (b"\r\n", b"\n", b""):
            pass
        return b"".join(parts)

    def _exactly(self, length: int) -> bytes:
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError("the client left in the middle of its request")
        return body

    def _drain(self, length: int) -> None:
        """Takes what a client is still sending: one that is answered earlier sees a broken connection instead."""
        left = min(length, _DRAIN_LIMIT)
        while left > 0:
            taken = len(self.rfile.read(min(left, 65536)))
            if not taken:
                return
            left -= taken

    def log_message(self, format: str, *args: Any) -> None:
        LOG.debug(format, *args)
