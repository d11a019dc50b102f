"""Tickets of customers to a merchant: who opens, sees and answers them, and where internal comments do not go.

The routes: OpenMyTicket, ListMyTickets, ReadMyTicket, AddMyComment, RateMyTicket, ReadCustomerDesk, SaveCustomerDesk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.events.event import Event
from batua.messages import outbound
from batua.messages.customer_templates import CUSTOMER_TEMPLATES
from batua.messages.model import Message
from batua.notifications import customer_texts
from batua.notifications.customer_events import notify_customer
from batua.settings import settings
from batua.store import support_keys
from batua.store.store import store
from batua.store.writes import Put, Update
from batua.support import rating
from local.host import LocalPlatform
from local.outbox import Outbox
from tests.acting import acting_as
from tests.api.auth_fixtures import Answer, Device
from tests.api.conftest import Client
from tests.api.customers import Phone
from tests.api.program_fixtures import newcomer  # noqa: F401
from tests.api.rewarding import customer
from tests.api.texted_customers import NOON, Shop, texts_of
from tests.prefunds import Actor, actor
from tests.support_desk import TICKETS, data, refused, settle

DESK = f"{TICKETS}/customer-desk"
_HOUR_MS = 3_600_000
TICKET = {"subject": "Coins are missing", "description": "I paid 500 rupees and got none."}


@pytest.fixture(scope="module")
def owner(platform: LocalPlatform) -> Actor:
    return actor(platform, "Kaveri Stores", "tenant_admin")


@pytest.fixture
def desk(owner: Actor) -> Iterator[Actor]:
    """The merchant's administrator, with the desk open."""
    data(owner.put(DESK, {"enabled": True}))
    yield owner
    data(owner.put(DESK, {"enabled": False}))


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    made = Phone(Device(platform), customer(live, phone))
    made.sign_in()
    return made


def opened(holder: Phone, **more: Any) -> dict[str, Any]:
    answer = holder("OpenMyTicket", {**TICKET, **more})
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.data
    return found


def read(holder: Phone, id: str) -> dict[str, Any]:
    answer = holder("ReadMyTicket", path={"id": id})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.data
    return found


def test_a_merchant_takes_tickets_only_where_it_wants_to(owner: Actor, holder: Phone, platform: LocalPlatform) -> None:
    data(owner.put(DESK, {"enabled": False}))
    assert holder("OpenMyTicket", TICKET).code == "tickets_not_offered"
    version = data(owner.put(DESK, {"enabled": True}))["version"]
    assert data(owner.get(DESK)) == {"enabled": True, "text_replies": True, "version": version}
    assert holder("ReadMyProfile").data["tickets"] is True
    assert refused(owner.put(DESK, {"enabled": False, "version": version - 1})) == (409, "version_conflict")
    opened(holder)
    cashier = actor(platform, "Kaveri Stores", "cashier")
    assert refused(cashier.put(DESK, {"enabled": False})) == (403, "forbidden")
    data(owner.put(DESK, {"enabled": False}))


def test_a_customer_and_the_merchant_talk_until_it_is_resolved(desk: Actor, holder: Phone) -> None:
    ticket = opened(holder)["id"]
    rows = data(desk.get(TICKETS, params={"from_customers": True}))
    assert ticket in {row["id"] for row in rows}
    assert ticket not in {row["id"] for row in data(desk.get(TICKETS))}, "not among the tickets with the operator"
    data(desk.post(f"{TICKETS}/{ticket}/comments", {"body": "Which bill?", "status": "pending"}), 201)
    found = read(holder, ticket)
    assert (found["status"], [each["author"] for each in found["comments"]]) == ("pending", ["merchant"])
    answer = holder("AddMyComment", {"body": "Bill 1001"}, path={"id": ticket})
    assert (answer.status, answer.data["status"]) == (201, "open")
    data(desk.post(f"{TICKETS}/{ticket}/change-status", {"status": "resolved"}))
    (row,) = [row for row in holder("ListMyTickets").data if row["id"] == ticket]
    assert row["status"] == "resolved"


def test_tickets_from_before_half_a_year_of_silence_are_not_shown_to_who_has_the_number_now(
    desk: Actor, holder: Phone
) -> None:
    """Numbers are given to others. What the one before wrote is not for the one after, though both have the number."""
    old, new = opened(holder, subject="Of the one before")["id"], opened(holder)["id"]
    at = clock.system() - 200 * clock.DAY_MS
    store().write(Update(support_keys.ticket_key(old), set={"at": at, "upd": at}))
    assert [row["id"] for row in holder("ListMyTickets").data] == [new]
    copy = holder("ExportMyData", proven=True).data
    assert [each["id"] for each in copy["tickets"]] == [new]
    assert holder("DeleteMyData", proven=True).data["tickets"] == 2, "it is deleted with the rest all the same"


