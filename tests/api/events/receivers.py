"""A receiver of events, as a tenant would run it: an HTTP server that verifies with the reference library."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.api.conftest import Client

BASE = "/api/v1/webhook-endpoints"
DROPPED = 0
"""As an answer: the line is cut."""


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def signed_by(self, secret: str) -> bool:
        """Whether the reference library takes it; raises what that raises where it does not."""
        return bool(Webhook(secret).verify(self.body, self.headers))

    def is_signed_by(self, secret: str) -> bool:
        try:
            return self.signed_by(secret)
        except WebhookVerificationError:
            return False


@dataclass
class Receiver:
    """`answer` tells status and body for what came; what it does not take is not counted in `taken`."""

    server: Any = None
    answer: Callable[[Received], tuple[int, bytes]] = lambda _: (204, b"")
    came: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    secret: str | None = None
    """Where it is told, whatever comes is verified as it comes: a signature is good for five minutes."""
    forged: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hooks"

    def receive(self, received: Received) -> tuple[int, bytes]:
        status, body = self.answer(received)
        genuine = self.secret is None or received.is_signed_by(self.secret)
        with self.lock:
            self.came.append(received)
            self.forged += [] if genuine else [received]
            if 200 <= status < 300:
                self.taken.append(received)
        return status, body

    def types(self) -> list[str]:
        return [each.event["type"] for each in self.taken]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = receiver.receive(Received(headers, body))
            if status == DROPPED:
                self.close_connection = True
                return
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", receiver.url + "/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver()
    receiver.server = _Server(("127.0.0.1", 0), _handler(receiver))
    threading.Thread(target=receiver.server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def issue(client: Client, phone: str, coins: int = 10, **more: Any) -> Any:
    body = {"phone": phone, "coins": coins, "bill_amount": "100.00", **more}
    return data(client.post("/api/v1/merchant/coins/issue", body))


def deliveries(client: Client, endpoint: str, **query: Any) -> Any:
    return data(client.get(f"{BASE}/{endpoint}/deliveries", params=query))


def standing(client: Client, endpoint: str) -> Any:
    """An endpoint as the list shows it."""
    (found,) = [each for each in data(client.get(BASE)) if each["id"] == endpoint]
    return found


def requeue_all(days: int = 2) -> int:
    """Drives the clock of the retries: queues everything that waits, as the job does once its time has come."""
    from batua import clock
    from batua.events.requeue import requeue_due
    from batua.store.store import store

    return requeue_due(store(), clock.system() + days * clock.DAY_MS)
