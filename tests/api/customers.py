"""A customer with a phone at a merchant's own page, for the tests of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from local.outbox import Outbox
from tests.api.auth_fixtures import Answer, Device
from tests.waiting import until

SLUG = "kaveri-stores"


@dataclass
class Phone:
    """A phone with a browser: it receives text messages, and keeps cookies and what the page keeps in memory."""

    device: Device
    number: str
    slug: str = SLUG
    csrf: str = ""
    proof: str = ""
    token: str | None = None
    read: int = 0
    """Text messages with codes that were read."""

    def request_code(self, **more: Any) -> Answer:
        return self.device("RequestSignInCode", {"merchant": self.slug, "phone": self.number, **more})

    def code(self) -> str:
        """The code of the next text message that has one; receipts may come between."""

        def codes() -> list[str]:
            found = (re.search(r"\b\d{6}\b", message.body) for message in Outbox().messages(self.number, "sms"))
            return [code[0] for code in found if code]

        until(lambda: len(codes()) > self.read, otherwise="a text message with a code")
        newest, *earlier = codes()
        self.read = 1 + len(earlier)
        return newest

    def sign_in(self, **more: Any) -> Answer:
        """With the code that comes by text message."""
        sent = self.request_code()
        assert sent.status == 202, sent.body
        answer = self.enter(sent.data["otp_id"], self.code(), **more)
        assert answer.status == 200, answer.body
        self.proof, self.csrf = answer.data["proof"], answer.data["csrf_token"] or ""
        self.token = answer.data["access_token"]
        return answer

    def enter(self, otp_id: str, code: str, **more: Any) -> Answer:
        body = {"merchant": self.slug, "phone": self.number, "otp_id": otp_id, "code": code, **more}
        return self.device("SignInCustomer", body, headers={"x-merchant": self.slug})

    def __call__(self, function: str, body: Any = None, *, proven: bool = False, **more: Any) -> Answer:
        headers = {"x-merchant": self.slug, "x-csrftoken": self.csrf, **more.pop("headers", {})}
        if proven:
            headers["x-reauthentication"] = self.proof
        return self.device(function, body, token=self.token, headers=headers, **more)
