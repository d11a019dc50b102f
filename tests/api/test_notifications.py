"""Notifications over HTTP: told once per event and person, unread exact under races, preferences, quiet hours, storms.

The routes: ListNotifications, CountUnreadNotifications, ReadNotification, ReadAllNotifications, ReadPreferences,
UpdatePreferences; the functions NotifyPeople and SendDueMessages.
"""

# ruff: noqa: F811 - fixtures are imported
from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua import clock, ids
from batua.messages import outbound
from batua.notifications import deliver
from batua.notifications.notices import NOTICES
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.auth_fixtures import Mailbox
from tests.api.notification_fixtures import INBOX, PREFERENCES, Reader, commented, event, reader  # noqa: F401
from tests.prefunds import actor
from tests.support_desk import TICKETS, SupportDesk, data, refused, support_desk
from tests.templates.stacks import ROOT, functions, stacks
from tests.waiting import until


@pytest.fixture(scope="module")
def desk(platform: LocalPlatform) -> SupportDesk:
    return support_desk(platform)


# -- Delivery ----------------------------------------------------------------------------------------------------


def test_a_ticket_tells_its_requester_and_the_staff_in_the_application_and_by_mail(desk: SupportDesk) -> None:
    ticket = desk.ticket(subject="Where is my refund?")
    desk.comment(desk.agent, ticket, "Which order is it?")

    def replies() -> list[Any]:
        return [each for each in data(desk.customer.get(INBOX)) if each["type"] == "ticket.commented"]

    (event_of,) = until(lambda: [each for each in replies() if each["reference"] == ticket])
    assert event_of["title"] == "Reply to your ticket: Where is my refund?"
    assert event_of["body"] == "Asha Rao: Which order is it?"
    mail = desk.customer.mail("Reply to your ticket: Where is my refund?")
    assert "Which order is it?" in mail["body"]
    desk.lead.mail("New ticket (high): Where is my refund?")
    assert not [
        each for each in data(desk.agent.get(INBOX)) if "Reply" in each["title"] and each["reference"] == ticket
    ]


def test_an_internal_comment_is_told_to_nobody_on_any_channel(desk: SupportDesk, platform: LocalPlatform) -> None:
    secret = "the-customer-is-on-our-watch-list"
    ticket = desk.ticket(subject="Leak test")
    desk.comment(desk.agent, ticket, secret, visibility="internal")
    data(desk.agent.post(f"{TICKETS}/{ticket}/assign", {"user_id": desk.lead.id, "note": secret}))
    desk.comment(desk.agent, ticket, "A public reply")
    until(lambda: "A public reply" in desk.customer.get(INBOX).text)
    desk.customer.mail("Reply to your ticket: Leak test")
    for who in (desk.customer, desk.agent, desk.lead):
        assert secret not in who.get(INBOX, params={"limit": 100}).text
        assert all(secret not in json.dumps(mail) for mail in who.mails())
    assert secret not in json.dumps([mail["body"] for mail in desk.customer.get("/local/outbox").json()["messages"]])
    until(lambda: "Assigned to you or your team: Leak test" in desk.lead.get(INBOX, params={"limit": 100}).text)


def test_an_event_that_comes_twice_is_told_once(reader: Reader) -> None:
    made = reader.event_of()
    deliver.notify_of_event(store(), made, clock.system())
    assert reader.unread() == len(reader.inbox()) == 1


