"""The liability report over HTTP: read_liability."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.api.program_fixtures import *  # noqa: F403 - fixtures
from tests.api.program_fixtures import THREE_FIELDS, URL, SignIn, made, till
from tests.waiting import until


def test_the_report_comes_to_what_customers_hold_and_is_the_owners_alone(
    newcomer: Any, sign_in: SignIn, phone: str
) -> None:
    tenant_id = newcomer()
    program = made(sign_in(tenant_id).post(URL, THREE_FIELDS))["id"]
    admin, counter = sign_in(tenant_id), till(sign_in(tenant_id))
    place = f"{URL}/{program}/liability"
    assert admin.get(place).json()["data"]["outstanding"] == 0
    for path, body in (("issue", {"phone": phone, "coins": 100}), ("redeem", {"phone": phone, "coins": 40})):
        assert counter.post(f"/api/v1/merchant/coins/{path}", body).status_code == 200

    def added_up() -> dict[str, Any] | None:  # by the stream, a moment later
        found: dict[str, Any] = admin.get(place).json()["data"]
        return found if found["outstanding"] == 60 else None

    report = until(added_up, otherwise=lambda: admin.get(place).text)
    assert (report["outstanding"], report["value"], report["liability"]) == (60, 60, 60)
    assert [lot["coins"] for lot in report["by_expiry"]] == [60]
    [movement] = report["movements"]
    assert (movement["issued"], movement["redeemed"], movement["closing"]) == (100, -40, 60)
    month = movement["month"]
    assert admin.get(place, params={"from": "2090-01"}).json()["data"]["movements"] == []
    assert len(admin.get(place, params={"from": month, "to": month}).json()["data"]["movements"]) == 1
    text = admin.get(place, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [(row["table"], row["coins"], row["closing"]) for row in rows] == [
        ("outstanding", "60", ""), ("movements", "", "60"),
    ]  # fmt: skip
    wrong = admin.get(place, params={"from": "2026-13"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["from"])
    backwards = admin.get(place, params={"from": "2026-02", "to": "2026-01"})
    assert (backwards.status_code, list(backwards.json()["errors"])) == (400, ["to"])
    assert sign_in(newcomer()).get(place).status_code == 404
    assert sign_in(tenant_id, "cashier").get(place).status_code == 403


def test_a_member_of_a_network_does_not_see_what_all_its_customers_hold(
    platform: Any, credentials: dict[str, Any], keyed: Any
) -> None:
    from tests.api.conftest import Client

    member = Client(platform.url, {"Authorization": f"Bearer {credentials['merchant_tenant_admin']['token']}"})
    programs = member.get(URL).json()["data"]
    network = next(program["id"] for program in programs if program["kind"] == "network")
    refused = member.get(f"{URL}/{network}/liability")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_program_owner")