def test_a_customer_is_texted_a_link_when_there_is_a_reply_and_never_the_reply(
    desk: Actor, holder: Phone, phone: str, platform: LocalPlatform
) -> None:
    before = len(texts_of(phone))
    ticket = opened(holder)["id"]
    data(desk.post(f"{TICKETS}/{ticket}/comments", {"body": "canary-internal-5521", "visibility": "internal"}), 201)
    data(desk.post(f"{TICKETS}/{ticket}/comments", {"body": "canary-public-5522"}), 201)
    (text,) = texts_of(phone, before + 1)[before:]
    link = f"{settings().public_url}/my/kaveri-stores/tickets/{ticket}"
    assert text == f"Kaveri Stores has answered your question. Read it and reply here: {link}"
    holder("AddMyComment", {"body": "Thanks"}, path={"id": ticket})
    settle(platform)
    assert len(texts_of(phone)) == before + 1, "not of the customer's own words"


def rate(holder: Phone, ticket: str, score: int, **more: Any) -> Answer:
    return holder("RateMyTicket", {"score": score, **more}, path={"id": ticket})


def test_a_customer_rates_a_resolved_ticket_and_changes_the_rating_for_a_week(
    desk: Actor, holder: Phone, platform: LocalPlatform, live: Client, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = opened(holder)["id"]
    assert rate(holder, ticket, 4).code == "ticket_not_rateable"
    data(desk.post(f"{TICKETS}/{ticket}/change-status", {"status": "resolved"}))
    for score in (0, 6, "five"):
        answer = rate(holder, ticket, score)
        assert (answer.status, answer.code) == (400, "validation_error")
    first = rate(holder, ticket, 2, note="Slow")
    assert (first.status, first.data["rating"]["score"], first.data["rating"]["note"]) == (200, 2, "Slow")
    again = rate(holder, ticket, 4).data["rating"]
    assert (again["score"], again["note"]) == (4, None)
    assert again["changeable_until"] == first.data["rating"]["changeable_until"], "a week from the first rating"
    assert data(desk.get(f"{TICKETS}/{ticket}"))["rating"]["score"] == 4
    assert read(holder, ticket)["rating"] == again
    assert refused(desk.post(f"{TICKETS}/{ticket}/rate", {"score": 5})) == (403, "forbidden"), "not by the merchant"
    other = Phone(Device(platform), customer(live, f"{phone[:-4]}{(int(phone[-4:]) + 4_171) % 10_000:04d}"))
    other.sign_in()
    assert rate(other, ticket, 1).code == "ticket_not_found"
    own = desk.post(TICKETS, {"subject": "To the operator", "description": "Hello"}).json()["data"]["id"]
    assert rate(holder, own, 1).code == "ticket_not_found"
    monkeypatch.setattr(rating, "RATING_CHANGE_MS", -1)
    assert rate(holder, ticket, 5).code == "rating_final"
    assert rate(holder, ticket, 4).status == 200, "the same again is no change"


def test_the_text_that_a_ticket_is_resolved_has_a_link_that_rates_without_signing_in(
    desk: Actor, holder: Phone, phone: str, platform: LocalPlatform
) -> None:
    ticket, anyone, before = opened(holder)["id"], Client(platform.url), len(texts_of(phone))
    data(desk.post(f"{TICKETS}/{ticket}/change-status", {"status": "resolved"}))
    (text,) = texts_of(phone, before + 1)[before:]
    link = re.search(r"/rate-ticket#token=([\w.]+)&shop=kaveri-stores$", text)
    assert link, text
    assert len(text) <= 306, "two text messages at most"
    found = data(anyone.post(f"{TICKETS}/ratings", {"token": link[1], "score": 3, "note": "canary-rated-6621"}))
    assert (found["subject"], found["score"]) == (TICKET["subject"], 3)
    assert read(holder, ticket)["rating"]["note"] == "canary-rated-6621"
    assert holder("DeleteMyData", proven=True).status == 200
    left = desk.get(f"{TICKETS}/{ticket}").text + desk.get(f"{TICKETS}/{ticket}/history").text
    assert "canary-rated-6621" not in left
    assert '"score":3' in left.replace(" ", ""), "what was said of the merchant counts on"
    again = anyone.post(f"{TICKETS}/ratings", {"token": link[1], "score": 3, "note": "canary-rated-6622"})
    assert refused(again) == (400, "link_invalid")


def reply(shop: Shop, now: int, type: str = "ticket.commented", **data: Any) -> Event:
    """The event of a reply to a question of the shop's customer."""
    content = {"requester_id": shop.customer, "by_type": "staff", "status": "open", **data}
    return Event(ids.new_id("evt"), type, 1, now, shop.tenant, "live", "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "1", content)


def test_who_wants_no_texts_gets_none(newcomer: Callable[..., str], phone: str) -> None:  # noqa: F811
    here = Shop(newcomer(), phone)
    hours = iter(range(20))

    def event(type: str = "ticket.commented", at: int | None = None, **data: Any) -> bool:
        now = NOON + next(hours) * _HOUR_MS if at is None else at
        with acting_as("NotifyCustomers"):
            return notify_customer(store(), reply(here, now, type, **data), now)

    assert event()
    assert not event(at=NOON + 60_000), "replies within a quarter of an hour make one message"
    assert event("ticket.status_changed", status="resolved")
    assert "/rate-ticket#token=" in here.texts(2)[-1]
    assert event("ticket.commented", status="resolved", previous_status="open"), "an answer that resolves it"
    assert "/rate-ticket#token=" in here.texts(3)[-1]
    assert event("ticket.commented", status="resolved", previous_status="resolved")
    assert "has answered your question" in here.texts(4)[-1]
    assert event("ticket.reminder", by_type="system", status="pending")
    assert not event("ticket.reminder", by_type="system", status="resolved")
    assert "is waiting for your reply" in here.texts(5)[-1]
    assert not event(by_type="customer")
    assert not event("ticket.status_changed", status="on_hold")
    assert not event(requester_id="usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA")
    here.prefer(ticket_replies=False)
    event()
    here.prefer()
    store().write(Put(support_keys.customer_desk_key(here.tenant), {"on": True, "texts": False, "version": 1}))
    assert not event()
    store().write(Put(support_keys.customer_desk_key(here.tenant), {"on": True, "texts": True, "version": 2}))
    here.prefer(language="hi")
    assert event()
    texts = here.texts(6)
    assert len(texts) == 6
    assert "जवाब दिया है" in texts[-1]


def test_whatsapp_is_used_by_those_who_chose_it_where_a_template_is_approved(
    newcomer: Callable[..., str],  # noqa: F811
    phone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Shop(newcomer(), phone)
    sent: list[Message] = []
    monkeypatch.setattr(outbound, "enqueue", sent.append)
    known = replace(settings(), whatsapp_sender="phone-number-id-1", whatsapp_templates="ticket_answered=answered:en")
    monkeypatch.setattr(customer_texts, "settings", lambda: known)
    for hour, wishes in enumerate(({}, {"channel": "whatsapp"}, {"channel": "whatsapp", "language": "hi"})):
        here.prefer(**wishes)
        now = NOON + hour * _HOUR_MS
        content = {"requester_id": here.customer, "by_type": "staff", "status": "open"}
        ticket = "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
        notify_customer(
            store(),
            Event(ids.new_id("evt"), "ticket.commented", 1, now, here.tenant, "live", ticket, "1", content),
            now,
        )
    assert [(each.channel, each.kind) for each in sent if each.to == phone] == [
        ("sms", "ticket_answered"),
        ("whatsapp", "ticket_answered"),
        ("sms", "ticket_answered_hi"),
    ]
    assert CUSTOMER_TEMPLATES["ticket_answered"].whatsapp == ("brand", "link")


def test_an_internal_comment_reaches_no_customer_by_any_role_or_channel(
    desk: Actor, holder: Phone, platform: LocalPlatform
) -> None:
    secret = "canary-internal-7391"
    ticket = opened(holder)["id"]
    data(desk.post(f"{TICKETS}/{ticket}/comments", {"body": secret, "visibility": "internal"}), 201)
    data(desk.post(f"{TICKETS}/{ticket}/comments", {"body": "A public answer"}), 201)
    assert secret in desk.get(f"{TICKETS}/{ticket}/comments-list").text
    seen = [read(holder, ticket), holder("ListMyTickets").data]
    seen.append(holder("AddMyComment", {"body": "Thanks"}, path={"id": ticket}).data)
    assert "A public answer" in json.dumps(seen)
    assert secret not in json.dumps(seen)
    settle(platform)
    assert secret not in json.dumps([message.body for message in Outbox().messages()])
    for tenant, role in (("Kaveri Stores", "cashier"), ("Sitara Network", "tenant_admin"), ("Batua", "super_admin")):
        other = actor(platform, tenant, role)
        for path in ("", "/comments-list", "/history"):
            assert refused(other.get(f"{TICKETS}/{ticket}{path}")) == (404, "ticket_not_found"), (tenant, role)
        assert refused(other.post(f"{TICKETS}/{ticket}/comments", {"body": "x"})) == (404, "ticket_not_found")


def test_the_operators_staff_and_other_customers_have_no_part_in_it(
    desk: Actor, holder: Phone, platform: LocalPlatform, live: Client, phone: str
) -> None:
    ticket = opened(holder)["id"]
    staff = actor(platform, "Batua", "super_admin")
    assert ticket not in {row["id"] for row in data(staff.get(TICKETS, params={"limit": 100}))}
    assert refused(staff.get(TICKETS, params={"from_customers": True})) == (403, "forbidden")
    other = Phone(Device(platform), customer(live, f"{phone[:-4]}{(int(phone[-4:]) + 7_313) % 10_000:04d}"))
    other.sign_in()
    assert other("ReadMyTicket", path={"id": ticket}).code == "ticket_not_found"
    assert other("AddMyComment", {"body": "x"}, path={"id": ticket}).code == "ticket_not_found"
    assert other("ListMyTickets").data == []
    own = desk.post(TICKETS, {"subject": "To the operator", "description": "Hello"}).json()["data"]["id"]
    assert holder("ReadMyTicket", path={"id": own}).code == "ticket_not_found"


def test_tickets_are_in_the_customers_copy_and_their_words_go_with_the_account(desk: Actor, holder: Phone) -> None:
    words = "my-own-words-7391"
    ticket = opened(holder, description=words)["id"]
    assert holder("AddMyComment", {"body": words}, path={"id": ticket}).status == 201
    answer = holder("ExportMyData", proven=True)
    assert answer.status == 200, answer.body
    (copy,) = [each for each in answer.data["tickets"] if each["id"] == ticket]
    assert (copy["description"], [each["body"] for each in copy["comments"]]) == (words, [words])
    deleted = holder("DeleteMyData", proven=True)
    assert (deleted.status, deleted.data["tickets"]) == (200, 1)
    left = desk.get(f"{TICKETS}/{ticket}").text + desk.get(f"{TICKETS}/{ticket}/comments-list").text
    left += desk.get(f"{TICKETS}/{ticket}/history").text
    assert words not in left
    assert holder.number[-4:] not in left.replace(ticket, "")


def test_a_ticket_and_a_comment_sent_twice_are_made_once_and_open_ones_are_limited(desk: Actor, holder: Phone) -> None:
    key = {"idempotency_key": "once"}
    assert opened(holder, **key)["id"] == opened(holder, **key)["id"]
    assert holder("OpenMyTicket", {**TICKET, **key, "subject": "Other"}).code == "idempotency_key_reused"
    ticket = holder("ListMyTickets").data[0]["id"]
    for _ in range(2):
        answer = holder("AddMyComment", {"body": "Hello", **key}, path={"id": ticket})
    assert len(answer.data["comments"]) == 1
    for _ in range(4):
        opened(holder)
    assert holder("OpenMyTicket", TICKET).code == "too_many_open_tickets"
    first = holder("ListMyTickets", query="limit=2")
    assert len(first.data) == 2


def test_nothing_else_of_the_merchant_or_the_operator_gets_into_a_customers_ticket(
    desk: Actor, holder: Phone, platform: LocalPlatform
) -> None:
    ticket = opened(holder)["id"]
    body = {"body": "See this", "attachments": ["doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]}
    assert refused(desk.post(f"{TICKETS}/{ticket}/comments", body)) == (400, "validation_error")
    own = desk.post(TICKETS, {"subject": "To the operator", "description": "Hello"}).json()["data"]["id"]
    lead = actor(platform, "Batua", "super_admin")
    assert refused(lead.post(f"{TICKETS}/{own}/merge", {"into": ticket})) == (400, "validation_error")
    merged = desk.post(f"{TICKETS}/{ticket}/merge", {"into": ticket})
    assert refused(merged) == (403, "forbidden")
