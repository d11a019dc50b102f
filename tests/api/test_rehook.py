"""The wallets of an application: the calls and answers that clients of Rehook's wallet API know."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.rehook_fixtures import UNKNOWN, app, created, customer, moved, post, wallet  # noqa: F401 - fixtures
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture


def held(client: Client, customer: str) -> dict[str, Any]:
    answer = client.get(f"/wallets/customer/{customer}")
    assert answer.status_code == 200, answer.text
    return {each["wallet_id"]: each["loyalty_points"] for each in answer.json()}


def wrong(answer: Any, status: int, **expected: Any) -> Any:
    """An error object of this API: nothing but these, and the request's id."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.pop("request_id") == answer.headers["X-Request-ID"]
    assert body == expected
    return body


# -- Their samples ---------------------------------------------------------------------------------------------------


def test_the_sample_request_has_the_sample_answer(app: Shop, wallet: str, customer: str) -> None:
    moved(post(app.application, customer, wallet, 40))
    text = "Customer have credited his wallet with 20 points"
    answer = post(app.application, customer, wallet, 20, description=text)
    body = moved(answer)
    assert list(body) == [
        *("requestId", "txn_id", "id", "wallet_id"),
        *("loyalty_points", "previous_loyalty_points", "points", "description"),
    ]
    assert (body["previous_loyalty_points"], body["points"], body["loyalty_points"]) == (40, 20, 60)
    assert (body["wallet_id"], body["description"]) == (wallet, text)
    assert body["requestId"] == answer.headers["X-Request-ID"]
    assert body["txn_id"].startswith("txn_")
    assert body["id"].startswith("cust_")
    assert held(app.application, customer) == {wallet: 60}


def test_the_seeded_customer_begins_with_the_samples_forty_points(application: Client, credentials: Any) -> None:
    known = credentials["rehook"]
    balance = held(application, known["source_id"])[known["wallet_id"]]
    body = moved(post(application, known["source_id"], known["wallet_id"], 20))
    assert body["previous_loyalty_points"] == balance
    assert body["loyalty_points"] == balance + 20
    moved(post(application, known["source_id"], known["wallet_id"], 20, "debit"))


def test_a_wrong_customer_is_not_found_as_in_the_sample(app: Shop, wallet: str) -> None:
    answer = post(app.application, "nobody", wallet, 20)
    wrong(answer, 404, code=404, message="resource not found", details="customer not found")
    answer = app.application.get("/wallets/customer/nobody")
    wrong(answer, 404, code=404, message="resource not found", details="customer not found")


@pytest.mark.parametrize("id", [UNKNOWN, "waty_1", "a%23b", "%00", "wal_00000000000000000000000000", "x" * 2000])
def test_a_wrong_wallet_is_not_found(app: Shop, customer: str, id: str) -> None:
    answer = post(app.application, customer, id, 20)
    wrong(answer, 404, code=404, message="resource not found", details="wallet not found")


def test_without_the_wallet_in_the_path_there_is_no_such_route(app: Shop, customer: str) -> None:
    answer = app.application.put(f"/wallets/customer/{customer}/transactions", {"points": 20, "type": "credit"})
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("type", [{}, {"type": None}])
def test_a_missing_type_has_the_samples_error(app: Shop, wallet: str, customer: str, type: dict[str, Any]) -> None:
    answer = app.application.put(f"/wallets/customer/{customer}/transactions/{wallet}", {"points": 20, **type})
    said = "type field is required"
    wrong(answer, 400, code=401, key="type", message=said, details=said)


@pytest.mark.parametrize("body", [{}, {"type": "credit"}, {"points": None, "type": "debit"}, {"description": "x"}])
def test_missing_points_have_the_samples_error(app: Shop, wallet: str, customer: str, body: dict[str, Any]) -> None:
    answer = app.application.put(f"/wallets/customer/{customer}/transactions/{wallet}", body)
    details = "The payload cannot be empty"
    wrong(answer, 400, code=400, key="invalid_payload", message="Invalid payload", details=details)


# -- Points ----------------------------------------------------------------------------------------------------------


