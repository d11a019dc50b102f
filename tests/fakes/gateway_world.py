"""A parent and its child over a table in memory, their requests carried by the deployed definition in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from batua import clock, ids, workflows
from batua.api.endpoint import Call
from batua.api.request import Request
from batua.gateway import decisions, requests, settlement, workflow
from batua.gateway.models import Approve, Reject, RequestBalance, Withdraw
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.identity.tenant import Tenant, tenant_item
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsBalance
from batua.ledger.model import Origin
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.records.tenant_money import read_funds_balance
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put, Update
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.states import Killed, Machine

DEFINITION = Path(__file__).resolve().parents[2] / "functions" / "gateway" / "balance_request.asl.json"
START = clock.parse_iso("2026-11-21T09:30:00Z")
HOUR = 3_600_000
ZONE = "Asia/Kolkata"


def tenant(name: str, kind: Any, parent: str | None = None, **more: Any) -> Tenant:
    id = ids.derived_id("ten", name)
    return Tenant(id, kind, name, "active", parent, (parent,) if parent else (), "IN", ZONE, 0, **more)


PARENT = tenant("Parent", "parent", ids.derived_id("ten", "operator"))
CHILD = tenant("Child Corp", "merchant", PARENT.id)
SCOPE = keys.scope("live", PARENT.id)


@dataclass
class Boundary:
    """Every call that leaves a function goes through here: the `kill_at`th ends the process, before or after it.

    Or it raises what `fault` makes of its name: that no reply came, say.
    """

    kill_at: int | None = None
    after: bool = False
    count: int = 0
    names: list[str] = field(default_factory=list)
    fault: Callable[[str], BaseException] = Killed

    def cross(self, name: str, call: Callable[[], Any]) -> Any:
        self.count += 1
        self.names.append(name)
        dies = self.count == self.kill_at
        if dies and not self.after:
            raise self.fault(name)
        answer = call()
        if dies:
            raise self.fault(name)
        return answer


class Through:
    """A client whose every call crosses the boundary."""

    def __init__(self, inner: Any, boundary: Boundary) -> None:
        self._inner, self._boundary = inner, boundary

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)
        return lambda **given: self._boundary.cross(name, lambda: call(**given))


class GatewayWorld:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, balance: int, *, boundary: Boundary | None = None) -> None:
        self.now = START
        self.wrong = 0
        """By how many milliseconds the clocks of functions that watch are wrong."""
        self.boundary = boundary or Boundary()
        self.table = FakeDynamoDB()
        self.plain = Store(self.table, "ledger", "directory", sleep=lambda _: None)
        self.store = Store(Through(self.table, self.boundary), "ledger", "directory", sleep=lambda _: None)
        self.failing: list[type[Exception]] = []
        """What settling fails with, wherever it is tried next."""
        tasks = {
            "${WatchArn}": lambda event: workflow.look_step(self.store, event, self.now + self.wrong),
            "${AwaitArn}": lambda event: workflow.wait_step(self.store, event),
            "${SettleArn}": self._settle,
            "${ReleaseArn}": lambda event: workflow.release_step(self.store, event, self.now),
        }
        self.machine = Machine(DEFINITION, tasks, lambda: self.now, clock.iso)
        clients = {"stepfunctions": Through(self.machine, self.boundary)}
        monkeypatch.setattr(workflows, "client", clients.__getitem__)
        monkeypatch.setattr(decisions, "settle_request", self._settle_at_once)
        for tenant in (PARENT, CHILD):
            self.plain.write(Put(keys.tenant_key(tenant.id), tenant_item(tenant)))
        self._fund(balance)
        self.total = balance

    def _fund(self, balance: int) -> None:
        wallet = tenant_money.tenant_wallet("live", PARENT.id)
        order = funds_request("seed", "live", PARENT.id, Origin("seed", "seed", PARENT.id), "seed", {})
        TenantLedger(self.plain, ZONE, self.now).post(
            order, lambda k: tenant_money.decide_credit(k, wallet, balance, self.now)
        )

    def _settle(self, event: dict[str, Any]) -> dict[str, Any]:
        if self.failing:
            raise self.failing.pop(0)("made to fail")
        return workflow.settle_step(self.store, event, self.now)

    def _settle_at_once(self, *given: Any, **more: Any) -> None:
        if self.failing:
            raise self.failing.pop(0)("made to fail")
        settlement.settle_request(*given, **more)

    def call(self, tenant: Tenant, body: Any, path: dict[str, str] | None = None, key: str | None = None) -> Call[Any]:
        headers = {"x-user-id": "user-1"} | ({"idempotency-key": key} if key else {})
        request = Request(
            {"headers": headers, "pathParameters": path or {}, "requestContext": {"http": {"sourceIp": "192.0.2.1"}}}
        )
        claims = Claims("key", ids.derived_id("key", tenant.id), tenant.id, "live", tenant.id, "IN")
        caller = Caller(claims, tenant, frozenset({"gateway:write"}), "192.0.2.1")
        sought = decisions.prefetch_balance_request(claims, body, request) if path else None
        found = self.store.read(sought.keys) if sought else {}
        return Call(body, request, self.store, self.now, found, sought, caller)

    def ask(self, rupees: int = 100, key: str | None = None) -> str:
        body = RequestBalance(amount=rupees, wallet_customer_id="customer-123", remarks="Needs")
        shown = requests.request_balance(self.call(CHILD, body, key=key)).data
        return str(shown.id)

    def approve(self, id: str, rupees: int | None = None, key: str | None = None, by: Tenant = PARENT) -> Any:
        body = Approve(approved_amount=rupees)
        return decisions.approve_request(self.call(by, body, {"requestId": id}, key))

    def reject(self, id: str, key: str | None = None) -> Any:
        return decisions.reject_request(self.call(PARENT, Reject(remarks="No"), {"requestId": id}, key))

    def withdraw(self, id: str, key: str | None = None) -> Any:
        return decisions.withdraw_request(self.call(CHILD, Withdraw(remarks="Twice"), {"requestId": id}, key))

    def request(self, id: str) -> requests.BalanceRequest:
        found = requests.find_request(self.plain, SCOPE, id)
        assert found is not None
        return found

    def funds(self, tenant: Tenant) -> FundsBalance:
        key = tenant_money.tenant_wallet("live", tenant.id).key
        return read_funds_balance(self.plain.read([key])[key]) or FundsBalance()

    def close_child(self) -> None:
        self.plain.write(Update(keys.tenant_key(CHILD.id), set={"status": "closed"}))

    def run(self, until: int | None = None) -> None:
        """Lets the executions go on, until an instant or to their end."""
        self.machine.run(self, until)

    def is_sound(self) -> None:
        """Nothing is half: money is conserved, no hold is left, records and executions agree."""
        parent, child = self.funds(PARENT), self.funds(CHILD)
        assert parent.balance + child.balance == self.total
        assert (parent.held, child.held) == (0, 0)
        holds = [item for (_, pk, _), item in self.table.items.items() if "#H#" in pk]
        assert not [hold for hold in holds if hold["st"]["S"] == "open"]
        settled = 0
        for (_, pk, sk), _item in list(self.table.items.items()):
            if not pk.endswith("#REQUESTS"):
                continue
            request = self.request(sk)
            execution = self.machine.executions[request.execution]
            expected = "FAILED" if request.status == "FAILED" else "SUCCEEDED"
            assert (execution.status, request.status) == (expected, request.status)
            assert request.step == {"APPROVED": "SETTLED", "FAILED": "RELEASED"}.get(request.status, "CLOSED")
            settled += (request.approved or 0) if request.step == "SETTLED" else 0
        assert child.balance == settled
        assert all(each.status != "RUNNING" for each in self.machine.executions.values())
