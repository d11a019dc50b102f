"""The wallets of an application: the calls and answers that clients of Rehook's wallet API know."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batua import ids
from batua.customers.points import MAX_WALLET_TYPES
from tests.api.conftest import Client
from tests.api.counter import ISSUE, data
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

UNKNOWN = "waty_00000000000000000000000000"


@pytest.fixture(scope="module")
def app(open_shop: Any) -> Shop:  # noqa: F811
    made: Shop = open_shop()
    return made


@pytest.fixture(scope="module")
def wallet(app: Shop) -> str:
    return created(app.application, wallet_name="Points")


def created(client: Client, **body: Any) -> str:
    answer = client.post("/wallets", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["wallet_id"])


@pytest.fixture
def customer(app: Shop) -> str:
    """Somebody whom the application has just made known."""
    source = f"someone-{ids.new_id('src')}"
    assert app.application.put(f"/wallets/customer/{source}").status_code == 200
    return source


def post(client: Client, customer: str, wallet: str, points: Any, type: str = "credit", **more: Any) -> Any:
    headers = more.pop("headers", {})
    return client.put(
        f"/wallets/customer/{customer}/transactions/{wallet}",
        {"points": points, "type": type, **more},
        headers=headers,
    )


def moved(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


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


# -- Wallet types ----------------------------------------------------------------------------------------------------


def test_a_wallet_type_is_created_and_listed(open_shop: Any) -> None:  # noqa: F811
    client = open_shop().application
    assert client.get("/wallets").json() == []  # the merchant's own coin program is not one of them
    plain = client.post("/wallets", {"wallet_name": "Points"})
    assert plain.status_code == 201
    assert plain.json() == {
        "wallet_id": plain.json()["wallet_id"],
        "wallet_name": "Points",
        "currency": "INR",
        "singular_unit_name": "point",
        "plural_unit_name": "points",
        "decimals": 0,
        "expiry_months": None,
    }
    units = {"singular_unit_name": "star", "plural_unit_name": "stars", "currency": "USD"}
    other = client.post("/wallets", {"wallet_name": "Stars", **units, "decimals": 2, "expiry_months": 6}).json()
    assert client.get("/wallets").json() == [plain.json(), other]
    assert client.put("/wallets/customer/someone").status_code == 200
    shown = client.get("/wallets/customer/someone").json()
    assert [each["wallet_name"] for each in shown] == ["Points", "Stars"]
    assert list(shown[1]) == [
        *("wallet_id", "wallet_name", "currency", "singular_unit_name", "plural_unit_name"),
        *("loyalty_points", "held_points", "expiry_months"),
    ]
    assert (shown[1]["loyalty_points"], shown[1]["held_points"]) == (0, 0)


def test_a_wallet_type_is_created_once_under_a_key(open_shop: Any) -> None:  # noqa: F811
    client, headers = open_shop().application, {"Idempotency-Key": "my-wallet"}
    first, again = (client.post("/wallets", {"wallet_name": "Points"}, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/wallets", {"wallet_name": "Stars"}, headers=headers)
    assert (other.status_code, other.json()["details"]) == (422, "idempotency key reused")
    assert len(client.get("/wallets").json()) == 1


def test_an_application_has_no_more_wallet_types_than_it_may_but_keeps_those_it_has(open_shop: Any) -> None:  # noqa: F811
    client, headers = open_shop().application, {"Idempotency-Key": "the-first"}
    client.post("/wallets", {"wallet_name": "Points"}, headers=headers)
    for number in range(1, MAX_WALLET_TYPES):
        created(client, wallet_name=f"Points {number}")
    over = client.post("/wallets", {"wallet_name": "One more"})
    assert (over.status_code, over.json()["details"]) == (409, "too many wallet types")
    assert client.post("/wallets", {"wallet_name": "Points"}, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        *({"wallet_name": value} for value in (None, "", "x" * 129, "a\nb", 5)),
        *({"currency": value} for value in ("inr", "RUPEE", "")),
        *({"decimals": value} for value in (-1, 3, "many")),
        *({"expiry_months": value} for value in (0, 121, "never")),
        {"singular_unit_name": ""},
        {"plural_unit_name": []},
    ],
)
def test_a_bad_wallet_type_names_its_key(app: Shop, change: dict[str, Any]) -> None:
    answer = app.application.post("/wallets", {"wallet_name": "Points", **change})
    assert (answer.status_code, answer.json()["key"]) == (400, next(iter(change)))


def test_points_of_the_tenants_customers_do_not_show_at_its_counter(app: Shop, wallet: str, phone: str) -> None:
    """A tenant may have both: coins at its counter, and points of wallet types, in the same books."""
    coins = data(app.live.post(ISSUE, {"phone": phone, "coins": 10}))
    points = moved(post(app.application, coins["customer_id"], wallet, 500))
    assert points["loyalty_points"] == 500
    assert data(app.live.get("/api/v1/merchant/customers/balance", params={"phone": phone}))["balance"] == 10
    ledger = data(app.live.get("/api/v1/merchant/ledger", params={"limit": 100}))
    assert points["txn_id"] not in {row["transaction_id"] for row in ledger}
    assert data(app.live.get("/api/v1/merchant/customers/recent"))[0]["last_coins"] == 10
    undo = app.live.post(f"/api/v1/merchant/coins/{points['txn_id']}/reverse", {})
    assert (undo.status_code, undo.json()["code"]) == (404, "transaction_not_found")
    trail = data(app.live.get("/api/v1/merchant/audit"))
    assert [line["coins"] for line in trail if line["id"] == points["txn_id"]] == [None]


def history(client: Client, customer: str, wallet: str, **query: Any) -> Any:
    return client.get(f"/wallets/customer/{customer}/transactions/{wallet}", params=query)


def test_a_customers_history_shows_what_moved_the_newest_first(app: Shop, wallet: str, customer: str) -> None:
    assert history(app.application, customer, wallet).json() == {
        "wallet_id": wallet,
        "transactions": [],
        "next_cursor": None,
    }
    for points, type in ((40, "credit"), (15, "debit"), (5, "credit")):
        moved(post(app.application, customer, wallet, points, type, description=f"{type} {points}"))
    shown = moved(history(app.application, customer, wallet))
    rows = [
        (each["type"], each["points"], each["loyalty_points"], each["description"]) for each in shown["transactions"]
    ]
    assert rows == [("credit", 5, 30, "credit 5"), ("debit", 15, 25, "debit 15"), ("credit", 40, 40, "credit 40")]
    first = moved(history(app.application, customer, wallet, limit=2))
    second = moved(history(app.application, customer, wallet, limit=2, cursor=first["next_cursor"]))
    paged = [each["txn_id"] for page in (first, second) for each in page["transactions"]]
    assert paged == [each["txn_id"] for each in shown["transactions"]]


def test_a_history_is_of_the_applications_own_customers_and_wallets(
    app: Shop,
    wallet: str,
    customer: str,
    open_shop: Any,  # noqa: F811
) -> None:
    assert history(app.application, "nobody", wallet).status_code == 404
    assert history(app.application, customer, UNKNOWN).json()["details"] == "wallet not found"
    assert history(open_shop().application, customer, wallet).status_code == 404
    assert history(app.application, customer, wallet, cursor="AAAA").status_code == 400
    assert history(app.application, customer, wallet, sort="old").status_code == 400
