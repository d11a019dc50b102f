"""Tickets over HTTP: who sees them, how they move, and what customers never see.

The routes: ListTickets, CreateTicket, ReadTicket, UpdateTicket, AssignTicket, ChangeTicketStatus, AddComment,
ListComments, ListTicketHistory, RateTicket, ListCannedResponses, CreateCannedResponse, DeleteCannedResponse.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.host import LocalPlatform
from tests.prefunds import Actor, actor, upload
from tests.support_desk import CONTENT, TICKETS, SupportDesk, data, refused, support_desk

SECRET = "the-customer-is-on-our-watch-list"
NOBODY = "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"


@pytest.fixture(scope="module")
def desk(platform: LocalPlatform) -> SupportDesk:
    return support_desk(platform)


def test_a_ticket_is_opened_answered_resolved_and_rated(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    opened = data(desk.customer.get(f"{TICKETS}/{ticket}"))
    assert (opened["status"], opened["priority"], opened["allowed_statuses"]) == ("new", "high", ["resolved"])
    assert (opened["requester_name"], opened["tenant_name"]) == ("Asha Rao", "Sitara Network")
    answered = desk.comment(desk.agent, ticket, "Which order?", status="pending")
    assert answered["ticket"]["status"] == "pending"
    reply = desk.comment(desk.customer, ticket, "Order 1001")
    assert (reply["ticket"]["status"], reply["comment"]["author_type"]) == ("open", "customer")
    desk.move(ticket, "resolved")
    rated = data(desk.customer.post(f"{TICKETS}/{ticket}/rate", {"score": 5, "note": "Quick"}))
    assert (rated["rating"]["score"], rated["rating"]["note"]) == (5, "Quick")
    history = data(desk.customer.get(f"{TICKETS}/{ticket}/history"))
    assert [(line["what"], line["after"]) for line in history] == [
        ("created", "new"),
        ("commented", "pending"),
        ("commented", "open"),
        ("status", "resolved"),
        ("rated", "5"),
    ]


def test_a_tenant_sees_no_ticket_of_another_and_can_do_nothing_to_it(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"subject": "Mine"}),
        ("POST", "/change-status", {"status": "resolved"}),
        ("POST", "/comments", {"body": "Hello"}),
        ("GET", "/comments-list", None),
        ("GET", "/history", None),
        ("POST", "/rate", {"score": 1}),
    ):
        for stranger in (desk.stranger, desk.colleague):
            answer = stranger.call(method, f"{TICKETS}/{ticket}{path}", **({"json": body} if body else {}))
            assert refused(answer) == (404, "ticket_not_found"), (method, path, answer.text)
    for stranger in (desk.stranger, desk.colleague):
        assert ticket not in stranger.get(TICKETS, params={"limit": 100}).text
    assert desk.status(ticket) == "new"
    assert refused(desk.customer.get(f"{TICKETS}/{NOBODY}")) == (404, "ticket_not_found")
    assert refused(desk.customer.get(f"{TICKETS}/nonsense")) == (404, "ticket_not_found")


def test_a_viewer_sees_their_own_tickets_and_an_administrator_all_of_the_tenant(desk: SupportDesk) -> None:
    own = desk.ticket(desk.colleague)
    assert data(desk.colleague.get(f"{TICKETS}/{own}"))["id"] == own
    assert [each["id"] for each in data(desk.colleague.get(TICKETS))] == [own]
    assert own in [each["id"] for each in data(desk.customer.get(TICKETS, params={"limit": 100}))]


def test_a_role_called_staff_in_a_tenant_makes_nobody_the_operators_staff(
    desk: SupportDesk, platform: LocalPlatform
) -> None:
    ticket, impostor = desk.ticket(), actor(platform, "Himal Network", "staff")
    assert refused(impostor.get(f"{TICKETS}/{ticket}")) == (404, "ticket_not_found")
    assert refused(impostor.get(f"{TICKETS}/canned-responses")) == (403, "forbidden")
    assert refused(impostor.post(f"{TICKETS}/{ticket}/assign", {"user_id": None})) == (403, "forbidden")
    assert refused(impostor.get(TICKETS, params={"tenant_id": desk.customer.tenant})) == (403, "forbidden")


def readers(desk: SupportDesk, platform: LocalPlatform) -> dict[str, Actor]:
    """Everybody on the customer's side who can read the tenant's tickets, by role."""
    roles = ("tenant_admin", "merchant_admin")
    return {role: actor(platform, "Sitara Network", role) for role in roles} | {"requester": desk.customer}


def test_an_internal_comment_reaches_no_customer_by_any_route(desk: SupportDesk, platform: LocalPlatform) -> None:
    ticket = desk.ticket()
    before = data(desk.customer.get(f"{TICKETS}/{ticket}"))
    noted = desk.comment(desk.agent, ticket, SECRET, visibility="internal")
    assert noted["comment"]["visibility"] == "internal"
    data(desk.agent.post(f"{TICKETS}/{ticket}/assign", {"user_id": desk.lead.id, "note": SECRET}))
    desk.comment(desk.agent, ticket, "Which order?")
    for role, reader in readers(desk, platform).items():
        for path in ("", "/comments-list", "/comments-list?limit=1", "/history", "/history?limit=1"):
            answer = reader.get(f"{TICKETS}/{ticket}{path}")
            assert answer.status_code == 200
            assert SECRET not in answer.text, (role, path)
            assert desk.lead.id not in answer.text, "who is assigned is internal as well"
        assert SECRET not in reader.get(TICKETS, params={"limit": 100}).text
        written = reader.post(f"{TICKETS}/{ticket}/comments", {"body": "Order 1001"})
        assert SECRET not in written.text
    bodies = [each["body"] for each in data(desk.agent.get(f"{TICKETS}/{ticket}/comments-list"))]
    assert bodies[:2] == [SECRET, "Which order?"]
    assert before["status"] == "new"


def test_an_internal_comment_changes_nothing_that_a_customer_can_see(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    before = data(desk.customer.get(f"{TICKETS}/{ticket}"))
    desk.comment(desk.agent, ticket, SECRET, visibility="internal")
    after = data(desk.customer.get(f"{TICKETS}/{ticket}"))
    assert {**after, "version": 0} == {**before, "version": 0}


def test_customers_write_no_internal_comments_and_send_no_canned_responses(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    path = f"{TICKETS}/{ticket}/comments"
    assert refused(desk.customer.post(path, {"body": "x", "visibility": "internal"})) == (403, "forbidden")
    canned = {"canned_response_id": "cnr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}
    assert refused(desk.customer.post(path, canned)) == (403, "forbidden")
    assert refused(desk.customer.post(path, {})) == (400, "validation_error")
    assert refused(desk.customer.post(path, {"body": "   \x07"})) == (400, "validation_error")


def test_steps_that_are_not_allowed_are_refused_with_those_that_are(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    answer = desk.customer.post(f"{TICKETS}/{ticket}/change-status", {"status": "on_hold"})
    assert refused(answer) == (409, "ticket_step_not_allowed")
    assert answer.json()["meta"]["allowed"] == ["resolved"]
    assert "Allowed: resolved" in answer.json()["message"]
    answer = desk.agent.post(f"{TICKETS}/{ticket}/change-status", {"status": "closed"})
    assert answer.json()["meta"]["allowed"] == ["open", "pending", "on_hold", "resolved"]
    desk.move(ticket, "open", "on_hold", "resolved", "closed")
    answer = desk.agent.post(f"{TICKETS}/{ticket}/change-status", {"status": "open"})
    assert answer.json()["meta"]["allowed"] == []
    assert refused(desk.customer.post(f"{TICKETS}/{ticket}/comments", {"body": "One more"})) == (409, "ticket_closed")
    assert refused(desk.customer.call("PATCH", f"{TICKETS}/{ticket}", json={"subject": "x"})) == (409, "ticket_closed")
    follow = desk.ticket(follow_up_of=ticket)
    assert data(desk.customer.get(f"{TICKETS}/{follow}"))["follow_up_of"] == ticket
    foreign = desk.stranger.post(TICKETS, {**CONTENT, "follow_up_of": ticket})
    assert refused(foreign) == (400, "validation_error")


def test_a_reply_reopens_what_is_resolved(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    desk.move(ticket, "resolved")
    assert desk.comment(desk.customer, ticket, "It is not")["ticket"]["status"] == "open"


def test_fields_change_and_a_stale_version_is_refused(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    changed = data(desk.customer.call("PATCH", f"{TICKETS}/{ticket}", json={"priority": "urgent", "version": 1}))
    assert (changed["priority"], changed["version"]) == ("urgent", 2)
    again = data(desk.customer.call("PATCH", f"{TICKETS}/{ticket}", json={"priority": "urgent"}))
    assert again["version"] == 2, "nothing changed, so nothing is written"
    stale = desk.customer.call("PATCH", f"{TICKETS}/{ticket}", json={"subject": "Late", "version": 1})
    assert refused(stale) == (409, "version_conflict")


def test_assignment_is_for_the_operators_active_staff(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    path = f"{TICKETS}/{ticket}/assign"
    assert data(desk.agent.post(path, {"user_id": desk.lead.id}))["assigned_to"] == desk.lead.id
    mine = data(desk.lead.get(TICKETS, params={"assigned_to": desk.lead.id}))
    assert ticket in [each["id"] for each in mine]
    assert {each["assigned_to"] for each in mine} == {desk.lead.id}
    for unfit in (desk.customer.id, "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "nobody"):
        assert refused(desk.agent.post(path, {"user_id": unfit})) == (422, "ticket_assignee_unfit")
    assert data(desk.agent.post(path, {"user_id": None}))["assigned_to"] is None
    assert refused(desk.customer.post(path, {"user_id": None})) == (403, "forbidden")
    internal = [line["what"] for line in data(desk.agent.get(f"{TICKETS}/{ticket}/history"))]
    assert internal == ["created", "assigned", "assigned"]


def test_only_the_requester_rates_and_only_what_is_resolved(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    path = f"{TICKETS}/{ticket}/rate"
    assert refused(desk.customer.post(path, {"score": 4})) == (409, "ticket_not_rateable")
    desk.move(ticket, "resolved")
    assert refused(desk.agent.post(path, {"score": 5})) == (403, "forbidden")
    assert refused(desk.customer.post(path, {"score": 6})) == (400, "validation_error")
    assert data(desk.customer.post(path, {"score": 4}))["rating"]["score"] == 4
    assert data(desk.customer.post(path, {"score": 2, "note": "It came back"}))["rating"]["score"] == 2


def test_a_rating_is_final_after_a_week(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    from batua.support import rating

    ticket = desk.ticket()
    desk.move(ticket, "resolved")
    path = f"{TICKETS}/{ticket}/rate"
    data(desk.customer.post(path, {"score": 4}))
    monkeypatch.setattr(rating, "RATING_CHANGE_MS", -1)
    assert refused(desk.customer.post(path, {"score": 1})) == (409, "rating_final")
    assert data(desk.customer.post(path, {"score": 4}))["rating"]["score"] == 4, "the same rating again is no change"


def test_canned_responses_fill_in_their_variables_and_refuse_unknown_ones(desk: SupportDesk) -> None:
    path = f"{TICKETS}/canned-responses"
    for wrong in ("Hi {{customer_nam}}", "Hi {{customer_name", "{{ secret.key }}", "{{}}"):
        answer = desk.agent.post(path, {"title": "Wrong", "body": wrong})
        assert refused(answer) == (400, "validation_error"), wrong
        assert "body" in answer.json()["errors"]
    text = "Hello {{customer_name}} of {{ tenant_name }}, I am {{agent_name}}. {{ticket_subject}}?"
    saved = data(desk.agent.post(path, {"title": "Greeting", "body": text}), 201)
    assert saved["variables"] == ["customer_name", "tenant_name", "agent_name", "ticket_subject"]
    assert saved["id"] in [each["id"] for each in data(desk.agent.get(path))]
    ticket = desk.ticket(subject="{{agent_name}} again")
    sent = data(desk.agent.post(f"{TICKETS}/{ticket}/comments", {"canned_response_id": saved["id"]}), 201)
    assert sent["comment"]["body"] == "Hello Asha Rao of Sitara Network, I am Asha Rao. {{agent_name}} again?"
    assert refused(desk.customer.get(path)) == (403, "forbidden")
    assert data(desk.agent.call("DELETE", f"{path}/{saved['id']}"))["deleted"] is True
    assert refused(desk.agent.call("DELETE", f"{path}/{saved['id']}")) == (404, "canned_response_not_found")
    gone = desk.agent.post(f"{TICKETS}/{ticket}/comments", {"canned_response_id": saved["id"]})
    assert refused(gone) == (404, "canned_response_not_found")


def test_a_ticket_and_a_comment_sent_twice_are_made_once(desk: SupportDesk) -> None:
    key = {"Idempotency-Key": "support-once"}
    first, again = (desk.customer.post(TICKETS, CONTENT, headers=key) for _ in range(2))
    assert data(first, 201)["id"] == data(again, 201)["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = desk.customer.post(TICKETS, {**CONTENT, "subject": "Another"}, headers=key)
    assert refused(other) == (422, "idempotency_key_reused")
    path = f"{TICKETS}/{first.json()['data']['id']}/comments"
    one, two = (desk.customer.post(path, {"body": "Once"}, headers=key) for _ in range(2))
    assert data(one, 201)["comment"]["id"] == data(two, 201)["comment"]["id"]
    assert [each["body"] for each in data(desk.customer.get(f"{path}-list"))] == ["Once"]


def test_comments_that_race_are_all_kept_in_an_unbroken_history(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: desk.comment(desk.customer, ticket, f"Note {number}"), range(8)))
    assert len(answers) == 8
    bodies = {each["body"] for each in data(desk.customer.get(f"{TICKETS}/{ticket}/comments-list"))}
    assert bodies == {f"Note {number}" for number in range(8)}
    assert len(data(desk.customer.get(f"{TICKETS}/{ticket}/history"))) == 9


def test_pages_lead_on_and_cursors_are_bound_to_their_reader(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    for number in range(3):
        desk.comment(desk.customer, ticket, f"{number}")
        desk.comment(desk.agent, ticket, f"{number} inside", visibility="internal")
    for path, reader, expected in (
        (f"{TICKETS}/{ticket}/comments-list", desk.customer, 3),
        (f"{TICKETS}/{ticket}/comments-list", desk.agent, 6),
        (f"{TICKETS}/{ticket}/history", desk.customer, 4),
        (f"{TICKETS}/{ticket}/history", desk.agent, 7),
    ):
        assert len(all_pages(reader, path, 2)) == expected
    answer = desk.customer.get(TICKETS, params={"limit": 1}).json()
    cursor = answer["meta"]["next_cursor"]
    assert cursor
    assert refused(desk.stranger.get(TICKETS, params={"limit": 1, "cursor": cursor})) == (400, "invalid_cursor")
    ids = [each["id"] for each in all_pages(desk.customer, TICKETS, 3)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids))


def all_pages(reader: Any, path: str, limit: int, **filters: Any) -> list[Any]:
    found: list[Any] = []
    params: dict[str, Any] = {"limit": limit, **filters}
    while True:
        answer = reader.get(path, params=params).json()
        found += answer["data"]
        if not answer["meta"]["next_cursor"]:
            return found
        params["cursor"] = answer["meta"]["next_cursor"]


def test_filters_agree_with_the_rows(desk: SupportDesk) -> None:
    done = desk.ticket(category="billing", priority="low")
    desk.move(done, "resolved")
    for filters, holds in (
        ({"status": "resolved"}, lambda row: row["status"] == "resolved"),
        ({"active": "true"}, lambda row: row["status"] not in ("resolved", "closed")),
        ({"active": "false"}, lambda row: row["status"] in ("resolved", "closed")),
        (
            {"category": "billing", "priority": "low"},
            lambda row: (row["category"], row["priority"]) == ("billing", "low"),
        ),
    ):
        rows = all_pages(desk.agent, TICKETS, 50, tenant_id=desk.customer.tenant, **filters)
        assert rows
        assert all(holds(row) for row in rows)
    assert refused(desk.customer.get(TICKETS, params={"status": "lost"})) == (400, "validation_error")
    assert refused(desk.customer.get(TICKETS, params={"assigned_to": "nobody"})) == (403, "forbidden")


def test_a_document_is_attached_and_both_sides_can_open_it(desk: SupportDesk) -> None:
    import requests

    document = upload(desk.customer)
    ticket = desk.ticket(attachments=[document])
    for reader in (desk.customer, desk.agent):
        (attached,) = data(reader.get(f"{TICKETS}/{ticket}"))["attachments"]
        assert (attached["document_id"], attached["name"]) == (document, "proof.pdf")
        assert requests.get(attached["download_url"], timeout=30).content.startswith(b"%PDF")
    theirs = upload(desk.lead)
    desk.comment(desk.lead, ticket, "See this", attachments=[theirs])
    (comment,) = data(desk.customer.get(f"{TICKETS}/{ticket}/comments-list"))
    assert requests.get(comment["attachments"][0]["download_url"], timeout=30).ok
    assert refused(desk.colleague.post(TICKETS, {**CONTENT, "attachments": [document]})) == (403, "forbidden")
    foreign = desk.stranger.post(TICKETS, {**CONTENT, "attachments": [document]})
    assert refused(foreign) == (400, "validation_error")
    assert "attachments" in foreign.json()["errors"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 129}, "subject"),
        ({"subject": "two\nlines"}, "subject"),
        ({"description": "x" * 10_001}, "description"),
        ({"category": "gossip"}, "category"),
        ({"priority": "now"}, "priority"),
        ({"related": {"type": "transaction", "id": "pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}}, "related.id"),
        ({"attachments": ["nothing"]}, "attachments"),
        ({"attachments": ["doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA"] * 6}, "attachments"),
    ],
)
def test_what_is_wrong_with_a_ticket_is_named(desk: SupportDesk, body: dict[str, Any], field: str) -> None:
    answer = desk.customer.post(TICKETS, {**CONTENT, **body})
    assert refused(answer) == (400, "validation_error")
    assert field in answer.json()["errors"]