def test_a_debit_takes_points_and_none_that_are_not_there(app: Shop, wallet: str, customer: str) -> None:
    moved(post(app.application, customer, wallet, 30))
    body = moved(post(app.application, customer, wallet, "10", "debit"))
    assert (body["previous_loyalty_points"], body["points"], body["loyalty_points"]) == (30, 10, 20)
    assert body["description"] is None
    over = post(app.application, customer, wallet, 21, "debit")
    wrong(over, 400, code=400, key="points", message="insufficient points", details="the wallet holds 20 points")
    assert held(app.application, customer) == {wallet: 20}


def test_a_debit_of_a_wallet_that_never_held_anything_is_refused(app: Shop, wallet: str, customer: str) -> None:
    over = post(app.application, customer, wallet, 1, "debit")
    wrong(over, 400, code=400, key="points", message="insufficient points", details="the wallet holds 0 points")


@pytest.mark.parametrize(
    "change",
    [
        *({"points": value} for value in (0, -5, "1.5", "NaN", "x", True, [], {}, 10**16, "")),
        *({"type": value} for value in ("refund", "CREDIT", "", 1, [], {})),
        *({"description": value} for value in ("", "x" * 257, 5, "a\x00b")),
        {"idempotency_key": "a b"},
    ],
)
def test_bad_input_names_its_key_and_moves_nothing(
    app: Shop, wallet: str, customer: str, change: dict[str, Any]
) -> None:
    body = {"points": 5, "type": "credit", **change}
    answer = app.application.put(f"/wallets/customer/{customer}/transactions/{wallet}", body)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["key"], error["code"], error["message"]) == (next(iter(change)), 400, "Validation failed")
    assert held(app.application, customer) == {wallet: 0}


@pytest.mark.parametrize("where", ["header", "body"])
def test_the_same_key_moves_points_once(app: Shop, wallet: str, customer: str, where: str) -> None:
    key = f"once-{customer}"
    more = {"headers": {"Idempotency-Key": key}} if where == "header" else {"idempotency_key": key}
    first, again = (post(app.application, customer, wallet, 20, **more) for _ in range(2))
    first_and_second = [
        {name: value for name, value in moved(each).items() if name != "requestId"} for each in (first, again)
    ]
    assert first_and_second[0] == first_and_second[1]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(app.application, customer, wallet, 21, **more)
    assert (other.status_code, other.json()["details"]) == (422, "idempotency key reused")
    assert held(app.application, customer) == {wallet: 20}


def test_a_refused_debit_stays_refused_under_its_key(app: Shop, wallet: str, customer: str) -> None:
    headers = {"Idempotency-Key": f"refused-{customer}"}
    assert post(app.application, customer, wallet, 5, "debit", headers=headers).status_code == 400
    moved(post(app.application, customer, wallet, 5))
    again = post(app.application, customer, wallet, 5, "debit", headers=headers)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (400, "true")


def test_without_a_key_each_call_counts(app: Shop, wallet: str, customer: str) -> None:
    for _ in range(2):
        moved(post(app.application, customer, wallet, 20))
    assert held(app.application, customer) == {wallet: 40}


def test_debits_at_once_take_no_more_than_is_there(app: Shop, wallet: str, customer: str) -> None:
    moved(post(app.application, customer, wallet, 10))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: post(app.application, customer, wallet, 1, "debit"), range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [400] * 14
    assert held(app.application, customer) == {wallet: 0}


def test_points_with_decimals_are_exact_and_never_more_of_them_than_the_type_has(app: Shop, customer: str) -> None:
    fine = created(app.application, wallet_name="Fine", decimals=2)
    moved(post(app.application, customer, fine, "0.10"))
    body = moved(post(app.application, customer, fine, 0.2))
    assert (body["previous_loyalty_points"], body["loyalty_points"]) == (0.1, 0.3)
    assert post(app.application, customer, fine, "0.001").json()["key"] == "points"


def test_points_expire_with_the_month_where_the_type_says_so(app: Shop, customer: str) -> None:
    application = app.application_test
    assert application.put(f"/wallets/customer/{customer}").status_code == 200
    short = created(application, wallet_name="Short", expiry_months=1)
    early, late = application.at("2027-01-10T06:00:00Z"), application.at("2027-02-28T18:30:00Z")
    moved(post(early, customer, short, 10))
    assert held(application.at("2027-02-28T18:29:59Z"), customer)[short] == 10
    assert held(late, customer)[short] == 0
    assert post(late, customer, short, 1, "debit").json()["details"] == "the wallet holds 0 points"
    body = moved(post(late, customer, short, 3))
    assert (body["previous_loyalty_points"], body["loyalty_points"]) == (0, 3)


