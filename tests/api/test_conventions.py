"""What holds for every endpoint: ids, headers, limits, and the shape of errors."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from batua import clock
from batua.api.limits import Limiter
from batua.api.request import MAX_BODY
from tests.api.counter import BALANCE, ISSUE, STATS, data, refusal
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

JSON = {"Content-Type": "application/json"}
OWN = re.compile(r"req_[0-9A-HJKMNP-TV-Z]{26}")


# -- Ids and times ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["a", "till-7/2026:11#42", "~" * 128, "req_1", "{}<>\"'"])
def test_the_callers_request_id_is_echoed(live: Any, id: str) -> None:
    answer = live.get(STATS, headers={"X-Request-ID": id})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == id


@pytest.mark.parametrize("id", ["", "x" * 129, "two words", "é".encode("latin-1"), "tab\there"])
def test_a_request_id_that_is_not_fit_to_be_echoed_is_replaced(live: Any, id: Any) -> None:
    answer = live.get(STATS, headers={"X-Request-ID": id})
    assert OWN.fullmatch(answer.headers["X-Request-ID"])
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"]


def test_every_answer_has_an_id_of_its_own_and_its_time(live: Any) -> None:
    first, second = live.get(STATS), live.get(STATS)
    for answer in (first, second):
        assert answer.headers["X-Response-ID"] == answer.json()["response_id"]
        assert re.fullmatch(r"\d+\.\d{3}ms", answer.headers["X-Response-Time"])
        assert answer.headers["Cache-Control"] == "no-store"
    assert first.headers["X-Response-ID"] != second.headers["X-Response-ID"]
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_errors_of_every_kind_carry_the_ids(live: Any, anyone: Any, application: Any, phone: str) -> None:
    headers, holder = {"X-Request-ID": f"trace-{phone}"}, f"{phone[:-1]}{(int(phone[-1]) + 3) % 10}"
    data(live.post(ISSUE, {"phone": holder, "coins": 1}))
    ids_of = {
        400: live.post(ISSUE, {}, headers=headers),
        401: anyone.get(STATS, headers=headers),
        403: live.put("/api/v1/merchant/earning-rules", {"rules": []}, headers=headers),
        404: live.get(BALANCE, params={"phone": phone}, headers=headers),
        409: live.post("/api/v1/merchant/coins/redeem", {"phone": holder, "coins": 2}, headers=headers),
        413: live.call("POST", ISSUE, data=b" " * (MAX_BODY + 1), headers={**JSON, **headers}),
        415: live.call("POST", ISSUE, data=b"coins=1", headers={**headers, "Content-Type": "text/plain"}),
        422: live.post(f"{ISSUE}/calculate", {"phone": phone, "bill_amount": "0.01"}, headers=headers),
    }
    for status, answer in ids_of.items():
        body = answer.json()
        assert (answer.status_code, body["status_code"]) == (status, status), answer.text
        assert body["request_id"] == answer.headers["X-Request-ID"] == f"trace-{phone}"
        assert body["response_id"] == answer.headers["X-Response-ID"]
        assert list(body) == [
            *("success", "status_code", "request_id", "response_id", "message", "code", "errors", "data", "meta")
        ]
        assert (body["success"], body["data"]) == (False, None)
        assert "X-Response-Time" in answer.headers
    rehook = application.get("/wallets/customer/nobody", headers=headers)
    assert rehook.json()["request_id"] == rehook.headers["X-Request-ID"] == f"trace-{phone}"


def test_a_good_answer_has_the_same_shape(live: Any) -> None:
    body = live.get(STATS).json()
    assert list(body) == ["success", "status_code", "request_id", "response_id", "message", "code", "data", "meta"]
    assert (body["success"], body["status_code"], body["code"]) == (True, 200, "success")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in ("/api/v1/merchant/nothing", "/api/v1/merchant/coins/issue", "/api/v1//stats")),
        *(("POST", path) for path in (STATS, "/wallets/customer/x", "/api/v1/merchant/coins/reverse")),
        *(("DELETE", path) for path in ("/wallets", ISSUE)),
        ("PATCH", "/api/v1/merchant/earning-rules"),
    ],
)
def test_an_unknown_route_or_method_is_not_found_as_the_gateway_says_it(live: Any, method: str, path: str) -> None:
    answer = live.call(method, path)
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


# -- Bodies ----------------------------------------------------------------------------------------------------------


def sized(phone: str, size: int) -> bytes:
    body = json.dumps({"phone": phone, "coins": 1, "padding": ""}).encode()
    return body[:-2] + b"x" * (size - len(body)) + body[-2:]


def test_a_body_may_have_256_kibibytes_and_no_byte_more(live: Any, phone: str) -> None:
    data(live.call("POST", ISSUE, data=sized(phone, MAX_BODY), headers=JSON))
    refusal(live.call("POST", ISSUE, data=sized(phone, MAX_BODY + 1), headers=JSON), 413, "body_too_large")
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 1


@pytest.mark.parametrize(
    ("media", "taken"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("application/vnd.batua+json", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("application/jsonp", False),
        ("", False),
    ],
)
def test_a_body_is_json_by_its_media_type(live: Any, phone: str, media: str, taken: bool) -> None:
    body = json.dumps({"phone": phone, "coins": 1}).encode()
    answer = live.call("POST", ISSUE, data=body, headers={"Content-Type": media})
    if taken:
        data(answer)
    else:
        refusal(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "number",
    [
        *("1e99999999999999999999", "1e-99999999999999999999", "1E+400000000000000000000", "-Infinity"),
        *("1e999999999", "-1e999999999", "1e-999999999", "0e999999999"),
    ],
)
@pytest.mark.parametrize("field", ["coins", "note", "more"])
def test_a_number_that_no_decimal_can_be_is_no_json_of_ours(live: Any, phone: str, number: str, field: str) -> None:
    """Some are decimals, but whoever asks for their whole part has a thousand million digits."""
    body = f'{{"phone": "{phone}", "{field}": {number}}}'
    refusal(live.call("POST", ISSUE, data=body.encode(), headers=JSON), 400, "invalid_json")


@pytest.mark.parametrize("number", ["1e15", "1e400", "1e-400", "0e5", "0.0", "-0", "1" * 400, "0." + "0" * 400 + "1"])
def test_a_number_out_of_bounds_names_its_field(live: Any, phone: str, number: str) -> None:
    body = f'{{"phone": "{phone}", "coins": 1, "bill_amount": {number}}}'
    answer = live.call("POST", ISSUE, data=body.encode(), headers=JSON)
    assert "bill_amount" in refusal(answer, 400, "validation_error")["errors"]


@pytest.mark.parametrize("field", ["phone", "reference", "idempotency_key"])
def test_text_that_is_no_unicode_names_its_field(live: Any, phone: str, field: str) -> None:
    body = f'{{"phone": "{phone}", "coins": 1, "{field}": "\\ud800 half a letter"}}'
    answer = live.call("POST", ISSUE, data=body.encode(), headers=JSON)
    assert field in refusal(answer, 400, "validation_error")["errors"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\xed\xa0\x80", b"[" * 100_000, b'{"a":' * 40_000, b'"text"', b"null"])
def test_bytes_that_are_no_json_object_are_refused(live: Any, body: bytes) -> None:
    refusal(live.call("POST", ISSUE, data=body, headers=JSON), 400, "invalid_json")


def test_unknown_fields_are_ignored(live: Any, phone: str) -> None:
    assert data(live.post(ISSUE, {"phone": phone, "coins": 1, "colour": {"a": [1]}}))["coins_issued"] == 1


def test_a_query_parameter_that_a_route_does_not_have_is_refused_by_name(live: Any) -> None:
    query = "&".join(f"a{number}=1" for number in range(2_000))
    assert len(refusal(live.get(f"/api/v1/merchant/ledger?{query}"), 400, "validation_error")["errors"]) == 2_000
    answer = refusal(live.get("/api/v1/merchant/ledger?refrence=B-7"), 400, "validation_error")
    assert answer["errors"] == {
        "refrence": [
            "is not a query parameter; this request takes cursor, customer, format, from, limit, reference, to, type"
        ]
    }
    answer = refusal(live.get("/api/v1/merchant/earning-rules?version=1"), 400, "validation_error")
    assert answer["errors"] == {"version": ["is not a query parameter; this request takes none"]}


@pytest.mark.parametrize("query", ["limit=1&limit=2", "%ff=1&%ff=2", "=1&=2"])
def test_a_name_that_stands_twice_is_refused(live: Any, query: str) -> None:
    refusal(live.get(f"/api/v1/merchant/ledger?{query}"), 400, "validation_error")


# -- Idempotency keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "é".encode("latin-1"), "tab\there"])
def test_a_key_that_is_not_visible_ascii_is_refused_and_moves_nothing(live: Any, phone: str, key: Any) -> None:
    answer = live.post(ISSUE, {"phone": phone, "coins": 1}, headers={"Idempotency-Key": key})
    assert "Idempotency-Key" in refusal(answer, 400, "validation_error")["errors"]
    refusal(live.get(BALANCE, params={"phone": phone}), 404, "customer_not_found")


def test_keys_of_header_and_body_must_be_the_same(live: Any, phone: str) -> None:
    body = {"phone": phone, "coins": 1, "idempotency_key": f"one-{phone}"}
    answer = live.post(ISSUE, body, headers={"Idempotency-Key": f"other-{phone}"})
    assert "idempotency_key" in refusal(answer, 400, "validation_error")["errors"]
    data(live.post(ISSUE, body, headers={"Idempotency-Key": f"one-{phone}"}))
    assert live.post(ISSUE, body).headers["Idempotency-Replayed"] == "true"


def test_a_key_stands_for_one_operation_of_one_merchant(live: Any, keyed: Any, phone: str) -> None:
    headers = {"Idempotency-Key": f"shared-{phone}"}
    data(live.post(ISSUE, {"phone": phone, "coins": 5}, headers=headers))
    data(live.post("/api/v1/merchant/coins/redeem", {"phone": phone, "coins": 5}, headers=headers))
    data(keyed("second_merchant_live_key").post(ISSUE, {"phone": phone, "coins": 5}, headers=headers))


def test_a_key_and_a_reference_of_the_same_text_are_two(live: Any, phone: str) -> None:
    data(live.post(ISSUE, {"phone": phone, "coins": 5, "reference": f"same-{phone}"}))
    answer = live.post(ISSUE, {"phone": phone, "coins": 5}, headers={"Idempotency-Key": f"same-{phone}"})
    assert "Idempotency-Replayed" not in answer.headers
    assert data(answer)["balance"] == 10


def test_a_bad_request_and_a_refused_caller_leave_the_key_free(live: Any, keyed: Any, phone: str) -> None:
    headers = {"Idempotency-Key": f"free-{phone}"}
    refusal(live.post(ISSUE, {"phone": phone, "coins": 0}, headers=headers), 400, "validation_error")
    refusal(live.post(ISSUE, {"phone": "12", "coins": 1}, headers=headers), 400, "validation_error")
    answer = live.post(ISSUE, {"phone": phone, "coins": 1}, headers=headers)
    assert "Idempotency-Replayed" not in answer.headers
    assert data(answer)["balance"] == 1


# -- Rate limits -----------------------------------------------------------------------------------------------------


@pytest.fixture
def within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate limiter's clock stands still, so that no window ends between two requests."""
    take, now = Limiter.take, clock.system() // 60_000 * 60_000 + 10_000
    monkeypatch.setattr(
        Limiter, "take", lambda self, store, credential, quota, _: take(self, store, credential, quota, now)
    )


