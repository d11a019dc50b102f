"""/api/v1/webhook-endpoints: what a tenant does with its endpoints.

ListWebhookEndpoints, CreateWebhookEndpoint, UpdateWebhookEndpoint, DeleteWebhookEndpoint, SendTestEvent.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.api.conftest import Client
from tests.api.events.receivers import BASE, Receiver, data, deliveries, issue, standing
from tests.api.shops import Open, Shop

ELSEWHERE = "https://hooks.example.com/batua"
Listen = Callable[..., Any]


def test_a_secret_is_shown_once_and_stored_sealed(listen: Listen, admin: Client, shop: Shop) -> None:
    from batua.store import event_keys
    from batua.store.store import store

    made = listen(description="Books", events=["coins.*", "prefund.credited"])
    assert made["secret"].startswith("whsec_")
    assert Webhook(made["secret"]).sign("msg_1", datetime.now(tz=UTC), "{}")
    listed = admin.get(BASE)
    assert made["id"] in listed.text
    assert made["secret"] not in listed.text
    key = event_keys.webhook_endpoint_key(shop.tenant.id, made["id"])
    stored = repr(store().read([key])[key])
    assert made["secret"].removeprefix("whsec_") not in stored


def test_an_endpoint_is_listed_as_it_was_made(listen: Listen, admin: Client) -> None:
    made = listen(description="Books", events=["coins.*", "coins.*"], mode="test", include_children=True)
    del made["secret"]
    found = standing(admin, made["id"])
    assert found == made
    assert (found["events"], found["mode"], found["include_children"]) == (["coins.*"], "test", True)
    assert (found["status"], found["disabled_because"], found["failing_since"]) == ("active", None, None)


def test_an_event_arrives_and_the_reference_library_verifies_it(
    listen: Listen, shop: Shop, phone: str, drain: Callable[[], None], receiver: Receiver
) -> None:
    made = listen()
    issued = issue(shop.live, phone, 25, reference=f"चाय ☕ {phone[-6:]}")
    drain()
    (came,) = receiver.came
    assert came.signed_by(made["secret"])
    event = came.event
    assert came.headers["webhook-id"] == event["id"]
    assert came.headers["content-type"] == "application/json"
    assert (event["type"], event["version"], event["mode"]) == ("coins.issued", 1, "live")
    assert (event["tenant"], event["subject"], event["sequence"]) == (shop.tenant.id, issued["wallet_id"], f"{1:012d}")
    assert event["data"]["transaction_id"] == issued["transaction_id"]
    assert (event["data"]["coins"], event["data"]["balance"]) == ("25", "25")
    assert (event["data"]["bill_amount"], event["data"]["reference"]) == ("100.00", f"चाय ☕ {phone[-6:]}")
    assert phone not in came.body.decode(), "a customer is an id"
    forged = came.body.replace(b'"25"', b'"26"')
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(forged, came.headers)


def test_filters_let_through_what_they_name(
    listen: Listen, shop: Shop, phone: str, drain: Callable[[], None], receiver: Receiver
) -> None:
    listen(events=["coins.redeemed"])
    issue(shop.live, phone, 25)
    data(shop.live.post("/api/v1/merchant/coins/redeem", {"phone": phone, "coins": 5, "bill_amount": "100"}))
    drain()
    assert receiver.types() == ["coins.redeemed"]


def test_the_sandbox_tells_endpoints_of_mode_test_alone(
    listen: Listen, shop: Shop, phone: str, drain: Callable[[], None], receiver: Receiver
) -> None:
    listen(mode="live")
    issue(shop.test, phone)
    drain()
    assert receiver.came == []
    made = listen(mode="test")
    issue(shop.test, phone)
    issue(shop.live, phone)
    drain()
    assert sorted(
        (each.event["mode"], each.signed_by(made["secret"])) for each in receiver.came if each.event["mode"] == "test"
    ) == [("test", True)]
    assert len(receiver.came) == 2


def test_for_a_day_after_a_rotation_both_secrets_verify(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Callable[[], None], receiver: Receiver
) -> None:
    from batua.store import event_keys
    from batua.store.store import store
    from batua.store.writes import Update

    made = listen()
    changed = data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"rotate_secret": True}))
    assert changed["secret"] != made["secret"]
    assert changed["former_secret_until"] is not None
    issue(shop.live, phone)
    drain()
    (came,) = receiver.came
    assert len(came.headers["webhook-signature"].split(" ")) == 2
    assert came.signed_by(made["secret"])
    assert came.signed_by(changed["secret"])
    store().write(Update(event_keys.webhook_endpoint_key(shop.tenant.id, made["id"]), set={"former_until": 1}))
    issue(shop.live, phone)
    drain()
    last = receiver.came[-1]
    assert last.signed_by(changed["secret"])
    with pytest.raises(WebhookVerificationError):
        last.signed_by(made["secret"])


def test_what_happens_while_an_endpoint_is_paused_is_held(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Callable[[], None], receiver: Receiver
) -> None:
    made = listen()
    assert data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"status": "paused"}))["status"] == "paused"
    issue(shop.live, phone)
    drain()
    assert receiver.came == []
    (held,) = deliveries(admin, made["id"])
    assert (held["status"], held["reason"]) == ("held", "endpoint_paused")


def test_a_test_event_tells_at_once_what_the_receiver_answered(
    listen: Listen, admin: Client, receiver: Receiver
) -> None:
    made = listen(events=["prefund.*"])
    sent = data(admin.post(f"{BASE}/{made['id']}/test"))
    assert (sent["delivered"], sent["attempt"]["status"], sent["attempt"]["failure"]) == (True, 204, None)
    (came,) = receiver.came
    assert came.signed_by(made["secret"])
    assert (came.event["type"], came.event["id"]) == ("webhook.test", sent["event_id"])
    receiver.answer = lambda _: (500, b"<h1>out of order</h1>\x00" + b"x" * 5_000)
    failed = data(admin.post(f"{BASE}/{made['id']}/test"))
    assert (failed["delivered"], failed["attempt"]["status"]) == (False, 500)
    assert failed["attempt"]["answer"].startswith("<h1>out of order</h1>")
    assert len(failed["attempt"]["answer"]) <= 256
    log = deliveries(admin, made["id"])
    assert [each["status"] for each in log] == ["failed", "delivered"]
    assert log[0]["next_attempt_at"] is None, "a test is sent once"


def test_a_redirect_is_not_followed(listen: Listen, admin: Client, receiver: Receiver) -> None:
    made = listen()
    receiver.answer = lambda _: (307, b"")
    sent = data(admin.post(f"{BASE}/{made['id']}/test"))
    assert (sent["delivered"], sent["attempt"]["status"], len(receiver.came)) == (False, 307, 1)


def test_a_deleted_endpoint_hears_nothing(
    listen: Listen, shop: Shop, admin: Client, phone: str, drain: Callable[[], None], receiver: Receiver
) -> None:
    made = listen()
    assert data(admin.call("DELETE", f"{BASE}/{made['id']}")) == {"id": made["id"], "deleted": True}
    issue(shop.live, phone)
    drain()
    assert receiver.came == []
    assert admin.call("DELETE", f"{BASE}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "hooks.example.com"}, "url"),
        ({"url": "http://hooks.example.com"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://10.0.0.7/x"}, "url"),
        ({"url": "https://user:pass@hooks.example.com"}, "url"),
        ({"url": f"https://hooks.example.com/{'x' * 3000}"}, "url"),
        ({"url": ELSEWHERE, "events": []}, "events"),
        ({"url": ELSEWHERE, "events": ["coins.minted"]}, "events.0"),
        ({"url": ELSEWHERE, "events": ["coin.*"]}, "events.0"),
        ({"url": ELSEWHERE, "events": "coins.*"}, "events"),
        ({"url": ELSEWHERE, "mode": "sandbox"}, "mode"),
        ({"url": ELSEWHERE, "include_children": "yes"}, "include_children"),
        ({"url": ELSEWHERE, "description": "x" * 129}, "description"),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(admin: Client, body: dict[str, Any], field: str) -> None:
    answer = admin.post(BASE, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]


def test_a_bad_change_changes_nothing(listen: Listen, admin: Client) -> None:
    made = listen()
    for body in ({"url": "https://localhost.example.internal/x"}, {"status": "disabled"}, {"events": ["x"]}):
        assert admin.call("PATCH", f"{BASE}/{made['id']}", json=body).status_code == 400
    found = standing(admin, made["id"])
    assert (found["url"], found["events"], found["status"]) == (made["url"], ["*"], "active")


def test_a_tenant_has_at_most_twenty_endpoints(open_shop: Open) -> None:
    busy = open_shop().user("tenant_admin")
    for _ in range(20):
        data(busy.post(BASE, {"url": ELSEWHERE}), 201)
    answer = busy.post(BASE, {"url": ELSEWHERE})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhook_endpoints")


def test_another_tenants_endpoint_looks_as_if_it_were_not_there(
    listen: Listen, open_shop: Open, shop: Shop, admin: Client
) -> None:
    made = listen()
    stranger = open_shop().user("tenant_admin")
    assert data(stranger.get(BASE)) == []
    since = {"since": "2026-01-01T00:00:00Z"}
    event = f"evt_{'0' * 26}"
    for id in (made["id"], f"wep_{'0' * 26}", "wep_x", shop.tenant.id):
        attempts = [
            stranger.call("PATCH", f"{BASE}/{id}", json={"status": "paused"}),
            stranger.call("DELETE", f"{BASE}/{id}"),
            stranger.post(f"{BASE}/{id}/test"),
            stranger.get(f"{BASE}/{id}/deliveries"),
            stranger.post(f"{BASE}/{id}/deliveries/{event}/replay"),
            stranger.post(f"{BASE}/{id}/replay", since),
        ]
        assert [(each.status_code, each.json()["code"]) for each in attempts] == [(404, "not_found")] * 6
    assert made["id"] in admin.get(BASE).text


@pytest.mark.parametrize("role", ["merchant_admin", "cashier", "viewer"])
def test_only_a_tenants_administrator_may_change_endpoints(listen: Listen, shop: Shop, role: str) -> None:
    made = listen()
    other = shop.user(role)
    assert made["id"] in other.get(BASE).text
    attempts = [
        other.post(BASE, {"url": ELSEWHERE}),
        other.call("PATCH", f"{BASE}/{made['id']}", json={"status": "paused"}),
        other.call("DELETE", f"{BASE}/{made['id']}"),
        other.post(f"{BASE}/{made['id']}/test"),
        other.post(f"{BASE}/{made['id']}/deliveries/evt_{'0' * 26}/replay"),
        other.post(f"{BASE}/{made['id']}/replay", {"since": "2026-01-01T00:00:00Z"}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in attempts] == [(403, "forbidden")] * 6
    log = other.get(f"{BASE}/{made['id']}/deliveries")
    assert log.status_code == (403 if role == "cashier" else 200), "the log shows the ledger"


def test_a_key_may_not_and_nobody_may_not(shop: Shop, anyone: Client) -> None:
    assert shop.live.get(BASE).status_code == 403
    assert shop.live.post(BASE, {"url": ELSEWHERE}).status_code == 403
    assert anyone.get(BASE).status_code == 401


def test_of_two_changes_at_once_one_is_told_so(listen: Listen, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua.store.store import Store
    from batua.store.writes import Put, Update

    made = listen()
    original = Store.commit

    def overtaken(self: Store, writes: Any, **more: Any) -> None:
        (change,) = [each for each in writes if isinstance(each, Put) and each.key.sk == made["id"]]
        somebody_else = Context()  # whom the role of this function does not concern
        somebody_else.run(self.write, Update(change.key, add={"version": 1}))
        original(self, writes, **more)

    monkeypatch.setattr(Store, "commit", overtaken)
    answer = admin.call("PATCH", f"{BASE}/{made['id']}", json={"status": "paused"})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")


def test_acts_stand_in_the_audit_trail(listen: Listen, admin: Client, shop: Shop) -> None:
    made = listen()
    data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"rotate_secret": True}))
    data(admin.call("DELETE", f"{BASE}/{made['id']}"))
    trail = shop.live.get("/api/v1/merchant/audit", params={"limit": 100}).text
    for what in ("webhook endpoint made", "webhook endpoint's secret rotated", "webhook endpoint deleted"):
        assert what in trail