def test_a_batch_tells_what_it_can_and_names_what_it_cannot(reader: Reader) -> None:
    good = {"detail": json.loads(event(reader.tenant, ids.new_id("wep")).detail())}
    records = [{"messageId": "good", "body": json.dumps(good)}, {"messageId": "bad", "body": "{}"}]
    answer = deliver.consume_notifications(store(), {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert reader.unread() == 1


def test_a_storm_of_events_is_one_notification(reader: Reader) -> None:
    endpoint = ids.new_id("wep")
    for _ in range(5):
        reader.event_of(endpoint)
    (row,) = reader.inbox()
    assert (row["count"], reader.unread()) == (5, 1)
    data(reader.post(f"{INBOX}/read-all", {"newest_id": row["id"]}))
    reader.event_of(endpoint)
    assert [(each["count"], each["read"]) for each in reader.inbox()] == [(1, False), (5, True)]


def test_a_notification_is_read_in_the_language_of_the_page_with_amounts_and_people_in_words(reader: Reader) -> None:
    id = ids.new_id("rdm")
    asked = {
        "title": "Steel mug",
        "status": "pending",
        "points": "250",
        "customer_id": ids.new_id("cust"),
        "due_at": "2026-12-03T12:50:00.000Z",
        "redeemed_by": "cust_x",
        "transaction_id": "x",
        "settlement_transaction_id": None,
    }
    deliver.notify_of_event(store(), event(reader.tenant, id, "redemption.created", **asked), clock.system())
    paid = {"request_id": "prf_x", "amount": "1000.00", "credited_amount": "1000.00", "utr": "HDFCR52026113012345678"}
    deliver.notify_of_event(store(), event(reader.tenant, "prf_x", "prefund.credited", **paid), clock.system())
    for language, title, wanted in (
        ("en", "₹1,000.00 has been credited", "Approve a redemption: Steel mug"),
        ("hi", "₹1,000.00 जमा हो गए हैं", "रिडेम्प्शन मंज़ूर करें: Steel mug"),
    ):
        rows = {row["type"]: row for row in reader.inbox(language=language)}
        assert rows["prefund.credited"]["title"] == title
        assert rows["redemption.created"]["title"] == wanted
        assert rows["redemption.created"]["link"] == "/redemptions"
    assert "For a customer, 250 coins." in reader.inbox(category="operations")[0]["body"]


def test_what_has_joined_a_newer_notification_leads_to_it(reader: Reader) -> None:
    endpoint = ids.new_id("wep")
    reader.event_of(endpoint)
    (old,) = reader.inbox()
    reader.event_of(endpoint)
    answer = data(reader.post(f"{INBOX}/{old['id']}/read"))
    assert (answer["count"], answer["read"]) == (2, False), "the newer one has not been seen yet"
    assert reader.unread() == 1
    data(reader.post(f"{INBOX}/{answer['id']}/read"))
    assert reader.unread() == 0


# -- Read ------------------------------------------------------------------------------------------------------------


def test_read_all_takes_what_the_client_has_seen_and_nothing_newer(reader: Reader) -> None:
    for _ in range(3):
        reader.event_of()
    seen = reader.inbox()[0]["id"]
    reader.event_of()
    assert data(reader.post(f"{INBOX}/read-all", {"newest_id": seen}))["count"] == 1
    assert [row["read"] for row in reader.inbox()] == [False, True, True, True]
    oldest = reader.inbox()[-1]["id"]
    assert data(reader.post(f"{INBOX}/read-all", {"newest_id": oldest}))["count"] == 1, "never back"
    assert data(reader.post(f"{INBOX}/read-all", {}))["count"] == 0
    for wrong in ("nothing", ids.new_id("ntf"), "amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"):
        assert refused(reader.post(f"{INBOX}/read-all", {"newest_id": wrong})) == (400, "validation_error")


def test_one_is_marked_as_read_by_its_owner_alone(reader: Reader, desk: SupportDesk) -> None:
    reader.event_of()
    (row,) = reader.inbox()
    assert refused(desk.stranger.post(f"{INBOX}/{row['id']}/read")) == (404, "notification_not_found")
    assert data(reader.post(f"{INBOX}/{row['id']}/read"))["read"] is True
    assert data(reader.post(f"{INBOX}/{row['id']}/read"))["read"] is True
    assert reader.unread() == 0
    assert refused(reader.post(f"{INBOX}/nothing/read")) == (404, "notification_not_found")
    assert reader.inbox(unread="true") == []
    assert [each["id"] for each in reader.inbox(category="operations")] == [row["id"]]


def test_unread_is_exact_while_notifications_race_with_reads(reader: Reader) -> None:
    """Whatever is read at the end had been seen by the client that said so, and nothing else."""
    each, writers, seen, over = 25, 4, set[str](), threading.Event()

    def write() -> None:
        for _ in range(each):
            reader.notified()

    def read() -> None:
        while not over.is_set():
            rows = reader.inbox()
            if rows:
                seen.update(row["id"] for row in rows)
                data(reader.post(f"{INBOX}/read-all", {"newest_id": rows[0]["id"]}))

    with ThreadPoolExecutor(writers + 1) as pool:
        reading = pool.submit(read)
        try:
            for writing in [pool.submit(write) for _ in range(writers)]:
                writing.result()
        finally:
            over.set()  # else the reader would go on for ever where a writer fails
        reading.result()
    rows = list(pages(reader))
    assert len(rows) == len({row["id"] for row in rows}) == each * writers
    read_ones = {row["id"] for row in rows if row["read"]}
    assert read_ones == seen
    assert reader.unread() == min(len(rows) - len(read_ones), 99)


def pages(reader: Reader) -> Iterator[dict[str, Any]]:
    params: dict[str, Any] = {"limit": 30}
    while True:
        answer = reader.get(INBOX, params=params).json()
        yield from answer["data"]
        if not answer["meta"]["next_cursor"]:
            return
        params["cursor"] = answer["meta"]["next_cursor"]


def test_more_than_99_are_said_to_be_more(reader: Reader) -> None:
    for _ in range(101):
        reader.event_of()
    assert data(reader.get(f"{INBOX}/unread-count")) == {"count": 99, "more": True}


def test_what_has_not_changed_is_answered_without_a_body(reader: Reader) -> None:
    reader.event_of()
    for path in (INBOX, f"{INBOX}/unread-count"):
        first = reader.get(path)
        same = reader.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    before = reader.get(f"{INBOX}/unread-count").headers["ETag"]
    reader.event_of()
    assert reader.get(f"{INBOX}/unread-count", headers={"If-None-Match": before}).status_code == 200


def test_notifications_leave_after_90_days(reader: Reader) -> None:
    reader.event_of(at=clock.system() - 91 * clock.DAY_MS)
    assert (reader.inbox(), reader.unread()) == ([], 0)


# -- Preferences, mail -------------------------------------------------------------------------------------------------


def change(reader: Any, **body: Any) -> Any:
    return reader.call("PATCH", PREFERENCES, json=body)


def test_preferences_change_cell_by_cell_and_locked_ones_stay(reader: Reader) -> None:
    first = data(reader.get(PREFERENCES))
    assert first["categories"]["security"]["email"] == {"enabled": True, "locked": True}
    assert (first["language"], first["quiet_hours"], first["version"]) == ("en", None, 0)
    changed = data(change(reader, categories={"support": {"email": False}}, language="hi"))
    assert changed["categories"]["support"]["email"] == {"enabled": False, "locked": False}
    assert changed["categories"]["support"]["in_app"]["enabled"] is True
    for category, channel in (("security", "email"), ("security", "in_app"), ("money", "email"), ("money", "in_app")):
        answer = change(reader, categories={category: {channel: False}})
        assert refused(answer) == (409, "preference_locked")
        assert data(change(reader, categories={category: {channel: True}}))
    for wrong in (
        {"categories": {"gossip": {"email": True}}},
        {"categories": {"support": {"pigeon": True}}},
        {"language": "xx"},
        {"quiet_hours": {"begin": "25:00", "end": "07:00", "time_zone": "Asia/Kolkata"}},
        {"quiet_hours": {"begin": "22:00", "end": "22:00", "time_zone": "Asia/Kolkata"}},
        {"quiet_hours": {"begin": "22:00", "end": "07:00", "time_zone": "Asia/Atlantis"}},
    ):
        assert refused(change(reader, **wrong)) == (400, "validation_error"), wrong
    assert refused(change(reader, language="en", version=0)) == (409, "version_conflict")
    assert data(reader.get(PREFERENCES))["language"] == "hi"


@pytest.fixture
def requester(reader: Reader) -> Reader:
    """The reader as somebody who has opened a ticket."""
    return reader


def ticket_of(reader: Reader, subject: str) -> str:
    return str(data(reader.post(TICKETS, {"subject": subject, "description": "x"}), 201)["id"])


def mails(reader: Reader, subject: str) -> list[str]:
    return [each for each in Mailbox(reader.email).subjects() if subject in each]


def test_mail_is_in_the_readers_language_and_off_when_they_say_so(requester: Reader) -> None:
    data(change(requester, language="hi"))
    ticket = ticket_of(requester, "Bill 7")
    commented(requester, ticket, clock.system())
    text = Mailbox(requester.email).wait("आपके टिकट पर जवाब: Bill 7")
    assert "नमस्ते Asha Rao" in text
    data(change(requester, categories={"support": {"email": False}}))
    other = ticket_of(requester, "Bill 8")
    commented(requester, other, clock.system())
    until(lambda: other in requester.get(INBOX).text)
    assert deliver.send_due_messages(store(), clock.system()) >= 0
    assert mails(requester, "जवाब: Bill 8") == []


def test_a_storm_is_one_mail_at_once_and_one_more_after_the_window(requester: Reader) -> None:
    ticket, now = ticket_of(requester, "Storm"), clock.system()
    for second in range(4):
        commented(requester, ticket, now + second * 1000)
    until(lambda: mails(requester, "Reply to your ticket: Storm"))
    assert deliver.send_due_messages(store(), now + 60_000) >= 0
    later = now + 15 * 60_000 + 1_000
    assert deliver.send_due_messages(store(), later) >= 1
    until(lambda: len(mails(requester, "Reply to your ticket: Storm")) == 2)
    assert "There are 2 more updates about this." in Mailbox(requester.email).wait("Reply to your ticket: Storm")
    deliver.send_due_messages(store(), later + 3_600_000)
    commented(requester, ticket, later + 3_600_000)
    until(lambda: len(mails(requester, "Reply to your ticket: Storm")) == 3)


def test_mail_waits_for_the_end_of_quiet_hours(
    requester: Reader, platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    data(change(requester, quiet_hours={"begin": "22:00", "end": "07:00", "time_zone": "Asia/Kolkata"}))
    ticket = ticket_of(requester, "Night")
    night = clock.parse_iso("2027-01-10T23:30:00+05:30")
    commented(requester, ticket, night)
    until(lambda: ticket in requester.get(INBOX).text)
    deliver.send_due_messages(store(), night + 60_000)
    assert mails(requester, "Reply to your ticket: Night") == []
    with monkeypatch.context() as morning:
        morning.setattr(clock, "system", lambda: clock.parse_iso("2027-01-11T07:00:00+05:30"))
        assert platform.embedded_aws.run_schedule("SendDueMessages")["sent"] >= 1
    until(lambda: mails(requester, "Reply to your ticket: Night"))


def test_a_message_that_was_not_handed_in_is_sent_by_the_schedule(
    requester: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, now = ticket_of(requester, "Crash"), clock.system()

    def ends(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(outbound, "enqueue", ends)
        with pytest.raises(SystemExit):
            commented(requester, ticket, now)
    assert mails(requester, "Reply to your ticket: Crash") == []
    deliver.send_due_messages(store(), now)
    until(lambda: mails(requester, "Reply to your ticket: Crash"))


def test_nobody_is_called_from_the_sandbox(reader: Reader) -> None:
    from dataclasses import replace

    made = replace(event(reader.tenant, ids.new_id("wep")), mode="test")
    assert deliver.notify_of_event(store(), made, clock.system()) == 0
    assert reader.inbox() == []


def test_the_rule_of_the_bus_names_every_event_that_somebody_is_told_of() -> None:
    (stack,) = [each for each in stacks() if each.file == ROOT / "functions/notifications/template.yaml"]
    pattern = stack.resources["NoticesRule"]["Properties"]["EventPattern"]
    assert set(pattern["detail-type"]) == set(NOTICES)
    assert {"NotifyPeople", "SendDueMessages"} <= {function.logical_id for function in functions()}


def test_a_user_of_another_tenant_has_an_inbox_of_their_own(desk: SupportDesk, platform: LocalPlatform) -> None:
    newcomer = actor(platform, "Himal Network", "viewer")
    assert data(newcomer.get(INBOX)) == []
    cursor_of_another = desk.customer.get(INBOX, params={"limit": 1}).json()["meta"]["next_cursor"]
    if cursor_of_another:
        answer = newcomer.get(INBOX, params={"limit": 1, "cursor": cursor_of_another})
        assert refused(answer) == (400, "invalid_cursor")
