"""Balance requests as Prayog's callers make them, over the served platform and its Step Functions."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.balance_requests import ask, ended, execution_states, impatient, stored  # noqa: F401
from tests.api.gateway_parties import Party, charge, child, fresh, parent, sandboxed, transaction  # noqa: F401
from tests.api.signed_in import fund
from tests.prefunds import actor, actor_in
from tests.waiting import until


@pytest.fixture
def other(platform: Any, credentials: dict[str, Any]) -> Party:
    """A tenant that has nothing to do with the parent or the child."""
    from local.seeds.writing import fixed_id

    return Party(platform.url, {**credentials["other_tenant_admin"], "tenant_id": fixed_id("ten", "Himal Network")})


def test_a_request_is_answered_as_in_the_reference(parent: Party, child: Party) -> None:  # noqa: F811
    answer = child.post("/balance-request", {"amount": 1000, "walletCustomerId": "customer-123", "remarks": "Needs"})
    body = answer.json()
    assert (answer.status_code, body["message"]) == (200, "Balance request created successfully")
    shown = {name: body["data"][name] for name in ("parentTenantId", "subTenantId", "walletCustomerId", "remarks")}
    assert shown == {
        "parentTenantId": parent.id,
        "subTenantId": child.id,
        "walletCustomerId": "customer-123",
        "remarks": "Needs",
    }
    assert (body["data"]["requestedAmount"], body["data"]["status"]) == ("1000", "PENDING")
    assert {"id", "createdAt", "updatedAt"} <= set(body["data"])
    assert "approvedAmount" not in body["data"]


def test_an_approval_is_answered_as_in_the_reference_and_settled(parent: Party, child: Party) -> None:  # noqa: F811
    id, before, of_child = ask(child)["id"], parent.balance(), child.balance()
    body = {"approvedAmount": 1000, "approvalRemarks": "Approved after verification"}
    answer = parent.put(f"/balance-requests/{id}/approve", body)
    data = answer.json()["data"]
    assert (answer.status_code, answer.json()["message"]) == (200, "Balance request full approved successfully")
    shown = {name: data[name] for name in ("id", "status", "approvedAmount", "approvalRemarks", "approvedBy")}
    assert shown == {
        "id": id,
        "status": "APPROVED",
        "approvedAmount": "1000",
        "approvalRemarks": "Approved after verification",
        "approvedBy": parent.credential,
    }
    assert {"approvedAt", "updatedAt"} <= set(data)
    settled = ended(child, id)
    assert (settled["status"], settled["workflow"]["step"]) == ("APPROVED", "SETTLED")
    assert (parent.balance(), child.balance()) == (before - 1000, of_child + 1000)


def test_a_parent_takes_back_what_it_gave_only_where_the_operator_decides_so(
    parent: Party,  # noqa: F811
    child: Party,  # noqa: F811
    platform: Any,
) -> None:
    """A refund of what was settled took it from the child's wallet, on the parent's word alone."""
    id = ask(child, "300")["id"]
    assert parent.put(f"/balance-requests/{id}/approve").ok
    ended(child, id)
    boss, staff = actor_in(platform, parent.id, "tenant_admin"), actor(platform, "Batua", "staff")
    owner = actor_in(platform, child.id, "tenant_admin")
    rows = boss.get("/api/v1/transactions", params={"type": "capture", "limit": 100}).json()["data"]
    (capture,) = [row["transaction_id"] for row in rows if row["reference"] == id]
    url, of_child, of_parent = f"/api/v1/transactions/{capture}", child.balance(), parent.balance()
    refused = boss.post(f"{url}/refund", {"amount": 100, "reason": "Changed our mind"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_reversible")
    assert (parent.balance(), child.balance()) == (of_parent, of_child)
    why = {"reason": "wrong_amount", "description": "200 were agreed.", "amount": 100}
    raised = boss.post(f"{url}/raise-dispute", why)
    decide = f"{url}/disputes/{raised.json()['data']['dispute_id']}/decide"
    decided = staff.post(decide, {"decision": "accept", "reason": "Both say so"})
    assert decided.status_code == 200, decided.text
    assert (parent.balance(), child.balance()) == (of_parent + 100, of_child - 100)
    assert "INR 100.00 of transaction" in owner.mail("Security notice", holding=capture)["body"]


def test_a_part_may_be_approved(parent: Party, child: Party) -> None:  # noqa: F811
    id = ask(child, "750.50")["id"]
    answer = parent.put(f"/balance-requests/{id}/approve", {"approvedAmount": "250.25"})
    assert answer.json()["message"] == "Balance request partial approved successfully"
    assert answer.json()["data"]["approvedAmount"] == "250.25"
    assert ended(child, id)["workflow"]["step"] == "SETTLED"


def test_a_rejection_is_answered_as_in_the_reference(parent: Party, child: Party) -> None:  # noqa: F811
    id = ask(child)["id"]
    answer = parent.put(f"/balance-requests/{id}/reject", {"remarks": "Insufficient documentation provided"})
    data = answer.json()["data"]
    assert (answer.status_code, answer.json()["message"]) == (200, "Balance request rejected successfully")
    shown = {name: data[name] for name in ("id", "status", "rejectionReason", "rejectedBy")}
    assert shown == {
        "id": id,
        "status": "REJECTED",
        "rejectionReason": "Insufficient documentation provided",
        "rejectedBy": parent.credential,
    }
    assert {"rejectedAt", "updatedAt"} <= set(data)
    again = parent.put(f"/balance-requests/{id}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "balance_request_decided")


# WithdrawBalanceRequest, ReadBalanceRequest


def test_the_child_withdraws_its_request_and_both_read_it(parent: Party, child: Party, other: Party) -> None:  # noqa: F811
    id, key = ask(child)["id"], {"Idempotency-Key": fresh("key")}
    assert parent.put(f"/balance-requests/{id}/withdraw").status_code == 403
    assert other.put(f"/balance-requests/{id}/withdraw").status_code == 404
    answers = [child.put(f"/balance-requests/{id}/withdraw", {"remarks": "Twice"}, **key) for _ in range(2)]
    assert answers[0].json()["message"] == "Balance request withdrawn successfully"
    assert answers[1].json()["data"] == answers[0].json()["data"]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    reads = [each.get(f"/balance-requests/{id}") for each in (parent, child)]
    shown = [answer.json()["data"] for answer in reads]
    assert shown[0] == shown[1]
    assert {name: shown[0][name] for name in ("status", "withdrawalRemarks", "withdrawnBy")} == {
        "status": "WITHDRAWN",
        "withdrawalRemarks": "Twice",
        "withdrawnBy": child.credential,
    }
    late = parent.put(f"/balance-requests/{id}/approve")
    assert (late.status_code, late.json()["code"]) == (409, "balance_request_decided")
    assert ended(child, id)["workflow"]["step"] == "CLOSED"
    assert id in [each["id"] for each in child.get("/my-balance-requests", status="WITHDRAWN").json()["data"]]


def test_a_key_of_the_parent_is_no_key_of_the_child(parent: Party, child: Party) -> None:  # noqa: F811
    id, key = ask(child)["id"], {"Idempotency-Key": fresh("key")}
    assert child.put(f"/balance-requests/{id}/withdraw", {"remarks": "No"}, **key).status_code == 200
    late = parent.put(f"/balance-requests/{id}/reject", {"remarks": "No"}, **key)
    assert (late.status_code, late.json()["code"]) == (409, "balance_request_decided")


def test_a_request_is_read_by_its_two_parties_alone(parent: Party, child: Party, other: Party) -> None:  # noqa: F811
    made = ask(child)
    assert {each.get(f"/balance-requests/{made['id']}").json()["data"]["id"] for each in (parent, child)} == {
        made["id"]
    }
    for id in (made["id"], "breq_0", "none"):
        answer = other.get(f"/balance-requests/{id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "balance_request_not_found")


def test_of_an_approval_and_a_withdrawal_at_once_one_counts(parent: Party, child: Party) -> None:  # noqa: F811
    before = parent.balance()
    wanted = [ask(child, 10)["id"] for _ in range(6)]
    with ThreadPoolExecutor(4) as pool:
        approved = [pool.submit(parent.put, f"/balance-requests/{id}/approve") for id in wanted]
        withdrawn = [pool.submit(child.put, f"/balance-requests/{id}/withdraw") for id in wanted]
    won = 0
    for id, one, two in zip(wanted, approved, withdrawn, strict=True):
        assert sorted((one.result().status_code, two.result().status_code)) == [200, 409]
        done = ended(child, id)
        assert done["status"] == ("APPROVED" if one.result().status_code == 200 else "WITHDRAWN")
        won += done["workflow"]["step"] == "SETTLED"
    assert parent.balance() == before - 10 * won


def test_a_decision_sent_again_under_its_key_has_the_same_answer(parent: Party, child: Party) -> None:  # noqa: F811
    id, key = ask(child)["id"], fresh("key")
    answers = [parent.put(f"/balance-requests/{id}/approve", {}, **{"Idempotency-Key": key}) for _ in range(2)]
    assert answers[0].json()["data"] == answers[1].json()["data"]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = parent.put(f"/balance-requests/{id}/approve", {"approvedAmount": 1}, **{"Idempotency-Key": key})
    assert other.status_code == 422


def test_only_the_parent_decides(parent: Party, child: Party, credentials: dict[str, Any]) -> None:  # noqa: F811
    id = ask(child)["id"]
    for decision in ("approve", "reject"):
        own = child.put(f"/balance-requests/{id}/{decision}")
        assert (own.status_code, own.json()["message"]) == (403, "Only the parent can decide a balance request.")
    assert child.put("/balance-requests/none/reject").status_code == 404
    too_much = parent.put(f"/balance-requests/{id}/approve", {"approvedAmount": 1001})
    assert (too_much.status_code, list(too_much.json()["errors"])) == (400, ["approvedAmount"])
    parent.put(f"/balance-requests/{id}/reject")
    own = parent.post("/balance-request", {"amount": 1, "walletCustomerId": "c"})
    assert (own.status_code, own.json()["code"]) == (409, "no_parent")


@pytest.mark.parametrize(
    "body", [{"amount": "0.99"}, {"amount": -1}, {"amount": "x"}, {"walletCustomerId": ""}, {"amount": None}]
)
def test_a_request_that_makes_no_sense_is_refused(child: Party, body: dict[str, Any]) -> None:  # noqa: F811
    answer = child.post("/balance-request", {"amount": 10, "walletCustomerId": "c", **body})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_lists_fit_their_filters_and_count_right(parent: Party, child: Party) -> None:  # noqa: F811
    customer = fresh("customer")
    made = [ask(child, amount, walletCustomerId=customer, remarks=f"No. {amount}") for amount in range(1, 8)]
    parent.put(f"/balance-requests/{made[0]['id']}/reject")

    def mine(**query: Any) -> dict[str, Any]:
        body: dict[str, Any] = child.get("/my-balance-requests", walletCustomerId=customer, **query).json()
        return body

    body = mine(limit=3, page=3)
    assert body["message"] == "Successfully retrieved my balance requests"
    assert body["pagination"] == {
        "page": 3,
        "limit": 3,
        "total": 7,
        "totalPages": 3,
        "hasNext": False,
        "hasPrev": True,
    }
    assert [row["requestedAmount"] for row in body["data"]] == ["1"]
    assert mine(status="PENDING")["pagination"]["total"] == 6
    assert mine(minAmount=3, maxAmount=5)["pagination"]["total"] == 3
    assert mine(remarksSearch="no. 4")["data"][0]["requestedAmount"] == "4"
    assert mine(createdAtTo="2020-01-01")["data"] == []
    assert mine(createdAtFrom=made[3]["createdAt"])["pagination"]["total"] == 4
    assert mine(status="SOMETIMES")["code"] == "validation_error"
    of_children = parent.get("/child-balance-requests", walletCustomerId=customer, tenantName="ganga").json()
    assert of_children["message"] == "Successfully retrieved child balance requests"
    assert of_children["pagination"]["total"] == 7
    assert of_children["data"][0]["tenantName"] == "Ganga North"
    assert parent.get("/child-balance-requests", subTenantId="ten_x").json()["pagination"]["total"] == 0
    assert parent.get("/my-balance-requests", walletCustomerId=customer).json()["data"] == []


def test_the_parent_sets_how_long_a_request_waits(parent: Party, child: Party) -> None:  # noqa: F811
    answer = parent.put("/balance-request-terms", {"expiresAfterHours": 5, "remindAfterHours": 1})
    assert answer.json()["data"] == {"expiresAfterHours": 5, "remindAfterHours": 1}
    data = ask(child)
    assert data["expiresAt"][:13] != data["createdAt"][:13]
    hours = (_instant(data["expiresAt"]) - _instant(data["createdAt"])) / 3_600_000
    assert hours == 5
    parent.put("/balance-request-terms", {})


def test_a_hundred_decisions_and_expiries_race_over_a_balance_for_seven(
    platform: Any,
    credentials: dict[str, Any],
    sandboxed: Party,  # noqa: F811
    impatient: None,  # noqa: F811
) -> None:
    from batua import clock
    from batua.audit.verify import verify_scope
    from batua.store import gateway_keys
    from batua.store.store import store
    from batua.store.writes import Condition, Update

    asking = Party(sandboxed.url, credentials["prayog_child"], "test_key")
    surplus = sandboxed.balance() - 700
    if surplus > 0:
        assert sandboxed.post("/create-transaction", transaction(charge(surplus))).ok
    elif surplus:
        fund(sandboxed.id, "test", str(-surplus))
    already = asking.balance()
    ids = [ask(asking, 100)["id"] for _ in range(20)]
    scope = f"T#{sandboxed.id}"
    dice = random.Random(7)
    acts = [(dice.choice(["approve", "approve", "reject", "expire"]), dice.choice(ids)) for _ in range(100)]

    def act(what: tuple[str, str]) -> int:
        how, id = what
        if how == "expire":
            key = gateway_keys.balance_request_key(scope, id)
            store().write(Update(key, set={"exp": clock.system()}, when=Condition(present=("pk",))))
            return 0
        return sandboxed.put(f"/balance-requests/{id}/{how}").status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(act, acts))
    assert set(answers) <= {0, 200, 409, 503}
    for id in ids:
        if stored(sandboxed, id)["st"] == "PENDING":
            act(("expire", id))
    requests = [ended(asking, id) for id in ids]
    settled = [request for request in requests if request["workflow"]["step"] == "SETTLED"]
    assert len(settled) <= 7
    assert len(settled) == 7 or all(request["status"] != "PENDING" for request in requests)
    assert asking.balance() == already + 100 * len(settled)
    assert sandboxed.balance() == 700 - 100 * len(settled)
    assert sandboxed.held() == 0
    names = [request["workflow"]["execution"] for request in requests]
    until(lambda: all(execution_states(platform)[name] != "RUNNING" for name in names))
    assert {execution_states(platform)[name] for name in names} == {"SUCCEEDED"}
    assert not verify_scope(store(), scope).findings


def _instant(text: str) -> int:
    from batua import clock

    return clock.parse_iso(text)


def test_the_definition_that_is_deployed_holds_no_personal_data(platform: Any) -> None:
    from batua.settings import settings

    client = platform.embedded_aws.client("stepfunctions")
    executions = client.list_executions(stateMachineArn=settings().balance_workflow)["executions"]
    content = client.describe_execution(executionArn=executions[0]["executionArn"])["input"]
    assert set(json.loads(content)) == {"scope", "request", "seen"}
