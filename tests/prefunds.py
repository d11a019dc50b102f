"""People of the operator and of its tenants with prefund requests, over HTTP, for the tests of prefunds."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from local.host import LocalPlatform
from local.seeds.writing import fixed_id
from tests.api.auth_fixtures import proof_of
from tests.api.conftest import Client
from tests.waiting import until

PREFUNDS = "/api/v1/prefund/requests"
PDF = b"%PDF-1.4\nproof of a transfer\n%%EOF\n"
ACCOUNT = fixed_id("rcv", "main")
_numbers = itertools.count(1)
_people: list[tuple[str, str]] = []
"""Tenant and user of each actor."""


@dataclass(frozen=True)
class Actor(Client):
    """Somebody signed in."""

    id: str = ""
    tenant: str = ""
    email: str = ""

    def step(self, request: str, what: str, **body: Any) -> requests.Response:
        return self.post(f"{PREFUNDS}/{request}/{what}", body)

    def read(self, request: str) -> dict[str, Any]:
        answer = self.get(f"{PREFUNDS}/{request}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    def until(self, request: str, *states: str) -> dict[str, Any]:
        """The request, once it is in one of these states."""

        def found() -> dict[str, Any] | None:
            request_now = self.read(request)
            return request_now if request_now["status"] in states else None

        return until(found, otherwise=lambda: f"{self.read(request)['status']}, not {' or '.join(states)}")

    def mails(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/local/outbox", params={"to": self.email}).json()["messages"]
        return found

    def codes(self) -> list[str]:
        """Those that were mailed, the newest first."""
        found = (re.match(r"(\d{6}) is your", mail["subject"]) for mail in self.mails())
        return [code[1] for code in found if code]

    def next_code(self, read: int) -> str:
        """The code of the mail that comes after so many with codes; other mails may come between."""
        until(lambda: len(self.codes()) > read, otherwise="a mail with a code")
        return self.codes()[0]

    def mail(self, words: str, holding: str = "") -> dict[str, Any]:
        """The newest mail whose subject has these words; with `holding`, one whose body has those."""

        def found() -> list[dict[str, Any]]:
            return [mail for mail in self.mails() if words in mail["subject"] and holding in mail["body"]]

        return until(found, otherwise=f"a mail to {self.email} with {words!r}")[0]

    def code(self, request: str, decision: str = "approve", **more: Any) -> dict[str, str]:
        """`otp_id` and `otp_code` for a decision, the code out of the mail."""
        read = len(self.codes())
        answer = self.step(request, "decision/otp/request", decision=decision, **more)
        assert answer.status_code == 200, answer.text
        return {"otp_id": answer.json()["data"]["otp_id"], "otp_code": self.next_code(read)}

    def decide(self, request: str, decision: str = "approve", **more: Any) -> requests.Response:
        return self.step(request, "decision/otp/confirm", decision=decision, **more)


def actor(platform: LocalPlatform, tenant: str, *roles: str, mode: Any = "live") -> Actor:
    """Somebody new in one of the seeded tenants."""
    return actor_in(platform, fixed_id("ten", tenant), *roles, mode=mode)


def actor_in(platform: LocalPlatform, tenant_id: str, *roles: str, mode: Any = "live") -> Actor:
    """Somebody new in a tenant."""
    from batua import clock, ids
    from batua.identity import sessions, users
    from batua.identity.tenant import read_tenant
    from batua.store import keys
    from batua.store.store import store

    key = keys.tenant_key(tenant_id)
    record = store().read([key])[key]
    assert record
    now = clock.system()
    email = f"prefund.{os.getpid()}.{next(_numbers)}@example.com"
    user = users.new_user(key.pk.rpartition("#")[2], email, "Asha Rao", roles, now)  # type: ignore[arg-type]
    users.create_user(store(), user)
    _people.append((user.tenant, user.id))
    session = sessions.begin_session(user, "token", mode, ids.new_id("dev"), now)
    store().write(sessions.session_put(session))
    token = sessions.tokens_of(session, read_tenant(record), now).access
    headers = {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)}
    return Actor(platform.url, headers, id=user.id, tenant=user.tenant, email=email)


def dismiss_actors() -> None:
    """Takes everybody who was made so far out of their tenants' teams: each would be notified of what others do."""
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update

    _known.clear()
    while _people:
        store().write(Update(keys.user_key(*_people.pop()), set={"status": "suspended"}))


def utr() -> str:
    """The reference of a transfer that nobody has named."""
    return f"HDFC{os.getpid():08d}{next(_numbers):06d}"


def upload(who: Actor) -> str:
    """A proof, uploaded. Returns the document's id."""
    body = {"name": "proof.pdf", "kind": "other", "media_type": "application/pdf", "size": len(PDF)}
    answer = who.post("/api/v1/tenant/documents", body)
    assert answer.status_code in (200, 201), answer.text
    data = answer.json()["data"]
    sent = requests.put(data["upload"]["url"], data=PDF, headers=data["upload"]["headers"], timeout=30)
    assert sent.status_code == 200, sent.text
    return str(data["id"])


def content(document: str, **more: Any) -> dict[str, Any]:
    today = datetime.now(ZoneInfo("Asia/Kolkata")).date().isoformat()
    fields = {"receiver_account_id": ACCOUNT, "amount": "500.00", "utr": utr(), "paid_on": today}
    return {**fields, "document_id": document, **more}


def rupees(tenant: str, mode: Any = "live") -> int:
    """What stands on a tenant's wallet, in paise."""
    from batua.ledger.decisions.tenant_money import tenant_wallet
    from batua.ledger.queries import money_entries
    from batua.store.store import store

    wallet = tenant_wallet(mode, tenant)
    return money_entries.load_balances(store(), wallet)[wallet.id].balance


@dataclass(frozen=True)
class Office:
    """A tenant's administrator with a proof, a reviewer, and a super admin who has done nothing yet."""

    maker: Actor
    document: str
    staff: Actor
    boss: Actor

    def ask(self, **more: Any) -> str:
        """A request that has been submitted."""
        answer = self.maker.post(PREFUNDS, content(self.document, **more))
        assert answer.status_code == 201, answer.text
        request = str(answer.json()["data"]["id"])
        self.maker.until(request, "submitted")
        return request

    def reviewed(self, **more: Any) -> str:
        """A request under review."""
        request = self.ask(**more)
        answer = self.staff.step(request, "review")
        assert answer.status_code == 200, answer.text
        return request


_known: dict[str, tuple[Actor, str, Actor]] = {}


def office(platform: LocalPlatform) -> Office:
    """The same tenant's administrator and reviewer for a platform, as every request is announced to every reviewer."""
    if platform.url not in _known:
        maker = actor(platform, "Kaveri Stores", "tenant_admin")
        _known[platform.url] = maker, upload(maker), actor(platform, "Batua", "staff")
    return Office(*_known[platform.url], actor(platform, "Batua", "super_admin"))
