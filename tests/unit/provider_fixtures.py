"""A payment provider in place of Razorpay and Cashfree."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from batua import settings
from batua.billing.payment_port import LinkRequest

WANTED = LinkRequest(
    reference="inv_01KDC0V6M8W3T4Q9X2Z7N5B1FA-3",
    amount=118_050,
    purpose="Tax Invoice INV/2627/000001",
    name="Anand Foods",
    email="a@anand.example",
    phone="+919876543210",
    notify_url="https://wallet.example.com/hook",
    expires_at=1_800_000_000,
)


class StandIn:
    """A provider's server: keeps what it was sent, and answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.status, self.answer = 200, b"{}"
        self.by_path: dict[str, bytes] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def do_GET(self) -> None:
                self._answer(None)

            def _answer(self, body: Any) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append((self.path, headers, body))
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.by_path.get(self.path, outer.answer))

            def log_message(self, *_: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    server = StandIn()
    monkeypatch.setenv("RAZORPAY_URL", server.url)
    monkeypatch.setenv("CASHFREE_URL", server.url)
    monkeypatch.setenv("CASHFREE_SANDBOX_URL", f"{server.url}/sandbox")
    settings.reset_settings()
    yield server
    server.close()
    monkeypatch.undo()
    settings.reset_settings()


PAYMENT = {"id": "pay_DESlfW9H8K9uqM", "entity": "payment", "amount": 118050, "currency": "INR", "status": "captured"}
