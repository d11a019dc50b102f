"""The requests of the examination: to one deployment, with the time that each takes."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT = 30.0
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class Broken(Exception):
    """A check failed. `hint` says where to look."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class Skipped(Exception):
    """A check could not be made; the message says what it needs."""


@dataclass
class Deployment:
    """What is examined, and what is known of it: an API key of the sandbox, and a user who may change webhooks."""

    url: str
    key: str = ""
    email: str = ""
    password: str = ""
    code: str = ""
    api_host: str = ""
    """Of API Gateway, behind the front door: the output ApiHost of a domain's stack."""
    token: str = ""
    """Of the signed-in user, once signing in has been tried."""
    proof: str = ""
    tenant: str = ""
    milliseconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        return urlsplit(self.url).hostname in LOCAL

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, label: str = "", **more: Any
    ) -> requests.Response:
        """The response, whatever its status. Raises `Broken` where none comes. `label` collects the times."""
        began = time.perf_counter()
        try:
            response = requests.request(method, self.url + path, headers=headers, timeout=TIMEOUT, **more)
        except requests.RequestException as error:
            hint = "DNS, the distribution's status, this machine's network"
            raise Broken(f"{method} {path}: {_reason(error)}", hint) from error
        if label:
            self.milliseconds.setdefault(label, []).append((time.perf_counter() - began) * 1000)
        return response

    def ask(self, method: str, path: str, expected: int, hint: str, **more: Any) -> Any:
        """`data` of an answer. Raises `Broken` where the status is another one."""
        response = self.call(method, path, **more)
        if response.status_code != expected:
            raise Broken(f"{method} {path} answered {response.status_code}: {answer_text(response)}", hint)
        return response.json().get("data")

    def as_key(self, idempotency: str = "") -> dict[str, str]:
        named = {"Idempotency-Key": idempotency} if idempotency else {}
        return {"Authorization": f"Bearer {self.key}", **named}

    def as_user(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "X-Reauthentication": self.proof}

    def key_mode(self) -> str:
        """`live` or `test`, as the key itself says; empty for what is no key."""
        try:
            middle = self.key.split(".")[1]
            return str(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["mod"])
        except (IndexError, ValueError, KeyError):
            return ""


def answer_text(response: requests.Response) -> str:
    """What an answer says of itself, in a line."""
    try:
        content = response.json()
        return str(content.get("message") or content)[:200]
    except (ValueError, AttributeError):
        return " ".join(response.text.split())[:200] or "nothing"


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS failed"
    if isinstance(error, requests.Timeout):
        return f"no answer in {TIMEOUT:.0f} s"
    return f"no connection ({type(error).__name__})"
