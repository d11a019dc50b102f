"""How a decision on a balance request is carried out: at once, else by its workflow; or the hold is given back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.balance_requests import ask, ended, execution_states, impatient, stored  # noqa: F401
from tests.api.gateway_parties import Party, child, parent  # noqa: F401
from tests.prefunds import actor_in
from tests.waiting import until


def waiting(child: Party, parent: Party, amount: str) -> str:  # noqa: F811
    """The id of a new request, whose workflow waits for the decision."""
    id = str(ask(child, amount)["id"])
    until(lambda: stored(parent, id).get("token"), otherwise="its workflow waits for the decision")
    return id


def test_what_an_approval_holds_is_the_requests_to_capture_or_release(
    parent: Party,  # noqa: F811
    child: Party,  # noqa: F811
    platform: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The parent voided the hold of what it had approved: the request then failed, and the child got nothing."""
    from batua import clock
    from batua.gateway import decisions, settlement, workflow
    from batua.gateway.requests import read_balance_request
    from batua.store.store import store

    def busy(*_: Any, **__: Any) -> None:
        raise settlement.BalanceRequestBusy("later")

    boss, before = actor_in(platform, parent.id, "tenant_admin"), (parent.balance(), child.balance())
    id = ask(child, "300")["id"]
    with monkeypatch.context() as patched:
        patched.setattr(decisions, "settle_request", busy)
        patched.setattr(workflow, "settle_request", busy)
        assert parent.put(f"/balance-requests/{id}/approve").ok
        rows = boss.get("/api/v1/transactions", params={"type": "hold", "limit": 100}).json()["data"]
        (hold,) = [row["transaction_id"] for row in rows if row["reference"] == id]
        for act, body in (("void", {"reason": "Changed our mind"}), ("capture", {}), ("capture", {"amount": 1})):
            refused = boss.post(f"/api/v1/transactions/{hold}/{act}", body)
            assert (refused.status_code, refused.json()["code"]) == (409, "hold_of_balance_request"), refused.text
            assert refused.json()["meta"] == {"request": id}
        assert (parent.balance(), parent.held()) == (before[0] - 300, 300)
        request = read_balance_request(stored(parent, id))
        settlement.settle_request(store(), request, clock.system())
    assert (parent.balance(), parent.held(), child.balance()) == (before[0] - 300, 0, before[1] + 300)
    late = boss.post(f"/api/v1/transactions/{hold}/void", {})
    assert (late.status_code, late.json()["code"]) == (409, "hold_not_open")


def test_what_the_endpoint_could_not_settle_the_workflow_settles(
    platform: Any,
    parent: Party,  # noqa: F811
    child: Party,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from batua.gateway import decisions, settlement

    def busy(*_: Any, **__: Any) -> None:
        raise settlement.BalanceRequestBusy("later")

    before, id = (parent.balance(), child.balance()), waiting(child, parent, "40")
    monkeypatch.setattr(decisions, "settle_request", busy)
    assert parent.put(f"/balance-requests/{id}/approve").ok
    request = ended(child, id)
    assert (request["status"], request["workflow"]["step"]) == ("APPROVED", "SETTLED")
    assert (parent.balance(), parent.held(), child.balance()) == (before[0] - 40, 0, before[1] + 40)
    until(lambda: execution_states(platform)[request["workflow"]["execution"]] == "SUCCEEDED")
    # The machine runs its task again where its answer got lost: nothing moves a second time.
    task = {"scope": f"L#{parent.id}", "request": id}
    assert platform.runner.invoke("SettleBalanceRequest", task) == {"state": "SETTLED"}
    assert (parent.balance(), child.balance()) == (before[0] - 40, before[1] + 40)


@pytest.mark.parametrize(
    ("changed", "restored", "why"),
    [
        ({"status": "suspended"}, {"status": "active"}, "not active"),
        # A request made at the very moment of a move: its former parent must not pay it.
        ({"parent": "ten_elsewhere"}, {}, "moved to another parent"),
    ],
)
def test_an_approval_that_cannot_be_settled_is_given_back(
    platform: Any,
    parent: Party,  # noqa: F811
    child: Party,  # noqa: F811
    impatient: None,  # noqa: F811
    changed: dict[str, str],
    restored: dict[str, str],
    why: str,
) -> None:
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update

    id, before = ask(child)["id"], parent.balance()
    try:
        store().write(Update(keys.tenant_key(child.id), set=changed))
        assert parent.put(f"/balance-requests/{id}/approve").ok
        until(lambda: stored(parent, id)["step"] not in ("WAITING", "SETTLING"))
    finally:
        store().write(Update(keys.tenant_key(child.id), set=restored or {"parent": parent.id}))
    request = ended(child, id)
    assert (request["status"], request["workflow"]["step"]) == ("FAILED", "RELEASED")
    assert why in request["failureReason"]
    assert (parent.balance(), parent.held()) == (before, 0)
    assert execution_states(platform)[request["workflow"]["execution"]] == "FAILED"


def test_a_withdrawal_ends_the_wait_of_its_workflow(platform: Any, parent: Party, child: Party) -> None:  # noqa: F811
    id = waiting(child, parent, "10")
    execution = str(stored(parent, id)["exec"])
    assert child.put(f"/balance-requests/{id}/withdraw").ok
    until(lambda: execution_states(platform)[execution] == "SUCCEEDED", 20, otherwise="the workflow has ended")
