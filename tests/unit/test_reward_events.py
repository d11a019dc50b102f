"""What is told of redemptions and of pools of codes that run low."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from batua.events.changes import events_of
from batua.events.event import Event
from batua.events.schemas import TYPES
from batua.identity import users
from batua.identity.users import new_user
from batua.notifications import audience
from batua.notifications.notices import NOTICES
from batua.rewards.redemption import Redemption, fulfilled, redemption_item
from batua.rewards.reward import RewardCodes, stock_item
from batua.store import reward_keys
from batua.store.codec import decode, encode
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB
from tests.unit.redemption_fixtures import NOW, SCOPE, TENANT, ULID, made, opened


def published(before: Redemption | None, after: Redemption) -> list[Event]:
    def record(one: Redemption) -> dict[str, Any]:
        key = reward_keys.redemption_key(SCOPE, one.id)
        return decode(encode({"pk": key.pk, "sk": key.sk, **redemption_item(SCOPE, one)}))

    return events_of(record(before) if before else None, record(after), lambda *_: 1)


def secretive(**more: Any) -> Redemption:
    return replace(opened(made()), code=b"CODE", address=b"ADDRESS", note="NOTE", reason="REASON", **more)


def test_a_redemption_is_told_as_it_is_made_and_at_each_step() -> None:
    first = secretive(state="pending")
    (event,) = published(None, first)
    assert (event.type, event.tenant, event.mode, event.subject) == ("redemption.created", TENANT, "live", first.id)
    assert (event.data["points"], event.data["status"]) == ("1.0", "pending")
    for state in ("approved", "rejected", "cancelled", "expired", "fulfilled", "reversed"):
        (event,) = published(first, replace(first, state=state, version=2))  # type: ignore[arg-type]
        assert event.type == f"redemption.{state}"
        assert set(event.data) == set(TYPES[event.type].data.model_fields)
        assert not [word for word in ("CODE", "ADDRESS", "NOTE", "REASON") if word in json.dumps(event.data)]


def test_one_that_is_fulfilled_at_once_is_two_events_in_their_order() -> None:
    events = published(None, fulfilled(secretive(), NOW))
    assert [event.type for event in events] == ["redemption.created", "redemption.fulfilled"]
    assert events[0].sequence < events[1].sequence
    assert events[0].id != events[1].id


def test_that_a_code_was_shown_is_nobodys_business() -> None:
    done = fulfilled(secretive(), NOW)
    assert published(done, replace(done, shown_at=NOW, version=2)) == []


@pytest.mark.parametrize(
    ("before", "after", "count"), [(6, 5, 1), (5, 4, 0), (1, 0, 1), (4, 6, 0), (9, 8, 0), (9, 3, 1), (0, 9, 0)]
)
def test_codes_run_low_once_at_the_mark_and_once_at_the_end(before: int, after: int, count: int) -> None:
    reward, key = made(codes=RewardCodes("pool", low_at=5)), reward_keys.reward_stock_key(SCOPE, f"rew_{ULID}")

    def record(left: int) -> dict[str, Any]:
        return {"pk": key.pk, "sk": key.sk, **stock_item(reward, left), "seq": 10 - left}

    events = events_of(record(before), record(after), lambda *_: 1)
    assert [event.data for event in events] == [{"reward_id": reward.id, "left": after, "low_at": 5}] * count
    plain = {**record(before)}
    plain.pop("low")
    assert events_of(plain, {**plain, "left": after}, lambda *_: 1) == []


@pytest.mark.parametrize(
    ("type", "changes", "published"),
    [
        ("redemption.created", {"status": "pending"}, ["admin@kaveri.example"]),
        ("redemption.created", {"status": "approved"}, []),
        ("redemption.approved", {}, ["till@kaveri.example"]),
        ("redemption.fulfilled", {"settlement_transaction_id": "txn_2"}, ["till@kaveri.example"]),
        ("redemption.fulfilled", {"settlement_transaction_id": "txn_1"}, []),
        ("redemption.expired", {"settlement_transaction_id": "txn_2"}, ["till@kaveri.example"]),
        ("reward.codes_low", {"left": 3}, ["admin@kaveri.example"]),
    ],
)
def test_each_step_is_told_to_whom_it_concerns(
    monkeypatch: pytest.MonkeyPatch, type: str, changes: dict[str, Any], published: list[str]
) -> None:
    admin = replace(new_user(TENANT, "admin@kaveri.example", "Meera", ("tenant_admin",), NOW), status="active")
    till = replace(new_user(TENANT, "till@kaveri.example", "Ravi", ("cashier",), NOW), status="active")
    gone = replace(new_user(TENANT, "gone@kaveri.example", "Gone", ("tenant_admin",), NOW), status="deleted")
    monkeypatch.setattr(users, "list_tenant_users", lambda *_: [admin, till, gone])
    monkeypatch.setattr(users, "load_user", lambda *_: till)
    data = {
        "redemption_id": f"rdm_{ULID}",
        "customer_id": f"cust_{ULID}",
        "reward_id": f"rew_{ULID}",
        "title": "Mug",
        "points": "10",
        "status": "approved",
        "due_at": "2026-12-14T00:00:00.000Z",
        "transaction_id": "txn_1",
        "settlement_transaction_id": None,
        "redeemed_by": till.id,
        **changes,
    }
    subject = data["reward_id" if type.startswith("reward.") else "redemption_id"]
    event = Event("evt", type, 1, NOW, TENANT, "live", subject, "1", data)
    context = audience.NoticeContext(Store(FakeDynamoDB(), "ledger", "directory"), event)  # type: ignore[arg-type]
    (notice,) = NOTICES[type]
    assert [user.email for user in context.recipients(notice)] == published
    for language, text in notice.texts.items():
        assert "{" not in f"{text.title} {text.body}".format_map(context.values(language))
