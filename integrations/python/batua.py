"""Client of a Batua merchant's counter: one file, the standard library alone. Python 3.9 and later.

    from batua import Batua, BatuaError

    counter = Batua("https://wallet.example.com", key)
    issued = counter.issue(phone="+919876543210", bill_amount="499.50", reference="INV-1001")
    counter.redeem(phone="+919876543210", coins=40, bill_amount="250", reference="INV-1002")

Amounts are strings, integers or `Decimal`s, never floats. Every change carries an idempotency key: yours, or the
reference, or a new one per call; so what is sent again after a timeout is counted once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

_TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""A 409 is transient only while the same request is still being worked on."""


class BatuaError(Exception):
    """A refusal. `code` is stable; `figures` are amounts such as the balance; `fields` tells what to mend."""

    def __init__(self, status: int, code: str, message: str, figures: dict[str, Any], fields: dict[str, Any]) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.figures, self.fields = figures, fields


class Unreachable(Exception):
    """No answer came, however often it was asked. A change may have been made: send it again with the same key."""


class Batua:
    def __init__(self, url: str, key: str, *, timeout: float = 10.0, retries: int = 4) -> None:
        _require_https(url)
        self._url, self._key, self._timeout, self._retries = url.rstrip("/"), key, timeout, retries

    def issue(self, *, idempotency_key: str | None = None, **body: Any) -> Any:
        """Gives coins: one of `phone`, `wallet_id`, `qr`; `bill_amount`, or `coins`; `reference`."""
        return self._change("/api/v1/merchant/coins/issue", body, idempotency_key)

    def redeem(self, *, idempotency_key: str | None = None, **body: Any) -> Any:
        """Takes coins: one of `phone`, `wallet_id`, `qr`; `coins`; `bill_amount`; `reference`."""
        return self._change("/api/v1/merchant/coins/redeem", body, idempotency_key)

    def reverse(self, transaction_id: str, *, idempotency_key: str | None = None, **body: Any) -> Any:
        """Undoes a transaction, wholly, or `coins` of it; `reason`."""
        return self._change(f"/api/v1/merchant/coins/{quote(transaction_id, safe='')}/reverse", body, idempotency_key)

    def calculate_issue(self, **body: Any) -> Any:
        """What an issue would give now; nothing is written."""
        return self._send("POST", "/api/v1/merchant/coins/issue/calculate", body)

    def balance(self, **who: str) -> Any:
        """The balance of one of `phone`, `wallet_id`, `qr`."""
        return self._send("GET", f"/api/v1/merchant/customers/balance?{urlencode(who)}")

    def calculate_redeem(self, **body: Any) -> Any:
        """What a redemption would do now; nothing is written."""
        return self._send("POST", "/api/v1/merchant/coins/redeem/calculate", body)

    def lookup(self, **who: str) -> Any:
        """A customer with its wallet, last visit and rewards: one of `phone`, `wallet_id`, `qr`."""
        return self._send("GET", f"/api/v1/merchant/customers/lookup?{urlencode(who)}")

    def stats(self) -> Any:
        """What was issued and redeemed this month, and the last twelve months."""
        return self._send("GET", "/api/v1/merchant/stats")

    def ledger(self, **filters: Any) -> Iterator[Any]:
        """All transactions, newest first: `customer`, `from`, `to`, `type`, `reference`; `limit` of a page."""
        while True:
            answer = self._answer("GET", f"/api/v1/merchant/ledger?{urlencode(filters)}")
            yield from answer["data"]
            if not (cursor := (answer.get("meta") or {}).get("next_cursor")):
                return
            filters = {**filters, "cursor": cursor}

    def _change(self, path: str, body: dict[str, Any], key: str | None) -> Any:
        # Where there is a reference it is the key: the same bill sent by two tills is one bill.
        headers = {} if key is None and body.get("reference") else {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._send("POST", path, body, headers)

    def _send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        return self._answer(method, path, body, headers)["data"]

    def _answer(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        content = None if body is None else _encoded(body)
        sent = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **(headers or {})}
        status, answer = _ask(method, self._url + path, content, sent, self._timeout, self._retries)
        if status >= 400:
            raise _error(status, answer)
        return answer


class Till:
    """Sends sales of a billing system to its connection: the webhook's address, and the secret that came with it."""

    def __init__(self, webhook_url: str, secret: str, *, timeout: float = 10.0, retries: int = 4) -> None:
        _require_https(webhook_url)
        self._url, self._secret, self._timeout, self._retries = webhook_url, secret.encode(), timeout, retries

    def sell(self, sale: dict[str, Any], *, dry_run: bool = False) -> Any:
        """Tells how a sale stands now; again whenever it changes. With `dry_run`, what that would do."""
        content, id = _encoded(sale), f"msg_{uuid.uuid4().hex}"

        def headers() -> dict[str, str]:
            return {"Content-Type": "application/json", **signature_headers(self._secret, id, content)}

        url = self._url + ("?dry_run=true" if dry_run else "")
        status, answer = _ask("POST", url, content, headers, self._timeout, self._retries)
        if status >= 400:
            raise _error(status, answer)
        return answer


def signature_headers(secret: bytes, id: str, content: bytes, now: float | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks (standardwebhooks.com): good for five minutes, so each attempt has its own."""
    second = str(int(time.time() if now is None else now))
    try:
        key = base64.b64decode(secret.removeprefix(b"whsec_"), validate=True)
    except ValueError:
        key = secret
    digest = hmac.new(key, f"{id}.{second}.".encode() + content, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": id, "webhook-timestamp": second, "webhook-signature": signature}


def _ask(
    method: str,
    url: str,
    content: bytes | None,
    headers: dict[str, str] | Callable[[], dict[str, str]],
    timeout: float,
    retries: int,
) -> tuple[int, Any]:
    """The answer; asked again after silence and passing trouble, with the same content and key."""
    for attempt in range(retries + 1):
        wait = random.uniform(0, 0.25 * 2**attempt)  # noqa: S311 - spreads retries, guards nothing
        try:
            sent = headers() if callable(headers) else headers
            request = Request(url, content, sent, method=method)  # noqa: S310 - the scheme was looked at
            with urlopen(request, timeout=timeout) as response:  # noqa: S310
                return response.status, _read(response.read())
        except HTTPError as refusal:
            answer = _read(refusal.read())
            passing = refusal.code != 409 or answer.get("code") == "request_in_progress"
            if refusal.code not in _TRANSIENT or not passing or attempt == retries:
                return refusal.code, answer
            seconds = refusal.headers.get("Retry-After", "")
            wait = max(wait, min(60.0, float(seconds))) if seconds.isdigit() else wait
        except (URLError, HTTPException, TimeoutError, ConnectionError) as silence:
            if attempt == retries:
                raise Unreachable(str(silence)) from silence
        time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _read(content: bytes) -> Any:
    try:
        answer = json.loads(content, parse_float=Decimal)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _error(status: int, answer: dict[str, Any]) -> BatuaError:
    return BatuaError(
        status,
        str(answer.get("code", "unknown")),
        str(answer.get("message", "no reason was given")),
        answer.get("meta") or {},
        answer.get("errors") or {},
    )


def _require_https(url: str) -> None:
    """The key goes in a header: without encryption only to this very machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise ValueError("the address must begin with https://")


def _encoded(body: Any) -> bytes:
    _refuse_floats(body, "")
    return json.dumps(body, default=_exact).encode()


def _refuse_floats(value: Any, name: str) -> None:
    if isinstance(value, float):
        raise TypeError(f"{name or 'the value'} is a float, which is no exact decimal: send a string or a Decimal")
    if isinstance(value, dict):
        for key, each in value.items():
            _refuse_floats(each, str(key))
    elif isinstance(value, (list, tuple)):
        for each in value:
            _refuse_floats(each, name)


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot send a {type(value).__name__}")
