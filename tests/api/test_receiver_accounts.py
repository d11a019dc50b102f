"""Where tenants send prefund money, as the operator's super admins change it by API: two of them.

list_receiver_accounts, read_receiver_account, add_receiver_account, approve_receiver_account, retire_receiver_account.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import pytest

from local.host import LocalPlatform
from tests.prefunds import Actor, actor, content, upload

URL = "/api/v1/prefund/accounts"
_numbers = itertools.count(1)


@pytest.fixture
def two(platform: LocalPlatform) -> tuple[Actor, Actor]:
    return actor(platform, "Batua", "super_admin"), actor(platform, "Batua", "super_admin")


@pytest.fixture
def maker(platform: LocalPlatform) -> Actor:
    return actor(platform, "Sitara Network", "tenant_admin")


def account(**more: Any) -> dict[str, Any]:
    number = f"{os.getpid()}{next(_numbers):06d}"
    return {"bank": "Axis Bank", "name": "Batua Private Limited", "number": number, "ifsc": "UTIB0000007", **more}


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def listed(who: Actor, **query: str) -> dict[str, str]:
    data = who.get(f"{URL}?all=true" if query else URL).json()["data"]
    return {each["id"]: each["status"] for each in data}


def test_one_proposes_an_account_and_another_one_approves_it(
    two: tuple[Actor, Actor], maker: Actor, platform: LocalPlatform
) -> None:
    one, other = two
    body = account(branch="Pune")
    asked = one.post(URL, body)
    assert asked.status_code == 201, asked.text
    data = asked.json()["data"]
    id = data["id"]
    assert (data["status"], data["active"], data["proposed_by"], data["number"]) == (
        *("proposed", False, one.id),
        body["number"],
    )
    assert id not in listed(maker)
    assert code_of(maker.get(f"{URL}/{id}")) == (404, "receiver_account_not_found"), "a proposal is nobody's to pay to"
    assert listed(other, all="yes")[id] == "proposed"
    named = content(upload(maker), receiver_account_id=id)
    assert code_of(maker.post("/api/v1/prefund/requests", named)) == (409, "receiver_account_inactive")

    own = one.post(f"{URL}/{id}/approve", {"number": body["number"]})
    assert code_of(own) == (403, "four_eyes")
    wrong = other.post(f"{URL}/{id}/approve", {"number": "999999999999"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["number"])
    done = other.post(f"{URL}/{id}/approve", {"number": body["number"]})
    assert (done.status_code, done.json()["data"]["status"]) == (200, "active")
    assert listed(maker)[id] == "active"
    assert code_of(other.post(f"{URL}/{id}/approve", {"number": body["number"]})) == (
        409,
        "nothing_proposed",
    )
    assert code_of(one.post(URL, body)) == (409, "receiver_account_exists")
    for who in two:
        assert who.mail("", holding=f"…{body['number'][-4:]} for prefunds was approved")

    gone = one.call("DELETE", f"{URL}/{id}")
    assert (gone.status_code, gone.json()["data"]["status"]) == (200, "retired")
    assert one.call("DELETE", f"{URL}/{id}").json()["data"] == gone.json()["data"], "once more changes nothing"
    assert id not in listed(maker)
    assert listed(other, all="yes")[id] == "retired"
    assert maker.get(f"{URL}/{id}").json()["data"]["status"] == "retired", "requests that name it show it"
    back = other.post(URL, {**body, "bank": "Axis"}).json()["data"]
    assert (back["id"], back["bank"], back["status"], back["proposed_by"]) == (id, "Axis", "proposed", other.id)
    assert code_of(other.post(f"{URL}/{id}/approve", {"number": body["number"]})) == (403, "four_eyes")
    withdrawn = other.call("DELETE", f"{URL}/{id}").json()["data"]
    assert (withdrawn["status"], withdrawn["proposed_by"]) == ("retired", None)


def test_the_same_proposal_again_is_the_same_one(two: tuple[Actor, Actor]) -> None:
    one, other = two
    body = account()
    first = one.post(URL, body).json()["data"]
    again, elsewhere = one.post(URL, body), other.post(URL, body)
    assert again.json()["data"] == elsewhere.json()["data"] == first
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first["proposed_by"] == one.id, "to propose it too approves nothing"


def test_a_proposal_lapses_after_a_week(two: tuple[Actor, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    body = account()
    id = one.post(URL, body).json()["data"]["id"]
    monkeypatch.setattr("batua.prefund.receiver_admin.APPROVE_WITHIN_MS", 0)
    late = other.post(f"{URL}/{id}/approve", {"number": body["number"]})
    assert code_of(late) == (409, "nothing_proposed")
    assert other.post(URL, body).json()["data"]["proposed_by"] == other.id


def test_where_nobody_could_approve_it_is_added_at_once(
    two: tuple[Actor, Actor], maker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batua.prefund.receiver_admin._others", lambda call: False)
    made = two[0].post(URL, account()).json()["data"]
    assert (made["status"], made["proposed_by"]) == ("active", None)
    assert listed(maker)[made["id"]] == "active"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"ifsc": "SBI300"}, "ifsc"), ({"number": "12-34"}, "number"), ({"bank": ""}, "bank"), ({"name": None}, "name")],
)
def test_what_is_no_account_is_named(two: tuple[Actor, Actor], wrong: dict[str, Any], field: str) -> None:
    answer = two[0].post(URL, account(**wrong))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_only_super_admins_who_have_proved_who_they_are_change_it(
    two: tuple[Actor, Actor], maker: Actor, platform: LocalPlatform
) -> None:
    body = account()
    id = two[0].post(URL, body).json()["data"]["id"]
    for who in (maker, actor(platform, "Batua", "staff")):
        assert who.post(URL, body).status_code == 403
        assert who.post(f"{URL}/{id}/approve", {"number": body["number"]}).status_code == 403
        assert who.call("DELETE", f"{URL}/{id}").status_code == 403
    assert code_of(maker.get(f"{URL}?all=true")) == (403, "forbidden")
    stolen = {"Authorization": two[1].headers["Authorization"]}
    for method, path, sent in (
        ("POST", URL, account()),
        ("POST", f"{URL}/{id}/approve", {"number": body["number"]}),
        ("DELETE", f"{URL}/{id}", None),
    ):
        answer = type(two[1])(two[1].url, stolen, id="", tenant="", email="").call(method, path, json=sent)
        assert answer.status_code == 403, answer.text
    for nothing in ("rcv_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "x"):
        assert two[0].call("DELETE", f"{URL}/{nothing}").status_code == 404
        assert two[0].post(f"{URL}/{nothing}/approve", {"number": "123456"}).status_code == 404


def test_nothing_is_left_of_a_proposal_that_its_maker_takes_back(two: tuple[Actor, Actor], maker: Actor) -> None:
    """Else a stolen session would have any account shown as one of the operator's: proposed, withdrawn, readable."""
    one, other = two
    body = account()
    id = one.post(URL, body).json()["data"]["id"]
    assert one.call("DELETE", f"{URL}/{id}").json()["data"]["status"] == "retired"
    for who in (maker, other):
        assert code_of(who.get(f"{URL}/{id}")) == (404, "receiver_account_not_found")
    assert id not in listed(other, all="yes")
    assert code_of(one.call("DELETE", f"{URL}/{id}")) == (404, "receiver_account_not_found")


def test_an_account_that_was_on_the_list_goes_back_to_its_place_when_it_is_not_approved_again(
    two: tuple[Actor, Actor], maker: Actor
) -> None:
    one, other = two
    body = account(branch="Pune")
    id = one.post(URL, body).json()["data"]["id"]
    other.post(f"{URL}/{id}/approve", {"number": body["number"]})
    other.call("DELETE", f"{URL}/{id}")
    again = {name: value for name, value in body.items() if name != "branch"}
    assert one.post(URL, again).json()["data"]["status"] == "proposed"
    assert code_of(maker.get(f"{URL}/{id}")) == (404, "receiver_account_not_found")
    one.call("DELETE", f"{URL}/{id}")
    found = maker.get(f"{URL}/{id}").json()["data"]
    assert (found["status"], found["branch"]) == ("retired", None), "requests of then name it"
