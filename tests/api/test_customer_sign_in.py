"""A customer signs in with a code sent to their phone; nobody else does, and nobody learns who is a customer."""

from __future__ import annotations

from typing import Any

import pytest

from local.host import LocalPlatform
from local.outbox import Outbox
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.counter import BALANCE
from tests.api.customers import SLUG, Phone
from tests.api.matrix import watched
from tests.api.rewarding import customer


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    """The phone of somebody with 100 coins."""
    return Phone(Device(platform), customer(live, phone))


def test_a_customer_signs_in_with_the_code_and_sees_the_coins(holder: Phone) -> None:
    answer = holder.sign_in()
    assert answer.data["merchant"]["slug"] == SLUG
    assert holder.number not in str(answer.body)
    cookie = answer.cookie(f"__Host-batua_my_{SLUG}")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=Strict" in cookie
    (balance,) = [one for one in holder("ListMyBalances").data if one["here"]]
    assert (balance["available"], balance["value"]) == (100, 100)
    assert balance["expiring"][0]["coins"] == 100


def test_messages_are_in_the_language_of_the_page_until_the_customer_chooses_another(holder: Phone) -> None:
    holder.sign_in(language="hi")
    assert holder("ReadMyPreferences").data["language"] == "hi"
    holder("SaveMyPreferences", {"language": "en"})
    holder.sign_in(language="hi")
    assert holder("ReadMyPreferences").data["language"] == "en"


def test_the_answer_and_the_work_are_the_same_for_a_number_that_nobody_has(
    platform: LocalPlatform, holder: Phone, phone: str
) -> None:
    unknown = Phone(Device(platform), f"{phone[:-4]}{(int(phone[-4:]) + 4321) % 10_000:04d}")
    with watched() as known_work:
        known = holder.request_code()
    with watched() as unknown_work:
        answer = unknown.request_code()
    assert (known.status, answer.status) == (202, 202)
    assert set(known.data) == set(answer.data)
    assert known_work.operations == unknown_work.operations
    holder.code()  # the sender of messages has come by
    assert not Outbox().messages(unknown.number, "sms")


def test_a_code_has_five_tries_and_is_good_once(holder: Phone) -> None:
    sent = holder.request_code().data["otp_id"]
    code = holder.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = [holder.enter(sent, wrong) for _ in range(5)]
    assert {answer.code for answer in refused} == {"otp_invalid"}
    assert holder.enter(sent, code).code == "otp_invalid"
    again = holder.request_code().data["otp_id"]
    code = holder.code()
    assert holder.enter(again, code).status == 200
    assert holder.enter(again, code).code == "otp_invalid"


def test_a_code_for_one_number_opens_nothing_for_another(platform: LocalPlatform, live: Client, holder: Phone) -> None:
    other = Phone(Device(platform), customer(live, holder.number.replace("+9199", "+9188")))
    sent = holder.request_code().data["otp_id"]
    code = holder.code()
    assert other.enter(sent, code).code == "otp_invalid"
    assert holder.enter(sent, code).status == 200


def test_a_code_for_one_merchant_opens_nothing_at_another(holder: Phone) -> None:
    sent = holder.request_code().data["otp_id"]
    code = holder.code()
    for slug in ("himal-stores", "annapurna-bakery", "rose-bakery"):
        assert Phone(holder.device, holder.number, slug).enter(sent, code).status in (400, 404), slug


def test_codes_to_one_number_are_limited_from_everywhere(platform: LocalPlatform, holder: Phone) -> None:
    statuses = [Phone(Device(platform), holder.number).request_code().status for _ in range(6)]
    assert statuses[:4] == [202] * 4
    assert statuses[-1] == 429


def test_codes_from_one_address_are_limited(platform: LocalPlatform, phone: str) -> None:
    device, tail = Device(platform), int(phone[-6:])
    numbers = [f"{phone[:-6]}{(tail + 777 * step) % 10**6:06d}" for step in range(32)]
    statuses = [Phone(device, number).request_code().status for number in numbers]
    assert statuses[:30] == [202] * 30
    assert 429 in statuses[30:]


def test_an_unknown_page_and_a_tenant_without_coins_are_not_found(holder: Phone) -> None:
    for slug in ("no-such-shop", "NOT A SLUG", "batua"):
        assert Phone(holder.device, holder.number, slug).request_code().status == 404, slug


def test_what_is_no_mobile_number_is_named(holder: Phone) -> None:
    answer = Phone(holder.device, "12345").request_code()
    assert (answer.status, list(answer.body["errors"])) == (400, ["phone"])


def test_a_browser_is_signed_in_only_by_the_page_itself(holder: Phone) -> None:
    """Without the header that no other site can send, nobody can be signed in as somebody else."""
    sent = holder.request_code().data["otp_id"]
    body = {"merchant": SLUG, "phone": holder.number, "otp_id": sent, "code": holder.code()}
    assert holder.device("SignInCustomer", body).code == "csrf_failed"
    assert holder.enter(sent, body["code"]).status == 200


def test_a_cookie_reads_nothing_without_the_page_and_changes_nothing_without_its_token(holder: Phone) -> None:
    holder.sign_in()
    assert holder.device("ListMyBalances").status == 401
    assert holder.device("SaveMyPreferences", {}, headers={"x-merchant": SLUG}).code == "csrf_failed"


