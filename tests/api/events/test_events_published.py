"""What is told of whom, over the served platform: PublishEvents and RouteEvents, from the tables' streams on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from batua import clock, ids
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Delete, Put
from tests.api.conftest import Client
from tests.api.events.administrators import administrator
from tests.api.events.receivers import Receiver, data, issue
from tests.api.gateway_parties import Party, child, parent, sandboxed  # noqa: F401 - fixtures
from tests.api.shops import Shop
from tests.api.signed_in import SignIn, name, signed_in  # noqa: F401 - a fixture
from tests.waiting import until

Listen = Callable[..., Any]
Drain = Callable[[], None]


def test_a_merchants_sale_is_heard_above_it_where_asked_for_and_nowhere_else(
    listen: Listen,
    open_receiver: Callable[[], Receiver],
    signed_in: SignIn,  # noqa: F811
    live: Client,
    phone: str,
    drain: Drain,
) -> None:
    """A network hears of its merchant, if it asks to; another network, the operator and another merchant do not."""
    hearing = {}
    for who, above in (
        ("merchant_tenant_admin", False),
        ("tenant_admin", True),
        ("other_tenant_admin", True),
        ("operator", True),
    ):
        hearing[who] = open_receiver()
        listen(by=signed_in(who), url=hearing[who].url, events=["coins.issued"], include_children=above)
    deaf = open_receiver()
    listen(by=signed_in("tenant_admin"), url=deaf.url, events=["coins.issued"])
    issued = issue(live, phone)
    drain()
    received = {
        who: [each.event["data"]["transaction_id"] for each in receiver.came] for who, receiver in hearing.items()
    }
    assert received == {
        "merchant_tenant_admin": [issued["transaction_id"]],
        "tenant_admin": [issued["transaction_id"]],
        "other_tenant_admin": [],
        "operator": [],
    }
    assert deaf.came == []
    assert {each.body for each in hearing["tenant_admin"].came} == {
        each.body for each in hearing["merchant_tenant_admin"].came
    }, "both hear the same"


def test_a_balance_request_is_heard_by_both_and_the_money_by_each(
    listen: Listen,
    open_receiver: Callable[[], Receiver],
    parent: Party,  # noqa: F811
    child: Party,  # noqa: F811
    platform: Any,
    drain: Drain,
) -> None:
    asking, giving = open_receiver(), open_receiver()
    listen(by=administrator(platform.url, child.id), url=asking.url)
    listen(by=administrator(platform.url, parent.id), url=giving.url)
    body = {"amount": 120, "walletCustomerId": name("customer")}
    request = data(child.post("/balance-request", body))
    approved = parent.put(f"/balance-requests/{request['id']}/approve", {"approvedAmount": 100})
    assert approved.status_code == 200, approved.text

    def settled() -> bool:
        drain()
        return "balance_request.settled" in asking.types()

    until(settled, otherwise=lambda: (asking.types(), giving.types()))
    requests = ["balance_request.approved", "balance_request.created", "balance_request.settled"]
    for receiver in (asking, giving):
        received_events = [each.event for each in receiver.came if each.event["type"].startswith("balance_request")]
        received_events.sort(key=lambda event: event["sequence"])
        assert sorted(event["type"] for event in received_events) == requests
        assert received_events[0]["type"] == "balance_request.created"
        assert {event["subject"] for event in received_events} == {request["id"]}
        assert (received_events[-1]["data"]["requested_amount"], received_events[-1]["data"]["approved_amount"]) == (
            "120.00",
            "100.00",
        )
    moved = {who: {each.event["type"]: each.event["data"] for each in receiver.came} for who, receiver in
             (("child", asking), ("parent", giving))}  # fmt: skip
    assert moved["child"]["wallet.transferred"]["available_change"] == "100.00"
    assert moved["parent"]["wallet.held"]["available_change"] == "-100.00"
    assert moved["parent"]["wallet.captured"]["held_change"] == "-100.00"
    assert "wallet.held" not in moved["child"]
    assert "wallet.transferred" not in moved["parent"]


def test_a_tenants_own_wallet_tells_what_moves_on_it(
    listen: Listen,
    receiver: Receiver,
    signed_in: SignIn,  # noqa: F811
    drain: Drain,
) -> None:
    admin = signed_in("tenant_admin")
    source, path = admin.funded("500.00"), "/api/v1/wallets"
    drain()  # What funded it is told before anyone listens.
    listen(by=admin, url=receiver.url, events=["wallet.*", "dispute.*"])
    held = data(admin.post(f"{path}/{source}/debit", {"amount": "20.00", "hold": True, "reference": name("h")}))
    data(admin.post(f"/api/v1/transactions/{held['transaction_id']}/void", {"reason": "Cancelled"}))
    body = {"amount": "12.50", "from_wallet_id": source, "to_customer": name("branch")}
    body |= {"create_wallet": True, "reference": name("t")}
    sent = data(admin.post(f"{path}/transfer", body))
    dispute = {"reason": "wrong_amount", "description": "Twelve would do."}
    raised = admin.post(f"/api/v1/transactions/{sent['transaction_id']}/raise-dispute", dispute)
    assert raised.status_code in (200, 201), raised.text
    drain()
    received_events = [each.event for each in receiver.taken]
    of_source = sorted(
        (event for event in received_events if event["subject"] == source), key=lambda event: event["sequence"]
    )
    assert [event["type"] for event in of_source] == ["wallet.held", "wallet.released", "wallet.transferred"]
    made, arrived = sorted(
        (event for event in received_events if event["subject"] == sent["other_wallet_id"]),
        key=lambda event: event["type"],
    )
    assert (made["type"], made["data"]["name"], made["data"]["status"]) == (
        "wallet.created",
        body["to_customer"],
        "active",
    )
    assert (arrived["type"], arrived["data"]["available_change"]) == ("wallet.transferred", "12.50")
    assert arrived["data"]["customer"] == body["to_customer"]
    (disputed,) = [event for event in received_events if event["type"] == "dispute.raised"]
    assert (disputed["data"]["transaction_id"], disputed["data"]["amount"]) == (sent["transaction_id"], "12.50")


def lost(platform: Any) -> list[Any]:
    """What lies among the lost events, taken out."""
    sqs = platform.embedded_aws.client("sqs")
    url = sqs.get_queue_url(QueueName=platform.platform.resources["LostEvents"].name)["QueueUrl"]
    found: list[Any] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in messages]
        for each in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


def test_a_change_that_cannot_be_read_is_left_among_the_lost_and_holds_up_nothing(
    listen: Listen, shop: Shop, phone: str, drain: Drain, receiver: Receiver, platform: Any
) -> None:
    listen()
    transaction, scope = ids.new_id("txn"), keys.scope("live", shop.tenant.id)
    place = f"{clock.iso(clock.system())}#{transaction}"
    poison = {"kind": "teleport", "g2p": keys.activity_partition(scope, shop.tenant.id), "g2s": place}
    store().write(Put(keys.transaction_key(scope, transaction), poison))
    issued = issue(shop.live, phone)
    drain()
    store().commit([Delete(keys.transaction_key(scope, transaction))])  # others read the whole table
    assert [each.event["data"]["transaction_id"] for each in receiver.taken] == [issued["transaction_id"]]
    (mine,) = [each for each in lost(platform) if each["change"]["dynamodb"]["Keys"]["pk"]["S"].endswith(transaction)]
    assert mine["change"]["dynamodb"]["NewImage"]["kind"] == {"S": "teleport"}


def test_what_was_lost_is_told_once_it_can_be_read(
    listen: Listen,
    shop: Shop,
    phone: str,
    drain: Drain,
    receiver: Receiver,
    platform: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the runbook has it: the change that lies among the lost is given to the function once more."""
    from batua.events import schemas

    listen()
    with monkeypatch.context() as before_it_is_mended:
        before_it_is_mended.delitem(schemas.COIN_TYPES, "issue")
        issued = issue(shop.live, phone)
        drain()
    assert receiver.came == []
    (mine,) = [each for each in lost(platform) if issued["transaction_id"] in json.dumps(each["change"])]
    assert platform.runner.invoke("PublishEvents", {"Records": [mine["change"]]}) == {"batchItemFailures": []}
    drain()
    assert [each.event["data"]["transaction_id"] for each in receiver.taken] == [issued["transaction_id"]]


def test_what_cannot_be_routed_at_first_waits_in_the_queue_and_arrives_all_the_same(
    listen: Listen, shop: Shop, phone: str, drain: Drain, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from batua.events import route

    listen()
    original, refused = route.route_event, []

    def at_the_second_try(store: Any, cache: Any, event: Any, now: int) -> Any:
        if event.id not in refused:
            refused.append(event.id)
            raise ConnectionError("not now")
        return original(store, cache, event, now)

    monkeypatch.setattr(route, "route_event", at_the_second_try)
    issued = [issue(shop.live, phone)["transaction_id"] for _ in range(5)]
    drain()
    assert sorted(each.event["data"]["transaction_id"] for each in receiver.came) == sorted(issued)
    assert len(refused) >= 5
