"""All customers of a merchant: GET /api/v1/merchant/customers (list_customers)."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from batua import clock
from batua.archive import months
from batua.coins import customer_list
from batua.customers import listing, relisting
from batua.store import keys
from batua.store.customer_keys import CUSTOMER_LISTED
from batua.store.store import store
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.counter import CUSTOMERS, ISSUE, REDEEM, data, listed, masked, merge, numbers, reassign, refusal, rename
from tests.api.customers import Phone
from tests.api.import_fixtures import *  # noqa: F403 - fixtures
from tests.api.import_fixtures import Shop, phones
from tests.api.member_fixtures import join, network  # noqa: F401
from tests.api.program_fixtures import SignIn, till
from tests.api.signed_in import signed_in  # noqa: F401
from tests.waiting import until


def issue(client: Client, phone: str, coins: int = 10) -> dict[str, Any]:
    made: dict[str, Any] = data(client.post(ISSUE, {"phone": phone, "coins": coins}))
    return made


def row_places(scope: str, customer: str) -> list[str]:
    partition = keys.customer_key(scope, customer).pk
    return [row["sk"] for row in store().query_all("directory", partition, beginning=CUSTOMER_LISTED)]


def listed_for(scope: str, customer: str) -> None:
    """Waits for the stream."""
    until(lambda: row_places(scope, customer), otherwise="a row of the customer")


@pytest.fixture
def books(shop: Shop) -> str:
    return keys.scope("live", shop.tenant_id)


@pytest.fixture
def holder_of(platform: Any) -> Any:
    return lambda number, slug: Phone(Device(platform), number, slug)


def test_whoever_came_last_is_first_and_everyone_is_there_once(shop: Shop, phone: str) -> None:
    people = phones(7, phone)
    for number in people:
        issue(shop.till, number)
    issue(shop.till, people[2], 5)
    data(shop.till.post(REDEEM, {"phone": people[4], "coins": 3}))
    order = [4, 2, 6, 5, 3, 1, 0]
    expected = [masked(people[number]) for number in order]
    assert numbers(shop.till) == expected
    assert numbers(shop.till, limit=1) == expected
    assert numbers(shop.till, limit=3) == expected
    first, second, *_ = listed(shop.admin)
    assert first["phone"] == people[4], "in full for who may change customers"
    assert (first["balance"], second["balance"], first["name"]) == (7, 15, None)
    assert first["last_visit"] > second["last_visit"] >= first["registered_at"]
    looked_up = data(shop.till.get(f"{CUSTOMERS}/lookup", params={"wallet_id": first["wallet_id"]}))
    assert looked_up["customer"]["id"] == first["customer_id"]


def test_a_page_looks_at_so_many_entries_and_leads_on(shop: Shop, phone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = phones(2, phone)
    issue(shop.till, two)
    for _ in range(8):
        issue(shop.till, one)
    monkeypatch.setattr(customer_list, "_MAX_SCANNED", 3)
    page = shop.till.get(CUSTOMERS).json()
    assert ([row["phone"] for row in page["data"]], bool(page["meta"]["next_cursor"])) == ([masked(one)], True)
    assert numbers(shop.till) == [masked(one), masked(two)]


def test_found_by_the_beginning_of_any_word_of_the_name(shop: Shop, books: str, phone: str) -> None:
    names = ["Asha Rao", "Ravi Ashok Kumar", "आशा वर्मा", "D'Souza, José", None]
    people = dict(zip(phones(5, phone), names, strict=True))
    for number, name in people.items():
        id = issue(shop.till, number)["customer_id"]
        listed_for(books, id)
        data(rename(shop.admin, id, name))

    def found(q: str, **more: Any) -> set[str]:
        rows = [row["name"] for row in listed(shop.till, q=q, **more)]
        assert len(rows) == len(set(rows)), "nobody twice"
        return set(rows)

    assert found("ash") == {"Asha Rao", "Ravi Ashok Kumar"}
    assert found("ASH", limit=1) == {"Asha Rao", "Ravi Ashok Kumar"}
    assert found("kumar rav") == {"Ravi Ashok Kumar"}
    assert found("आश") == {"आशा वर्मा"}
    assert found("वर्") == {"आशा वर्मा"}
    assert found("souza") == {"D'Souza, José"}
    assert found("  jos   d'so ") == {"D'Souza, José"}
    assert found("sha") == set()
    assert found("asha kumar") == set()


def test_found_by_the_last_digits_of_the_number(shop: Shop, books: str, phone: str) -> None:
    people = phones(3, phone)
    for number in people:
        listed_for(books, issue(shop.till, number)["customer_id"])
    for wanted in people:
        for q in (wanted[-4:], wanted[-7:], wanted, f"0{wanted[3:]}", f"{wanted[3:8]} {wanted[8:]}"):
            ends = {each for each in people if each.endswith(wanted[-4:])}
            assert masked(wanted) in numbers(shop.till, q=q), q
            assert set(numbers(shop.till, q=q)) <= {masked(each) for each in ends}
    assert numbers(shop.till, q="०१२३४५६७८९९") == []


@pytest.mark.parametrize("q", ["+", "--", "' ."])
def test_a_search_for_nothing_is_refused_by_name(shop: Shop, q: str) -> None:
    assert "q" in refusal(shop.till.get(CUSTOMERS, params={"q": q}), 400, "validation_error")["errors"]


def test_limits_and_cursors_are_checked(shop: Shop, phone: str, live: Client) -> None:
    for number in phones(2, phone):
        issue(shop.till, number)
    refusal(shop.till.get(CUSTOMERS, params={"limit": 101}), 400, "validation_error")
    refusal(shop.till.get(CUSTOMERS, params={"q": "a" * 81}), 400, "validation_error")
    cursor = shop.till.get(CUSTOMERS, params={"limit": 1}).json()["meta"]["next_cursor"]
    refusal(shop.till.get(CUSTOMERS, params={"cursor": cursor, "q": "asha"}), 400, "invalid_cursor")
    refusal(live.get(CUSTOMERS, params={"cursor": cursor}), 400, "invalid_cursor")
    assert numbers(shop.till, q="   ") == numbers(shop.till), "nothing was asked for"


def test_people_of_an_import_who_never_came_are_at_the_end(shop: Shop, books: str, phone: str) -> None:
    came, waits, comes = phones(3, phone)
    issue(shop.till, came)
    content = f"Mobile,Name\n{waits},Meera Nair\n{comes},Meera Iyer\n"
    made = shop.run(shop.checked(content, kind="customers")["id"], "apply")
    assert made["counts"]["imported"] == 2
    rows = {row["phone"]: row for row in listed(shop.admin)}
    assert next(iter(rows)) == came
    assert rows[waits] == {
        "customer_id": rows[waits]["customer_id"], "wallet_id": None, "phone": waits, "name": "Meera Nair",
        "balance": 0, "last_visit": None, "registered_at": rows[waits]["registered_at"],
    }  # fmt: skip
    assert {row["phone"] for row in listed(shop.admin, q="meera")} == {waits, comes}
    assert numbers(shop.admin, q=waits[-6:]) == [waits]
    issue(shop.till, comes)
    assert numbers(shop.admin) == [comes, came, waits]
    until(lambda: _place(books, rows[comes]["customer_id"]).startswith("S#"), otherwise="the stream")
    assert numbers(shop.admin) == [comes, came, waits]
    # What an import brought in leaves with it; who has come meanwhile keeps their place, and not its name.
    shop.run(made["id"], "reverse")
    assert numbers(shop.admin) == [comes, came]
    assert listed(shop.admin, q="meera") == []
    assert row_places(books, rows[waits]["customer_id"]) == []


def _place(scope: str, customer: str) -> str:
    partition = keys.customer_key(scope, customer).pk
    (row,) = [
        row for row in store().query_all("directory", partition, beginning=CUSTOMER_LISTED) if row["sk"].count("#") == 1
    ]
    return str(row["g2s"])


def test_people_of_a_file_of_balances_without_coins_are_listed(shop: Shop, phone: str) -> None:
    one, two = phones(2, phone)
    shop.run(shop.checked(f"Mobile,Points\n{one},\n{two},20\n")["id"], "apply")
    rows = {row["phone"]: row for row in listed(shop.admin)}
    assert set(rows) == {one, two}
    assert (rows[two]["balance"], rows[two]["last_visit"]) == (20, None), "an import is no visit"


def test_coins_of_an_import_leave_the_last_visit_as_it_was(shop: Shop, phone: str) -> None:
    here, other = phones(2, phone)
    visit = issue(shop.till, here)["created_at"]
    issue(shop.till, other)
    shop.run(shop.checked(f"Mobile,Points\n{here},20\n")["id"], "apply")
    row = listed(shop.admin)[0]
    assert (row["phone"], row["balance"], row["last_visit"]) == (here, 30, visit)


def test_whose_entries_have_left_the_table_are_still_listed(
    shop: Shop, books: str, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = phones(2, phone)
    listed_for(books, issue(shop.till, old)["customer_id"])
    until(lambda: clock.system() > clock.parse_iso(listed(shop.till)[0]["last_visit"]), otherwise="a millisecond")
    boundary = clock.system()
    listed_for(books, issue(shop.till, new)["customer_id"])
    monkeypatch.setattr(months, "lists_from", lambda mode, since, now: (boundary, clock.iso(boundary)))
    assert numbers(shop.admin) == [new, old]
    assert numbers(shop.admin, limit=1) == [new, old]


def test_a_merchant_of_a_network_sees_its_own_customers_alone(
    network: str, join: Any, operator: Client, phone: str
) -> None:
    """Two members serve one customer; each sees when they were last at its own counter."""
    (first_id, first), (second_id, second) = join(network), join(network)
    one, other = till(first), till(second)
    shared, own, foreign = phones(3, phone)
    made = issue(one, shared)
    until(lambda: clock.iso(clock.system()) > made["created_at"], otherwise="a millisecond")
    issue(one, own)
    issue(other, foreign)
    latest = issue(other, shared)
    scope = _scope_of(made["customer_id"])
    until(lambda: len(row_places(scope, made["customer_id"])) >= 2, otherwise="rows of both")

    here = listed(first)
    assert [row["phone"] for row in here] == [own, shared]
    assert here[1]["last_visit"] == made["created_at"]
    there = listed(second)
    assert [row["phone"] for row in there] == [masked(shared), foreign], "another has registered the first"
    assert there[0]["last_visit"] == latest["created_at"]
    # By digits that it sees, and not by those that it does not.
    assert masked(shared) in numbers(second, q=shared[-4:])
    assert numbers(second, q=shared[-6:]) == []
    assert numbers(first, q=foreign[-6:]) == []
    # The name is for who registered the customer, and the owner, who finds whom it serves itself.
    data(rename(first, made["customer_id"], "Asha Rao"))
    refusal(rename(second, made["customer_id"], "Somebody Else"), 403, "forbidden")
    assert [row["name"] for row in listed(first, q="rao")] == ["Asha Rao"]
    assert listed(second, q="rao") == []
    assert {row["name"] for row in listed(second)} == {None}
    assert first_id != second_id


def _scope_of(customer: str) -> str:
    for record in store().scan_all("directory", beginning="L#"):
        if record["sk"] == "CUSTOMER" and record["pk"].endswith(f"#C#{customer}"):
            return str(record["pk"]).partition("#C#")[0]
    raise AssertionError(customer)


def test_a_page_of_a_network_looks_into_so_many_statements(
    network: str, join: Any, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, first), (_, second) = join(network), join(network)
    one, other = till(first), till(second)
    people = phones(4, phone)
    for number in people:
        issue(one, number)
    for number in people:
        issue(other, number)
    monkeypatch.setattr(customer_list, "_MOST_STATEMENTS", 1)
    assert len(first.get(CUSTOMERS).json()["data"]) == 1
    assert numbers(first) == people[::-1]


def test_who_was_merged_into_another_is_gone_and_the_name_goes_along(shop: Shop, books: str, phone: str) -> None:
    old, new = phones(2, phone)
    source = issue(shop.till, old)["customer_id"]
    listed_for(books, source)
    data(rename(shop.admin, source, "Asha Rao"))
    data(merge(shop.admin, source, new))
    until(lambda: not row_places(books, source), otherwise="the stream")
    (row,) = listed(shop.admin)
    assert (row["phone"], row["name"], row["balance"]) == (new, "Asha Rao", 10)
    assert numbers(shop.admin, q="asha") == [new]
    until(lambda: numbers(shop.admin, q=new[-5:]) == [new], otherwise="the stream")
    assert numbers(shop.admin, q=old[-5:]) == []
    record = store().read([keys.customer_key(books, source)])[keys.customer_key(books, source)]
    assert record
    assert "name" not in record
    issue(shop.till, old)
    assert numbers(shop.admin) == [old, new], "somebody else has the old number now"


def test_a_name_that_is_there_stays_in_a_merge(shop: Shop, phone: str) -> None:
    old, new = phones(2, phone)
    source, target = issue(shop.till, old)["customer_id"], issue(shop.till, new)["customer_id"]
    data(rename(shop.admin, source, "Asha Rao"))
    data(rename(shop.admin, target, "Asha R. Verma"))
    data(merge(shop.admin, source, new))
    assert [(row["phone"], row["name"]) for row in listed(shop.admin)] == [(new, "Asha R. Verma")]
    assert listed(shop.admin, q="rao") == []


def test_a_wrong_number_is_no_customer(shop: Shop, books: str, phone: str) -> None:
    wrong, right = phones(2, phone)
    made = issue(shop.till, wrong)
    listed_for(books, made["customer_id"])
    data(reassign(shop.admin, made["transaction_id"], right))
    assert numbers(shop.admin) == [right]
    assert numbers(shop.admin, q=wrong[-8:]) == []
    issue(shop.till, wrong)
    assert numbers(shop.admin) == [wrong, right]
    assert numbers(shop.admin, q=wrong[-8:]) == [wrong]


def test_who_spent_every_coin_is_a_customer_still(shop: Shop, books: str, phone: str) -> None:
    """Two entries and no coins: not each such wallet is one of a wrong number."""
    (spender,) = phones(1, phone)
    listed_for(books, issue(shop.till, spender)["customer_id"])
    data(shop.till.post(REDEEM, {"phone": spender, "coins": 10}))
    assert numbers(shop.admin, q=spender[-8:]) == numbers(shop.admin) == [spender]


def test_nothing_is_left_of_who_had_their_data_deleted(
    live: Client, platform: Any, scope: str, phone: str, signed_in: Any
) -> None:
    shop = signed_in("merchant_tenant_admin")
    id = issue(live, phone)["customer_id"]
    listed_for(scope, id)
    data(rename(shop, id, "Asha Unforgotten"))
    assert [row["customer_id"] for row in listed(shop, q="unforgotten")] == [id]
    holder = Phone(Device(platform), phone)
    holder.sign_in()
    assert holder("ExportMyData", proven=True).data["name"] == "Asha Unforgotten"
    assert holder("DeleteMyData", proven=True).status == 200
    assert row_places(scope, id) == []
    assert listed(shop, q="unforgotten") == []
    assert id not in {row["customer_id"] for row in listed(shop, q=phone[-6:])}
    (row,) = [row for row in shop.get(CUSTOMERS).json()["data"] if row["customer_id"] == id]
    assert (row["phone"], row["name"], row["balance"]) == (None, None, 10), "whose coins these are, nobody can tell"
    refusal(rename(shop, id, "Asha Again"), 404, "customer_not_found")
    # What the stream brings late lists nobody again.
    entry = {"eventName": "INSERT", "dynamodb": _image(scope, id, shop.tenant)}
    assert listing.list_served(store(), {"Records": [entry]}) == []
    assert row_places(scope, id) == []


def _image(scope: str, customer: str, tenant: str) -> dict[str, Any]:
    texts = {
        "pk": f"{scope}#K#txn_x", "sk": "TX", "kind": "issue", "cust": customer, "asset": "prg_x",
        "g2p": f"{scope}#M#{tenant}",
    }  # fmt: skip
    return {
        "SequenceNumber": "1",
        "Keys": {"sk": {"S": "TX"}},
        "NewImage": {name: {"S": value} for name, value in texts.items()},
    }


def test_a_customer_of_a_time_before_lists_is_listed_at_the_next_visit(shop: Shop, books: str, phone: str) -> None:
    id = issue(shop.till, phone)["customer_id"]
    listed_for(books, id)
    assert listing.forget_listing(store(), books, id, caller="test") == 1
    assert numbers(shop.admin) == [phone], "the list itself needs no row"
    issue(shop.till, phone)
    listed_for(books, id)
    assert numbers(shop.admin, q=phone[-5:]) == [phone]


def test_the_sandbox_has_a_list_of_its_own(shop: Shop, sign_in: SignIn, phone: str) -> None:
    issue(shop.till, phone)
    test = till(shop.admin, "test")
    assert listed(test) == []
    issue(test, phone)
    assert numbers(test) == [masked(phone)]


def test_all_of_a_time_before_lists_are_put_into_them_at_once(
    shop: Shop, network: str, join: Any, phone: str, books: str
) -> None:
    here, wrong, old, new, waits = phones(5, phone)
    _, member = join(network)
    ids = {number: issue(shop.till, number)["customer_id"] for number in (here, old)}
    data(rename(shop.admin, ids[here], "Meera Nair"))
    data(reassign(shop.admin, issue(shop.till, wrong)["transaction_id"], here))
    data(merge(shop.admin, ids[old], new))
    shop.run(shop.checked(f"Mobile,Name\n{waits},Meera Iyer\n", kind="customers")["id"], "apply")
    shared = issue(till(member), here)
    scope = _scope_of(shared["customer_id"])
    listed_for(scope, shared["customer_id"])
    everyone = [each["customer_id"] for each in listed(shop.admin)]
    for place, customer in ((scope, shared["customer_id"]), *((books, each) for each in (*everyone, ids[old]))):
        until(lambda: row_places(place, customer) or customer == ids[old], otherwise="the stream")  # noqa: B023
        listing.forget_listing(store(), place, customer, caller="test")
    assert listed(shop.admin, q="meera") == []

    assert relisting.list_all(store()) >= 4
    assert set(numbers(shop.admin)) == {here, new, waits}
    assert numbers(shop.admin)[-1] == waits, "has not come yet"
    assert {row["phone"] for row in listed(shop.admin, q="meera")} == {here, waits}
    assert [numbers(shop.admin, q=number[-8:]) for number in (here, wrong, old, new)] == [[here], [], [], [new]]
    assert numbers(member, q=here[-8:]) == [here]
    rows = row_places(books, ids[here])
    relisting.list_all(store())
    assert row_places(books, ids[here]) == rows


def test_a_store_is_gone_through_once(shop: Shop, books: str, phone: str) -> None:
    relisting.list_all_once(store())
    id = issue(shop.till, phone)["customer_id"]
    listed_for(books, id)
    listing.forget_listing(store(), books, id, caller="test")
    assert relisting.list_all_once(store()) == 0
    assert row_places(books, id) == []