def test_an_app_gets_tokens_and_refreshes_them(holder: Phone) -> None:
    answer = holder.sign_in(kind="token")
    assert answer.cookies == []
    assert holder("ReadMyProfile").data["customer_id"] == answer.data["customer_id"]
    refreshed = holder.device("RefreshCustomerSession", {"refresh_token": answer.data["refresh_token"]})
    assert refreshed.status == 200, refreshed.body
    holder.token = refreshed.data["access_token"]
    assert holder("ReadMyProfile").status == 200
    replayed = holder.device("RefreshCustomerSession", {"refresh_token": answer.data["refresh_token"]}, arrived=2**42)
    assert replayed.status == 401
    assert holder("ReadMyProfile").status == 401, "a refresh token that was used twice ends the session"


def test_tokens_of_customers_and_of_people_refresh_no_session_of_the_other(
    holder: Phone, credentials: dict[str, Any]
) -> None:
    own = holder.sign_in(kind="token").data["refresh_token"]
    assert holder.device("RefreshToken", {"refresh_token": own}).status == 401
    theirs = credentials["merchant_admin"]["refresh_token"]
    assert holder.device("RefreshCustomerSession", {"refresh_token": theirs}).status == 401


def test_signing_out_ends_the_session_here_or_everywhere(platform: LocalPlatform, holder: Phone) -> None:
    other = Phone(Device(platform), holder.number)
    third = Phone(Device(platform), holder.number)
    for before, one in zip((holder, holder, other), (holder, other, third), strict=True):
        one.read = before.read
        one.sign_in()
    out = holder("SignOutCustomer", {})
    assert "Max-Age=0" in out.cookie(f"__Host-batua_my_{SLUG}")
    assert [one("ReadMyProfile").status for one in (holder, other, third)] == [401, 200, 200]
    assert other("SignOutCustomer", {"everywhere": True}).status == 200
    assert third("ReadMyProfile").status == 401


def test_a_fresh_code_gives_a_proof_for_this_session_alone(platform: LocalPlatform, holder: Phone) -> None:
    holder.sign_in()
    sent = holder("RequestProofCode").data["otp_id"]
    proof = holder("ProvePhone", {"otp_id": sent, "code": holder.code()})
    assert proof.status == 200, proof.body
    other = Phone(Device(platform), holder.number, read=holder.read)
    other.sign_in()
    holder.read = other.read
    again = holder("RequestProofCode").data["otp_id"]
    assert other("ProvePhone", {"otp_id": again, "code": holder.code()}).code == "otp_invalid"


def test_history_names_the_merchant_and_ends_at_a_long_silence(
    platform: LocalPlatform, holder: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.sign_in()
    (line,) = holder("ListMyHistory").data
    assert (line["type"], line["coins"], line["merchant_name"]) == ("issue", 100, "Kaveri Stores")
    monkeypatch.setattr("batua.me.statement.SILENCE_MS", -1)
    assert holder("ListMyHistory").data == []


def test_history_comes_in_pages(holder: Phone, live: Client) -> None:
    customer(live, holder.number, 7)
    customer(live, holder.number, 8)
    holder.sign_in()
    first = live_page(holder)
    assert [line["coins"] for line in first["data"]] == [8, 7]
    rest = live_page(holder, first["meta"]["next_cursor"])
    assert [line["coins"] for line in rest["data"]] == [100]
    assert rest["meta"]["next_cursor"] is None


def live_page(holder: Phone, cursor: str | None = None) -> dict[str, Any]:
    return live_answer(holder, "history", {"limit": 2, **({"cursor": cursor} if cursor else {})})


def live_answer(holder: Phone, name: str, query: dict[str, Any]) -> dict[str, Any]:
    """What a customer's own route answers to query parameters."""
    import requests

    headers = {"X-Merchant": SLUG, "Cookie": "; ".join(f"{n}={v}" for n, v in holder.device.cookies.items())}
    url = f"{holder.device.platform.url}/api/v1/me/{name}"
    answer = requests.get(url, params=query, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_own_qr_code_is_read_at_the_counter_until_its_time_or_a_renewal(
    holder: Phone, live: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.sign_in()
    token = holder("ReadMyQr").data["token"]
    assert live.get(BALANCE, params={"qr": token}).json()["data"]["available"] == 100
    later = f"{token.rpartition('.')[0]}0.{token.rpartition('.')[2]}"
    assert live.get(BALANCE, params={"qr": later}).status_code == 404, "its end is signed"
    assert holder("RenewMyQr", {}).status == 200
    assert live.get(BALANCE, params={"qr": token}).status_code == 404
    monkeypatch.setattr("batua.me.qr.QR_MS", -1000)
    assert live.get(BALANCE, params={"qr": holder("ReadMyQr").data["token"]}).status_code == 404


def test_a_qr_code_kept_for_offline_use_lasts_a_day_unless_it_is_renewed(holder: Phone, live: Client) -> None:
    from datetime import UTC, datetime, timedelta

    holder.sign_in()
    kept = live_answer(holder, "qr", {"offline": True})["data"]
    left = datetime.fromisoformat(kept["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    assert live.get(BALANCE, params={"qr": kept["token"]}).json()["data"]["available"] == 100
    assert holder("RenewMyQr", {}).status == 200
    assert live.get(BALANCE, params={"qr": kept["token"]}).status_code == 404


def test_preferences_are_kept(holder: Phone) -> None:
    holder.sign_in()
    assert holder("ReadMyPreferences").data["offers"] is False
    saved = holder("SaveMyPreferences", {"language": "hi", "receipts": False})
    assert saved.status == 200, saved.body
    kept = holder("ReadMyProfile").data["preferences"]
    assert (kept["language"], kept["receipts"], kept["expiry_reminders"]) == ("hi", False, True)
