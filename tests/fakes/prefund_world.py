"""A tenant, a reviewer and a super admin over a table in memory; requests are carried by the deployed definition."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from batua import clock, ids, workflows
from batua.identity.tenant import tenant_item
from batua.identity.users import User, user_item
from batua.ledger.decisions import tenant_money
from batua.ledger.records.tenant_money import read_funds_balance
from batua.messages import outbound
from batua.messages.model import Message
from batua.prefund import execution, record
from batua.prefund import workflow as carrying
from batua.prefund.record import Prefund, PrefundVerdict, verdict_item
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put, Update
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.gateway_world import HOUR, START, Boundary, Through, tenant
from tests.fakes.states import Killed, Machine

__all__ = ["DEFINITION", "HOUR", "STAFF", "START", "PrefundWorld"]

DEFINITION = Path(__file__).resolve().parents[2] / "functions" / "prefund" / "prefund_request.asl.json"
OPERATOR = tenant("Operator", "operator")
SHOP = tenant("Corner Shop", "merchant", OPERATOR.id)
WALLET = tenant_money.tenant_wallet("live", SHOP.id)


def person(name: str, home: str, role: str) -> User:
    return User(ids.derived_id("usr", name), home, "active", (role,), f"{name}@example.com", name, START)


MAKER = person("maker", SHOP.id, "tenant_admin")
STAFF = person("staff", OPERATOR.id, "staff")
BOSS = person("boss", OPERATOR.id, "super_admin")


class PrefundWorld:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        self.boundary = Boundary()
        self.table = FakeDynamoDB()
        self.plain = Store(self.table, "ledger", "directory", sleep=lambda _: None)
        self.store = Store(Through(self.table, self.boundary), "ledger", "directory", sleep=lambda _: None)
        self.mails: list[tuple[str, str]] = []
        self.failing: dict[str, list[Exception]] = {}
        steps = {
            "Submit": carrying.prefund_submit_step,
            "Await": carrying.prefund_wait_step,
            "FollowUp": carrying.prefund_follow_up_step,
            "Settle": carrying.prefund_settle_step,
            "Fail": carrying.prefund_fail_step,
            "Tell": carrying.prefund_notify_step,
        }
        tasks = {f"${{{name}Arn}}": self._task(name, step) for name, step in steps.items()}
        self.machine = Machine(DEFINITION, tasks, lambda: self.now, clock.iso)
        monkeypatch.setattr(workflows, "client", lambda _: Through(self.machine, self.boundary))
        monkeypatch.setattr(outbound, "enqueue", self._hand_in)
        for each in (OPERATOR, SHOP):
            self.plain.write(Put(keys.tenant_key(each.id), tenant_item(each)))
        for user in (MAKER, STAFF, BOSS):
            self.plain.write(Put(user.key, user_item(user)))
        self.plain.write(Put(keys.platform_key(), {"operator": OPERATOR.id}))

    def _task(self, name: str, step: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
        """The step; what is to go wrong goes wrong after it has been done."""

        def run(event: dict[str, Any]) -> Any:
            answer = step(self.store, event, self.now)
            if self.failing.get(name):
                raise self.failing[name].pop(0)
            return answer

        return run

    def _hand_in(self, message: Message) -> None:
        self.boundary.cross("send_message", lambda: self.mails.append((message.kind, message.to.partition("@")[0])))

    def draft(self) -> Prefund:
        """A request as its endpoint makes it, but not written yet: the workflow has been started."""
        request_id = ids.new_id("pfr", self.now)
        return Prefund(
            id=request_id,
            tenant=SHOP.id,
            mode="live",
            state="draft",
            amount=500_00,
            utr=request_id[-22:],
            account=ids.derived_id("rcv", "main"),
            paid_on="2026-11-20",
            proof={"doc": ids.derived_id("doc", "proof")},
            by=MAKER.id,
            created_at=self.now,
            since=self.now,
            execution=execution.start_prefund(request_id),
            fingerprint="content",
        )

    def ask(self) -> str:
        """A request that waits for its review."""
        made = self.draft()
        self.plain.commit(record.prefund_creation(made, self.now))
        self.run(self.now)
        return made.id

    def step(self, id: str, what: str, state: Any, who: User, **more: Any) -> None:
        self.plain.commit(record.prefund_change(self.request(id), what, who.id, self.now, state=state, **more))

    def review(self, id: str) -> None:
        self.step(id, "review", "under_review", STAFF, reviewers=[STAFF.id])

    def decide(self, id: str, kind: Any = "approve", **more: Any) -> None:
        verdict = PrefundVerdict(kind, BOSS.id, self.now, 500_00, "otp", "192.0.2.1")
        state = "approved" if kind == "approve" else "rejected"
        self.step(id, kind, state, BOSS, verdict=verdict_item(verdict), **more)
        execution.wake_prefund(self.plain, id)

    def withdraw(self, id: str) -> None:
        self.step(id, "withdraw", "withdrawn", MAKER)
        execution.wake_prefund(self.plain, id)

    def decide_unless_killed(self, id: str) -> None:
        """The decision stands; its signal may die with the process."""
        with suppress(Killed):
            self.decide(id)

    def freeze(self, frozen: bool = True) -> None:
        change = {"set": {"frozen": 1}} if frozen else {"remove": ("frozen",)}
        self.plain.write(Update(WALLET.key, **change))  # type: ignore[arg-type]

    def request(self, id: str) -> Prefund:
        found = record.load_prefund(self.plain, id)
        assert found is not None
        return found

    def credited(self) -> int:
        funds = read_funds_balance(self.plain.read([WALLET.key])[WALLET.key])
        return funds.balance if funds else 0

    def status(self, id: str) -> str:
        return self.machine.executions[self.request(id).execution].status

    def run(self, until: int | None = None) -> None:
        """Lets the executions go on, until an instant or to their end."""
        self.machine.run(self, until)
