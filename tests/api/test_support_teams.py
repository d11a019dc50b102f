"""Teams, merged tickets, ratings by a signed link and imported holidays, over HTTP.

The routes: ReadTeams, ReplaceTeams, MergeTicket, RateTicketByLink, ImportHolidays.
"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from batua import clock
from batua.store import support_keys
from batua.store.store import store
from batua.support import rating
from batua.support.links import rating_token
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.prefunds import actor
from tests.support_desk import TICKETS, SupportDesk, data, refused, settle, support_desk

TEAMS = f"{TICKETS}/teams"
RATINGS = f"{TICKETS}/ratings"
HOLIDAYS = f"{TICKETS}/sla-settings/holidays"


@pytest.fixture(scope="module")
def desk(platform: LocalPlatform) -> SupportDesk:
    return support_desk(platform)


@pytest.fixture
def anyone(platform: LocalPlatform) -> Client:
    return Client(platform.url)


def with_teams(desk: SupportDesk, *teams: dict[str, Any]) -> None:
    data(desk.lead.put(TEAMS, {"teams": list(teams)}))


def test_a_new_ticket_comes_to_the_team_of_its_category(desk: SupportDesk) -> None:
    payments = {"id": "payments", "name": "Payments", "members": [desk.agent.id], "categories": ["prefund"]}
    with_teams(desk, payments)
    ticket = desk.ticket(category="prefund")
    assert data(desk.agent.get(f"{TICKETS}/{ticket}"))["team"] == "payments"
    assert data(desk.customer.get(f"{TICKETS}/{ticket}"))["team"] is None
    assert data(desk.agent.get(TICKETS, params={"team": "payments"}))[0]["id"] == ticket
    assert refused(desk.customer.get(TICKETS, params={"team": "payments"})) == (403, "forbidden")
    other = desk.ticket(category="other")
    assert data(desk.agent.get(f"{TICKETS}/{other}"))["team"] is None


def test_a_ticket_goes_to_a_team_and_leaves_an_assignee_who_is_not_in_it(desk: SupportDesk) -> None:
    with_teams(desk, {"id": "wallets", "name": "Wallets", "members": [desk.lead.id]})
    ticket = desk.ticket()
    path = f"{TICKETS}/{ticket}/assign"
    data(desk.agent.post(path, {"user_id": desk.agent.id}))
    found = data(desk.agent.post(path, {"team": "wallets"}))
    assert (found["team"], found["assigned_to"]) == ("wallets", None)
    found = data(desk.agent.post(path, {"user_id": desk.lead.id}))
    assert (found["team"], found["assigned_to"]) == ("wallets", desk.lead.id)
    assert data(desk.agent.post(path, {"team": None}))["team"] is None
    assert refused(desk.agent.post(path, {"team": "astronauts"})) == (400, "validation_error")
    assert refused(desk.agent.post(path, {})) == (400, "validation_error")
    rows = data(desk.agent.get(f"{TICKETS}/{ticket}/history"))
    assert [row["after"] for row in rows if row["what"] == "assigned"][-2] == "Asha Rao, team wallets"
    assert "assigned" not in {row["what"] for row in data(desk.customer.get(f"{TICKETS}/{ticket}/history"))}


def test_teams_have_staff_alone_and_a_category_one_team(desk: SupportDesk) -> None:
    one = {"id": "one", "name": "One", "members": [], "categories": ["wallet"]}
    for teams, field in (
        ([{**one, "members": [desk.customer.id]}], "teams.0.members"),
        ([one, {**one, "id": "two"}], "teams.1.categories"),
        ([one, {**one, "categories": []}], "teams.1.id"),
    ):
        answer = desk.lead.put(TEAMS, {"teams": teams})
        assert refused(answer) == (400, "validation_error")
        assert set(answer.json()["errors"]) == {field}
    assert refused(desk.agent.put(TEAMS, {"teams": []})) == (403, "forbidden")
    assert refused(desk.customer.get(TEAMS)) == (403, "forbidden")
    version = data(desk.agent.get(TEAMS))["version"]
    data(desk.lead.put(TEAMS, {"teams": [one], "version": version}))
    assert refused(desk.lead.put(TEAMS, {"teams": [], "version": version})) == (409, "version_conflict")


def test_a_merged_ticket_is_closed_and_the_other_one_says_what_it_took_in(desk: SupportDesk) -> None:
    first, second = desk.ticket(subject="Refund missing"), desk.ticket(description="It is order 1001, as I said.")
    desk.comment(desk.customer, second, "Any news?")
    answer = data(desk.agent.post(f"{TICKETS}/{second}/merge", {"into": first}))
    assert answer["id"] == first
    closed = data(desk.customer.get(f"{TICKETS}/{second}"))
    assert (closed["status"], closed["merged_into"]) == ("closed", first)
    (comment,) = data(desk.customer.get(f"{TICKETS}/{first}/comments-list"))
    assert comment["body"].count("\n\n") == 2, "three paragraphs: what happened, the description, the last reply"
    assert "as I said.\n\n" in comment["body"]
    assert comment["body"].endswith(": Any news?")
    assert "\\n" not in comment["body"]
    again = data(desk.agent.post(f"{TICKETS}/{second}/merge", {"into": first}))
    assert again["version"] == answer["version"]
    assert refused(desk.customer.post(f"{TICKETS}/{second}/comments", {"body": "Hello?"})) == (409, "ticket_closed")
    assert {row["what"] for row in data(desk.customer.get(f"{TICKETS}/{first}/history"))} == {"created", "merged"}


def test_what_somebody_else_wrote_is_merged_as_an_internal_comment(desk: SupportDesk) -> None:
    theirs = desk.ticket(desk.colleague, description="My own secret question")
    mine = desk.ticket(desk.customer)
    data(desk.agent.post(f"{TICKETS}/{mine}/merge", {"into": theirs}))
    assert data(desk.colleague.get(f"{TICKETS}/{theirs}/comments-list")) == []
    (comment,) = data(desk.agent.get(f"{TICKETS}/{theirs}/comments-list"))
    assert comment["visibility"] == "internal"
    assert {row["what"] for row in data(desk.colleague.get(f"{TICKETS}/{theirs}/history"))} == {"created"}


def test_merging_neither_meets_nor_misses_a_target(desk: SupportDesk) -> None:
    first, second = desk.ticket(), desk.ticket()
    before = outcomes()
    data(desk.agent.post(f"{TICKETS}/{second}/merge", {"into": first}))
    assert outcomes() == before
    running = {each["clock"] for each in data(desk.agent.get(f"{TICKETS}/{first}"))["sla"]}
    assert running == {"first_response", "resolution"}
    assert data(desk.agent.get(f"{TICKETS}/{second}"))["sla"] == []


def outcomes() -> int:
    month = clock.local_day(clock.system(), "Asia/Kolkata") // 100
    return sum(1 for _ in store().query_all("directory", support_keys.sla_outcomes_partition(month), consistent=True))


def test_tickets_are_merged_within_a_tenant_only_and_by_staff(desk: SupportDesk) -> None:
    mine, foreign = desk.ticket(), desk.ticket(desk.stranger)
    for into in (foreign, mine, "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "nothing"):
        answer = desk.agent.post(f"{TICKETS}/{mine}/merge", {"into": into})
        assert refused(answer) == (400, "validation_error")
    assert refused(desk.customer.post(f"{TICKETS}/{mine}/merge", {"into": foreign})) == (403, "forbidden")
    closed = desk.ticket()
    desk.move(closed, "resolved", "closed")
    assert refused(desk.agent.post(f"{TICKETS}/{mine}/merge", {"into": closed})) == (409, "ticket_closed")
    assert desk.status(mine) == "new"


def test_two_tickets_that_are_merged_into_each_other_at_once_do_not_both_close(desk: SupportDesk) -> None:
    from concurrent.futures import ThreadPoolExecutor

    first, second = desk.ticket(), desk.ticket()
    with ThreadPoolExecutor(2) as pool:
        pairs = ((first, second), (second, first))
        answers = list(pool.map(lambda pair: desk.agent.post(f"{TICKETS}/{pair[0]}/merge", {"into": pair[1]}), pairs))
    assert min(answer.status_code for answer in answers) == 200
    assert sorted([desk.status(first), desk.status(second)]) == ["closed", "new"]


def test_a_ticket_is_rated_by_the_link_of_its_mail_without_signing_in(
    desk: SupportDesk, platform: LocalPlatform, anyone: Client
) -> None:
    settle(platform)
    customer = actor(platform, "Sitara Network", "viewer")
    ticket = desk.ticket(customer, subject="Rate me by mail")
    desk.move(ticket, "resolved")
    mail = customer.mail("Rate me by mail")
    if "rate-ticket" not in mail["body"]:
        mail = customer.mail("resolved", holding="rate-ticket")
    (token,) = re.findall(r"/rate-ticket#token=([\w.]+)", mail["body"])
    found = data(anyone.post(RATINGS, {"token": token, "score": 4, "note": "Fine"}))
    assert (found["subject"], found["score"], found["note"]) == ("Rate me by mail", 4, "Fine")
    assert data(anyone.post(RATINGS, {"token": token, "score": 5}))["score"] == 5
    assert data(customer.get(f"{TICKETS}/{ticket}"))["rating"]["score"] == 5


def test_a_rating_link_is_good_for_its_requesters_ticket_alone(
    desk: SupportDesk, anyone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, other = desk.ticket(), desk.ticket()
    until = clock.system() + 60_000
    good = rating_token(ticket, until)
    assert refused(anyone.post(RATINGS, {"token": good, "score": 5})) == (409, "ticket_not_rateable")
    desk.move(ticket, "resolved")
    desk.move(other, "resolved")
    tag = good.rpartition(".")[2]
    for token in (
        f"{other}.{until // 1000}.{tag}",
        f"{ticket}.{until // 1000 + 1}.{tag}",
        rating_token(ticket, clock.system() - 1),
        "tkt.1.x",
        f"{ticket}.नमस्ते.{tag}",
        good[:-1],
    ):
        assert refused(anyone.post(RATINGS, {"token": token, "score": 1})) == (400, "link_invalid"), token
    data(anyone.post(RATINGS, {"token": good, "score": 2}))
    monkeypatch.setattr(rating, "RATING_CHANGE_MS", -1)
    assert refused(anyone.post(RATINGS, {"token": good, "score": 3})) == (409, "rating_final")
    assert refused(anyone.post(RATINGS, {"token": good, "score": 6})) == (400, "validation_error")


def ics(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{number}\r\n{event}\r\nEND:VEVENT\r\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{body}END:VCALENDAR\r\n"


def test_holidays_are_imported_from_an_icalendar_file(desk: SupportDesk) -> None:
    year = time.gmtime().tm_year + 1
    settings = data(desk.lead.get(f"{TICKETS}/sla-settings"))
    name = settings["targets"]["normal"]["calendar"]
    text = ics(
        f"DTSTART;VALUE=DATE:{year}0126\r\nSUMMARY:Republic\r\n  Day",
        f"DTSTART;VALUE=DATE:{year}1010\r\nDTEND;VALUE=DATE:{year}1012\r\nSUMMARY:Durga Puja",
        "DTSTART;VALUE=DATE:20200815\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Independence Day",
        f"DTSTART:{year}0301T090000Z\r\nSUMMARY:A meeting",
        f"DTSTART;VALUE=DATE:{year}0501\r\nSTATUS:CANCELLED\r\nSUMMARY:Called off",
    )
    found = data(desk.lead.post(HOLIDAYS, {"calendar": name, "ics": text}))
    days = {each["day"]: each["name"] for each in found["added"]}
    assert days[f"{year}-01-26"] == "Republic Day"
    assert {f"{year}-10-10", f"{year}-10-11"} <= set(days)
    assert f"{year}-10-12" not in days
    assert f"{year}-08-15" in days
    assert f"{year + 1}-08-15" in days
    assert found["left_out"] == 2
    saved = data(desk.lead.get(f"{TICKETS}/sla-settings"))
    assert saved["calendars"][name]["days"][f"{year}-01-26"] == []
    again = data(desk.lead.post(HOLIDAYS, {"calendar": name, "ics": text}))
    assert (again["added"], again["kept"]) == ([], len(days))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ics": "not a calendar"}, "ics"),
        ({"ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR"}, "ics"),
        ({"ics": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:2027\r\nEND:VEVENT\r\nEND:VCALENDAR"}, "ics"),
        ({"calendar": "elsewhere"}, "calendar"),
    ],
)
def test_a_file_that_is_no_calendar_is_named(desk: SupportDesk, change: dict[str, str], field: str) -> None:
    name = data(desk.lead.get(f"{TICKETS}/sla-settings"))["targets"]["normal"]["calendar"]
    answer = desk.lead.post(HOLIDAYS, {"calendar": name, "ics": ics("DTSTART;VALUE=DATE:20270126"), **change})
    assert refused(answer) == (400, "validation_error")
    assert set(answer.json()["errors"]) == {field}
    assert refused(desk.agent.post(HOLIDAYS, {"calendar": name, "ics": "x"})) == (403, "forbidden")