# -- Customers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "source"),
    [
        ("KMN%40123", "KMN@123"),
        ("a%23b%3Fc%26d", "a#b?c&d"),
        ("100%25", "100%"),
        ("%E0%A4%B0%E0%A4%BE%E0%A4%AE%20%F0%9F%99%82", "राम 🙂"),
        ("a+b", "a+b"),
        ("x" * 128, "x" * 128),
        ("txn_00000000000000000000000000", "txn_00000000000000000000000000"),
    ],
)
def test_a_customer_has_the_applications_own_name_percent_encoded(
    app: Shop, wallet: str, sent: str, source: str
) -> None:
    first = app.application.put(f"/wallets/customer/{sent}")
    assert first.status_code == 200
    assert first.json() == {"id": first.json()["id"], "source_id": source}
    assert app.application.put(f"/wallets/customer/{sent}").json() == first.json()
    body = moved(post(app.application, sent, wallet, 5))
    assert body["id"] == first.json()["id"]


@pytest.mark.parametrize("sent", ["x" * 129, "%00", "a%0Ab", "a%2Fb", "%FF", "%ED%A0%80", "%E2%80%AE", "%EF%BF%BD"])
def test_what_is_no_name_is_no_customer(app: Shop, wallet: str, sent: str) -> None:
    for answer in (
        app.application.put(f"/wallets/customer/{sent}"),
        app.application.get(f"/wallets/customer/{sent}"),
        post(app.application, sent, wallet, 5),
    ):
        wrong(answer, 404, code=404, message="resource not found", details="customer not found")


def test_a_customer_may_be_named_by_our_id_as_well(app: Shop, wallet: str, customer: str) -> None:
    id = moved(post(app.application, customer, wallet, 5))["id"]
    assert moved(post(app.application, id, wallet, 5))["loyalty_points"] == 10
    assert held(app.application, id) == held(app.application, customer)
    assert app.application.put(f"/wallets/customer/{id}").json() == {"id": id, "source_id": customer}
    nobody = "cust_00000000000000000000000000"
    assert app.application.put(f"/wallets/customer/{nobody}").status_code == 404
    assert post(app.application, nobody, wallet, 5).status_code == 404


def test_one_application_sees_nothing_of_another(app: Shop, application: Client, wallet: str, customer: str) -> None:
    id = moved(post(app.application, customer, wallet, 5))["id"]
    for named in (customer, id):
        assert application.get(f"/wallets/customer/{named}").status_code == 404
        assert post(application, named, wallet, 5, "debit").status_code == 404
    assert application.put(f"/wallets/customer/{customer}").json()["id"] != id
    answer = post(application, customer, wallet, 5, "debit")
    wrong(answer, 404, code=404, message="resource not found", details="wallet not found")
    assert wallet not in {each["wallet_id"] for each in application.get("/wallets").json()}


@pytest.mark.parametrize("auth", [None, ("x", "y"), ("batua_live_a_b", "y"), ("", "")])
def test_without_a_good_key_and_secret_nothing_is_answered(app: Shop, wallet: str, auth: Any) -> None:
    stranger = Client(app.live.url, auth=auth)
    name, secret = app.application.auth or ("", "")
    clients = [
        stranger,
        app.live,
        Client(app.live.url, auth=(name, secret + "x")),
        Client(app.live.url, auth=(name, "")),
    ]
    for client in clients:
        for answer in (client.get("/wallets"), post(client, "krishna123", wallet, 5)):
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="batua"' or client is not stranger
            wrong(
                answer,
                401,
                code=401,
                message="Authentication required. Send a valid credential.",
                details="unauthenticated",
            )


def test_a_test_key_moves_nothing_live(app: Shop, wallet: str, customer: str) -> None:
    moved(post(app.application, customer, wallet, 5))
    sandbox = app.application_test
    assert sandbox.get(f"/wallets/customer/{customer}").status_code == 404
    assert sandbox.put(f"/wallets/customer/{customer}").status_code == 200
    assert moved(post(sandbox, customer, wallet, 100))["loyalty_points"] == 100
    assert held(app.application, customer) == {**held(app.application, customer), wallet: 5}