def test_an_answer_says_what_is_left_of_the_minute(open_shop: Any, within_one_minute: None) -> None:  # noqa: F811
    shop: Shop = open_shop(quota=7)
    answers = [shop.live.get(STATS) for _ in range(3)]
    for answer in answers:
        assert answer.headers["RateLimit-Policy"] == '"minute";q=7;w=60'
    assert [answer.headers["RateLimit"] for answer in answers] == [f'"minute";r={left};t=50' for left in (6, 5, 4)]


def test_past_its_quota_a_credential_waits_and_the_others_of_its_tenant_do_not(
    open_shop: Any,  # noqa: F811
    within_one_minute: None,
) -> None:
    shop: Shop = open_shop(quota=3)
    answers = [shop.live.get(STATS) for _ in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 6
    late = answers[-1]
    refusal(late, 429, "rate_limited")
    assert late.headers["RateLimit"] == '"minute";r=0;t=50'
    assert late.headers["Retry-After"] == "50"
    assert shop.test.get(STATS).status_code == 200
    assert shop.admin.get(STATS).status_code == 200


def test_a_larger_quota_is_kept_over_the_shared_counter_as_well(
    open_shop: Any,  # noqa: F811
    within_one_minute: None,
) -> None:
    shop: Shop = open_shop(quota=50)
    codes = [shop.live.get("/api/v1/merchant/earning-rules").status_code for _ in range(110)]
    assert codes == [200] * 50 + [429] * 60


def test_the_next_minute_brings_a_new_quota(open_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    shop: Shop = open_shop(quota=2)
    take, minute = Limiter.take, clock.system() // 60_000
    for number, passed in enumerate((59_999, 60_000)):
        now = minute * 60_000 + passed
        monkeypatch.setattr(
            Limiter,
            "take",
            lambda self, store, credential, quota, _, now=now: take(self, store, credential, quota, now),
        )
        answers = [shop.live.get(STATS) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429], f"minute {number}"


def test_what_is_over_the_limit_moves_nothing(open_shop: Any, phone: str) -> None:  # noqa: F811
    shop: Shop = open_shop(quota=2)
    made = [shop.live.post(ISSUE, {"phone": phone, "coins": 1}).status_code for _ in range(8)]
    assert data(shop.admin.get(BALANCE, params={"phone": phone}))["balance"] == made.count(200)
