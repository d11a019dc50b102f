"""The report on a program's customers, and who is in a segment.

GET /api/v1/rewards/programs/{id}/segments, /api/v1/rewards/programs/{id}/segments/{segment}
(read_segments, list_segment_customers, survey_customers)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import Any

import pytest

from batua import clock
from batua.rewards import customer_survey
from batua.rewards.customer_survey import CustomerSurvey, survey_customers
from batua.store import keys, survey_keys
from batua.store.store import store
from batua.store.writes import Put
from tests.acting import acting_as
from tests.api.conftest import Client
from tests.api.counter import ISSUE, data
from tests.api.program_fixtures import (  # noqa: F401
    THREE_FIELDS,
    URL,
    SignIn,
    admin,
    made,
    newcomer,
    open_program,
    sign_in,
    tenant_id,
    till,
)
from tests.api.rewarding import code

NOW = "2027-11-29T06:00:00Z"
_STEADY, _GONE, _NEW, _UNDONE = (f"+9198800{number:05d}" for number in (1, 2, 3, 4))


@dataclass
class Books:
    """A shop's sandbox, whose clock goes by months."""

    tenant: str
    admin: Client
    till: Client
    program: str

    @property
    def scope(self) -> keys.Scope:
        return keys.scope("test", self.tenant)

    def bill(self, phone: str, day: str, rupees: int = 1000) -> dict[str, Any]:
        content: dict[str, Any] = data(
            self.till.at(f"{day}T06:30:00Z").post(ISSUE, {"phone": phone, "bill_amount": rupees})
        )
        return content

    def get(self, path: str = "", moment: str = NOW, **query: Any) -> Any:
        return self.admin.at(moment).get(f"{URL}/{self.program}/segments{path}", params=query)

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = data(self.get())
        return found

    def survey(self, moment: str = NOW) -> None:
        with acting_as("SurveyCustomers"):
            survey_customers(store(), clock.parse_iso(moment))


@pytest.fixture
def books(tenant_id: str, sign_in: SignIn) -> Books:
    shop = open_program(tenant_id, sign_in, THREE_FIELDS)
    return Books(tenant_id, sign_in(tenant_id, mode="test"), till(shop.admin, "test"), shop.program)


def sold(books: Books) -> None:
    """A year: one customer each month, one who stopped in March, one who is new, and one whose bill was undone."""
    for month in range(1, 12):
        books.bill(_STEADY, f"2027-{month:02d}-10", 2000)
        if month <= 3:
            books.bill(_GONE, f"2027-{month:02d}-12")
    books.bill(_NEW, "2027-11-20")
    undone = books.bill(_UNDONE, "2027-11-21")
    books.till.at("2027-11-21T07:00:00Z").post(f"/api/v1/merchant/coins/{undone['transaction_id']}/reverse", {})


def test_a_report_is_made_once_it_is_asked_for_and_says_who_came_again(books: Books) -> None:
    sold(books)
    books.survey()
    first = books.report()
    assert (first["status"], first["as_of"], first["segments"]) == ("preparing", None, []), "nobody had asked for it"
    books.survey()
    report = books.report()
    assert (report["status"], report["customers"], report["as_of"]) == ("ready", 3, "2027-11-29T05:50:00.000Z")
    counts = {one["segment"]: one["customers"] for one in report["segments"]}
    assert sum(counts.values()) == 3
    assert (counts["new"], counts["at_risk"] + counts["hibernating"] + counts["lost"]) == (1, 1)
    earned = sum(one["coins_earned"] for one in report["segments"])
    assert (earned, sum(one["bills"] for one in report["segments"])) == (11 * 100 + 3 * 50 + 50, 15)
    assert sum(one["coins_held"] for one in report["segments"]) == earned
    cohorts = {one["month"]: one for one in report["cohorts"]}
    assert len(cohorts) == 13
    january = cohorts["2027-01"]
    assert january["customers"] == 2
    shown = [(month["month"], month["customers"], month["retention"]) for month in january["months"]]
    assert shown[:4] == [("2027-01", 2, 100), ("2027-02", 2, 100), ("2027-03", 2, 100), ("2027-04", 1, 50)]
    assert shown[-1] == ("2027-11", 1, 50)
    assert (cohorts["2027-11"]["customers"], cohorts["2027-10"]["customers"]) == (1, 0)
    rows = list(csv.DictReader(io.StringIO(books.get(format="csv").text.lstrip("\ufeff"))))
    assert [row["segment"] for row in rows if row["table"] == "segments"][:2] == ["champions", "loyal"]
    assert sum(int(row["customers"]) for row in rows if row["table"] == "segments") == 3


