"""From a change to its receivers: PublishEvents, RouteEvents, DeliverWebhooks, RequeueWebhooks.

And what a tenant does with the log: ListWebhookDeliveries, ReplayWebhookDelivery, ReplayFailedWebhooks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from batua import clock
from batua.store import event_keys, keys
from batua.store.store import store
from batua.store.writes import Update
from tests.api.conftest import Client
from tests.api.events.receivers import BASE, Receiver, data, deliveries, issue, requeue_all, standing
from tests.api.shops import Shop

Listen = Callable[..., Any]
Drain = Callable[[], None]


def refusing(receiver: Receiver, status: int = 503) -> None:
    receiver.answer = lambda _: (status, b"not now")


def taking(receiver: Receiver) -> None:
    receiver.answer = lambda _: (200, b"ok")


@pytest.fixture
def refused(listen: Listen, shop: Shop, phone: str, drain: Drain, receiver: Receiver) -> Any:
    """An endpoint with one event that its receiver has refused."""
    made = listen()
    refusing(receiver)
    issue(shop.live, phone)
    drain()
    return made


def test_what_fails_is_sent_again_as_it_was_until_it_is_taken(
    refused: Any, admin: Client, drain: Drain, receiver: Receiver
) -> None:
    (waiting,) = deliveries(admin, refused["id"])
    assert (waiting["status"], waiting["attempts"]) == ("pending", 1)
    assert [(each["status"], each["answer"]) for each in waiting["log"]] == [(503, "not now")]
    assert waiting["next_attempt_at"] > waiting["created_at"]
    requeue_all()
    drain()
    taking(receiver)
    requeue_all(days=4)
    drain()
    (delivery,) = deliveries(admin, refused["id"])
    assert (delivery["status"], delivery["attempts"], delivery["next_attempt_at"]) == ("delivered", 3, None)
    assert [each["status"] for each in delivery["log"]] == [503, 503, 200]
    assert len({(each.headers["webhook-id"], each.body) for each in receiver.came}) == 1
    assert all(each.signed_by(refused["secret"]) for each in receiver.came)
    requeue_all(days=9)
    drain()
    assert len(receiver.came) == 3


def test_after_a_day_of_failures_an_event_is_given_up_and_can_be_replayed(
    refused: Any, admin: Client, drain: Drain, receiver: Receiver
) -> None:
    for attempt in range(1, 10):
        requeue_all(days=2 * attempt)
        drain()
        assert len(receiver.came) == attempt + 1
    (given_up,) = deliveries(admin, refused["id"], status="failed")
    assert (given_up["reason"], given_up["attempts"]) == ("attempts_used_up", 10)
    requeue_all(days=30)
    drain()
    assert len(receiver.came) == 10
    taking(receiver)
    path = f"{BASE}/{refused['id']}/deliveries/{given_up['event_id']}/replay"
    assert data(admin.post(path), 202)["status"] == "pending"
    drain()
    (delivery,) = deliveries(admin, refused["id"])
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 11)
    data(admin.post(path), 202)
    drain()
    assert [each.event["id"] for each in receiver.taken] == [given_up["event_id"]] * 2, "asked for twice"


def test_all_that_failed_since_a_time_is_replayed(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Drain, receiver: Receiver
) -> None:
    made = listen()
    data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"status": "paused"}))
    for _ in range(3):
        issue(shop.live, phone)
    drain()
    path = f"{BASE}/{made['id']}/replay"
    refused = admin.post(path, {"since": "2026-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_endpoint_not_active")
    data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"status": "active"}))
    events = [each["event"]["created_at"] for each in deliveries(admin, made["id"], status="held")]
    assert data(admin.post(path, {"since": "2026-01-01", "until": "2026-01-02"}), 202)["queued"] == 0
    assert data(admin.post(path, {"since": events[0]}), 202) == {"queued": 1, "next_since": None}
    assert data(admin.post(path, {"since": events[-1]}), 202)["queued"] == 2
    drain()
    assert sorted(each.event["created_at"] for each in receiver.taken) == sorted(events)
    assert data(admin.post(path, {"since": events[-1]}), 202)["queued"] == 0
    for body in ({}, {"since": "yesterday"}, {"since": events[0], "until": "2020-01-01"}):
        assert admin.post(path, body).status_code == 400


def test_more_than_one_call_replays_is_replayed_by_several(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Drain, receiver: Receiver, monkeypatch: Any
) -> None:
    made = listen()
    refusing(receiver, 410)
    issue(shop.live, phone)
    drain()
    for _ in range(4):
        issue(shop.live, phone)
    drain()
    assert Counter(each["status"] for each in deliveries(admin, made["id"])) == {"failed": 1, "held": 4}
    data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"status": "active"}))
    taking(receiver)
    monkeypatch.setattr("batua.events.delivery_log.MAX_REPLAYED", 2)
    since, calls = "2026-01-01T00:00:00Z", 0
    while since is not None:
        since = data(admin.post(f"{BASE}/{made['id']}/replay", {"since": since}), 202)["next_since"]
        calls += 1
        assert calls <= 5
    drain()
    assert len({each.event["id"] for each in receiver.taken}) == 5


def test_a_stream_record_that_comes_twice_is_one_event(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Drain, receiver: Receiver, platform: Any
) -> None:
    made = listen()
    batches: list[Any] = []
    original = platform.runner.invoke

    def seen(name: str, event: Any) -> Any:
        if name == "PublishEvents":
            batches.append(event)
        return original(name, event)

    platform.runner.invoke = seen
    try:
        issue(shop.live, phone)
        drain()
    finally:
        del platform.runner.invoke
    assert batches
    for _ in range(2):
        for batch in batches:
            assert original("PublishEvents", batch) == {"batchItemFailures": []}
        drain()
    assert len(receiver.came) == 1
    assert len(deliveries(admin, made["id"])) == 1


def test_a_nudge_that_comes_late_or_twice_does_nothing(
    refused: Any, shop: Shop, admin: Client, drain: Drain, receiver: Receiver, platform: Any
) -> None:
    (waiting,) = deliveries(admin, refused["id"])
    nudge = {"tenant": shop.tenant.id, "endpoint": refused["id"], "event": waiting["event_id"], "tries": 0}
    batch = {"Records": [{"messageId": str(number), "body": json.dumps(nudge)} for number in range(5)]}
    assert platform.runner.invoke("DeliverWebhooks", batch) == {"batchItemFailures": []}
    assert len(receiver.came) == 1


def test_a_lost_nudge_heals_by_itself(
    listen: Listen, shop: Shop, phone: str, drain: Drain, receiver: Receiver, monkeypatch: Any
) -> None:
    """As if the function had died before it queued the attempt."""
    listen()
    monkeypatch.setattr("batua.events.attempt_queue.enqueue_attempts", lambda _: None)
    issue(shop.live, phone)
    drain()
    assert receiver.came == []
    monkeypatch.undo()
    requeue_all(days=1)
    drain()
    assert len(receiver.taken) == 1


def test_the_job_runs_every_minute(platform: Any) -> None:
    assert platform.embedded_aws.run_schedule("RequeueWebhooks")["queued"] >= 0


def test_whoever_answers_410_is_left_alone_and_its_admins_are_told(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Drain, receiver: Receiver, anyone: Client
) -> None:
    made = listen()
    refusing(receiver, 410)
    issue(shop.live, phone)
    drain()
    found = standing(admin, made["id"])
    assert (found["status"], found["disabled_because"]) == ("disabled", "gone")
    (delivery,) = deliveries(admin, made["id"])
    assert (delivery["status"], delivery["reason"], delivery["attempts"]) == ("failed", "endpoint_gone", 1)
    issue(shop.live, phone)
    drain()
    assert len(receiver.came) == 1
    sent = anyone.get("/local/outbox").json()["messages"]
    mails = [each for each in sent if made["id"] in each["body"] and "has been disabled" in each["subject"]]
    assert mails
    assert all(receiver.url in each["body"] for each in mails)
    trail = shop.live.get("/api/v1/merchant/audit", params={"limit": 100}).text
    assert "webhook endpoint disabled" in trail


def test_an_endpoint_that_fails_for_five_days_is_disabled(
    listen: Listen,
    shop: Shop,
    admin: Client,
    phone: str,
    drain: Drain,
    receiver: Receiver,
    open_receiver: Any,
    anyone: Client,
) -> None:
    made = listen()
    other = open_receiver()
    listen(url=other.url, events=["webhook_endpoint.disabled"])
    refusing(receiver)
    issue(shop.live, phone)
    drain()
    found = standing(admin, made["id"])
    assert found["failing_since"] is not None
    health = event_keys.webhook_health_key(made["id"])
    store().write(Update(health, set={"failing": clock.system() - 4 * clock.DAY_MS}))
    requeue_all()
    drain()
    assert standing(admin, made["id"])["status"] == "active"
    store().write(Update(health, set={"failing": clock.system() - 5 * clock.DAY_MS}))
    requeue_all(days=4)
    drain()
    found = standing(admin, made["id"])
    assert (found["status"], found["disabled_because"]) == ("disabled", "failing")
    (received,) = other.taken
    assert received.event["data"] == {"endpoint_id": made["id"], "url": receiver.url, "reason": "failing"}
    assert any(made["id"] in each["body"] for each in anyone.get("/local/outbox").json()["messages"])
    taking(receiver)
    again = data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"status": "active"}))
    assert (again["status"], again["disabled_because"], again["failing_since"]) == ("active", None, None)
    issue(shop.live, phone)
    drain()
    assert len(receiver.taken) == 1


def test_a_success_ends_the_count_of_days(refused: Any, admin: Client, drain: Drain, receiver: Receiver) -> None:
    store().write(
        Update(event_keys.webhook_health_key(refused["id"]), set={"failing": clock.system() - 6 * clock.DAY_MS})
    )
    taking(receiver)
    requeue_all()
    drain()
    found = standing(admin, refused["id"])
    assert (found["status"], found["failing_since"]) == ("active", None)


def test_a_suspended_tenant_hears_nothing(
    listen: Listen, open_shop: Any, phone: str, drain: Drain, receiver: Receiver
) -> None:
    shop = open_shop()
    admin = shop.user("tenant_admin")
    made = listen(by=admin)
    refusing(receiver)
    issue(shop.live, phone)
    drain()
    store().write(Update(keys.tenant_key(shop.tenant.id), set={"status": "suspended"}))
    requeue_all()
    drain()
    store().write(Update(keys.tenant_key(shop.tenant.id), set={"status": "active"}))
    (held,) = deliveries(admin, made["id"])
    assert (held["status"], held["reason"], len(receiver.came)) == ("held", "tenant_inactive", 1)


def test_the_log_is_read_by_pages_status_and_type(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Drain
) -> None:
    made = listen()
    for _ in range(5):
        issue(shop.live, phone)
    data(shop.live.post("/api/v1/merchant/coins/redeem", {"phone": phone, "coins": 5, "bill_amount": "100"}))
    drain()
    path = f"{BASE}/{made['id']}/deliveries"
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = admin.get(path, params={"limit": 2, "cursor": cursor}).json()
        seen += [each["event"]["created_at"] for each in page["data"]]
        cursor = page["meta"]["next_cursor"]
    assert cursor is None
    assert (len(seen), seen) == (6, sorted(seen, reverse=True))
    assert len(deliveries(admin, made["id"], type="coins.redeemed")) == 1
    assert len(deliveries(admin, made["id"], type="coins.*", status="delivered")) == 6
    assert deliveries(admin, made["id"], status="failed") == []
    first = admin.get(path, params={"limit": 2}).json()["meta"]["next_cursor"]
    wrong = admin.get(path, params={"limit": 2, "cursor": first, "type": "coins.*"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_cursor")
    for query in ({"limit": 0}, {"limit": 101}, {"status": "lost"}, {"type": "x"}, {"cursor": "x"}):
        assert admin.get(path, params=query).status_code == 400


def test_an_event_of_another_endpoint_is_not_replayed(listen: Listen, admin: Client) -> None:
    made, other = listen(), listen()
    sent = data(admin.post(f"{BASE}/{other['id']}/test"))
    for event in (sent["event_id"], f"evt_{'0' * 26}", "evt_x"):
        answer = admin.post(f"{BASE}/{made['id']}/deliveries/{event}/replay")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("body", ["", "[]", '{"tenant": "ten_x"}', '{"detail": {}}'])
@pytest.mark.parametrize("function", ["RouteEvents", "DeliverWebhooks"])
def test_a_message_that_is_none_of_ours_ends_in_the_dead_letters_alone(platform: Any, function: str, body: str) -> None:
    batch = {"Records": [{"messageId": "bad", "body": body}]}
    assert platform.runner.invoke(function, batch) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
