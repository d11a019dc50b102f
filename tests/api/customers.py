"""A customer with a phone at a merchant's own page, for the tests of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from local.outbox import Outbox
from tests.api.auth_fixtures import Answer, Device

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
    """Text messages that were read."""

    def request_code(self, **more: Any) -> Answer:
        return self.device("RequestSignInCode", {"merchant": self.slug, "phone": self.number, **more})

    def code(self) -> str:
        """The code of the text message that comes next."""
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            sent = Outbox().messages(self.number, "sms")
            if len(sent) > self.read:
                self.read = len(sent)
                return re.findall(r"\b\d{6}\b", sent[0].body)[0]
            time.sleep(0.02)
        raise AssertionError("no text message came")

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