def test_new_bills_are_counted_once_in_the_next_report(books: Books) -> None:
    sold(books)
    books.report()
    books.survey()
    books.survey("2027-11-29T06:45:00Z")
    assert books.report()["as_of"] == "2027-11-29T05:50:00.000Z", "it is not due yet"
    late = books.bill(_NEW, "2027-11-30")
    moment = "2027-11-30T09:00:00Z"
    books.survey(moment)
    assert books.report()["as_of"] == "2027-11-30T08:50:00.000Z"
    # A run that begins again where one has died counts nothing twice.
    survey = CustomerSurvey(store(), books.scope, _program(books))
    place = survey_keys.survey_state_key(books.scope, books.program)
    store().write(Put(place, {"through": clock.parse_iso("2027-11-01T00:00:00Z")}))
    assert survey.go_through(clock.parse_iso(moment) - customer_survey.SURVEY_LAG_MS)
    found = dict(survey.customers())
    assert found[late["customer_id"]].bills == {202711: 2}
    assert sum(sum(one.bills.values()) for one in found.values()) == 16
    # A bill taken back later, in a run of its own, is none.
    books.till.at("2027-12-01T06:30:00Z").post(f"/api/v1/merchant/coins/{late['transaction_id']}/reverse", {})
    books.survey("2027-12-02T09:00:00Z")
    assert dict(survey.customers())[late["customer_id"]].bills == {202711: 1}


def test_the_customers_of_a_segment_are_listed_page_by_page(books: Books) -> None:
    for number in range(7):
        books.bill(f"+9198811{number:05d}", "2027-11-20")
    assert data(books.get("/new")) == []
    books.report()
    books.survey()
    seen, cursor = [], None
    while True:
        answer = books.get("/new", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += data(answer)
        cursor = answer.json()["meta"]["next_cursor"]
        if cursor is None:
            break
    assert {one["phone"] for one in seen} == {f"+91••••••{number:04d}" for number in range(7)}
    assert {(one["first_month"], one["last_bill"], one["bills"], one["coins_held"]) for one in seen} == {
        ("2027-11", "2027-11-20", 1, 50)
    }
    rows = list(csv.DictReader(io.StringIO(books.get("/new", format="csv").text.lstrip("\ufeff"))))
    assert sorted(row["phone"] for row in rows) == [f"'+9198811{number:05d}" for number in range(7)]
    token = {"Authorization": books.admin.headers["Authorization"]}
    stolen = replace(books.admin, headers=token)
    refused = replace(books, admin=stolen).get("/new", format="csv")
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthentication_required")
    assert len(data(replace(books, admin=stolen).get("/new"))) == 7
    wrong = books.get("/best")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["segment"])
    assert books.get("/new", limit=101).status_code == 400


def test_a_report_is_its_owners_alone(
    books: Books, newcomer: Any, sign_in: SignIn, platform: Any, credentials: dict[str, Any]
) -> None:
    other = sign_in(newcomer())
    cashier = sign_in(books.tenant, role="cashier")
    for path in ("", "/champions"):
        assert code(other.get(f"{URL}/{books.program}/segments{path}")) == (404, "program_not_found")
        assert code(cashier.get(f"{URL}/{books.program}/segments{path}"))[0] == 403
    person = credentials["merchant_tenant_admin"]
    member = Client(platform.url, {"Authorization": f"Bearer {person['token']}"})
    network = credentials["samples"]["program_id"]
    assert code(member.get(f"{URL}/{network}/segments")) == (403, "not_program_owner")


def test_the_job_goes_on_where_its_time_ran_out(books: Books) -> None:
    sold(books)
    books.report()
    turns = iter([True, True, True, False])
    with acting_as("SurveyCustomers"):
        survey = CustomerSurvey(store(), books.scope, _program(books))
        assert not survey.go_through(clock.parse_iso(NOW), lambda: next(turns))
    place = survey_keys.survey_state_key(books.scope, books.program)
    half = store().read([place])[place]
    assert half
    assert clock.parse_iso("2027-01-01T00:00:00Z") < half["through"] < clock.parse_iso("2027-06-01T00:00:00Z")
    assert books.report()["status"] == "preparing"
    books.survey()
    assert books.report()["customers"] == 3


def _program(books: Books) -> Any:
    from batua.identity.tenant import read_program

    key = keys.program_key(books.tenant, books.program)
    record = store().read([key])[key]
    assert record
    return read_program(record)
