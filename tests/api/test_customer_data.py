"""A customer takes a copy of their data, or has it deleted in every shop of the network."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock
from batua.customers import model as customers
from batua.customers.past import PastTransaction, past_item, past_of
from batua.integrations.order_record import contact_location
from batua.store import contact_keys, keys
from batua.store.store import store
from batua.store.writes import ABSENT, Put, Update
from local.host import LocalPlatform
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.counter import BALANCE
from tests.api.customers import Phone
from tests.api.rewarding import customer, decide, redemption, reward
from tests.api.signed_in import SignedIn, signed_in  # noqa: F401

HOME = {
    "name": "Asha Verma",
    "line1": "12 MG Road",
    "city": "Bengaluru",
    "state": "Karnataka",
    "postal_code": "560001",
}


@pytest.fixture
def shop(signed_in: Any) -> SignedIn:  # noqa: F811
    found: SignedIn = signed_in("merchant_tenant_admin")
    return found


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    """Somebody with 100 coins, signed in."""
    made = Phone(Device(platform), customer(live, phone))
    made.sign_in()
    return made


def send_parcel(holder: Phone, shop: SignedIn) -> str:
    """A reward that goes to an address; it waits for the shop."""
    id = reward(shop, type="physical", delivery="manual")
    body = {"expected_points": 10, "address": HOME}
    answer = holder("RedeemMyReward", body, proven=True, path={"id": id})
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def scope_of(holder: Phone) -> tuple[str, str]:
    """The books that the customer is in, and their id."""
    id = holder("ReadMyProfile").data["customer_id"]
    for record in _directory():
        if record["sk"] == "CUSTOMER" and record["pk"].endswith(f"#C#{id}"):
            return record["pk"].partition("#C#")[0], id
    raise AssertionError(f"{id} is not stored")


def _directory() -> list[dict[str, Any]]:
    import boto3
    from boto3.dynamodb.types import TypeDeserializer

    from batua.settings import settings

    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings().directory_table)
    read = TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]


def test_the_export_holds_profile_coins_history_and_redemptions(holder: Phone, shop: SignedIn) -> None:
    parcel = send_parcel(holder, shop)
    answer = holder("ExportMyData", proven=True)
    assert answer.status == 200, answer.body
    data = answer.data
    assert (data["phone"], data["mode"]) == (holder.number, "live")
    assert data["merchant"]["slug"] == holder.slug
    assert data["preferences"]["receipts"] is True
    (own,) = [each for each in data["programs"] if each["balance"]["here"]]
    assert own["balance"]["available"] == 90
    assert [line["type"] for line in own["history"]] == ["hold", "issue"]
    assert own["history_complete"] is True
    (sent,) = own["redemptions"]
    assert (sent["id"], sent["address"]["line1"], sent["coins"]) == (parcel, HOME["line1"], 10)
    assert len(data["sessions"]) == 1


@pytest.mark.parametrize("function", ["ExportMyData", "DeleteMyData"])
def test_a_session_alone_neither_copies_nor_deletes(holder: Phone, function: str) -> None:
    assert holder(function).code == "reauthentication_required"
    assert holder("ReadMyProfile").status == 200


def test_the_export_is_the_callers_alone(platform: LocalPlatform, live: Client, holder: Phone, shop: SignedIn) -> None:
    send_parcel(holder, shop)
    other = Phone(Device(platform), customer(live, holder.number.replace("+9199", "+9188"), 7))
    other.sign_in()
    body = str(other("ExportMyData", proven=True).body)
    assert holder.number not in body
    assert HOME["line1"] not in body


def test_deleting_leaves_nothing_that_names_the_customer(
    platform: LocalPlatform, live: Client, holder: Phone, shop: SignedIn
) -> None:
    scope, id = scope_of(holder)
    parcel = send_parcel(holder, shop)
    assert decide(shop, parcel, "fulfill").status_code == 200
    merchant = holder("ReadMyProfile").data["merchant"]["id"]
    key = contact_location(scope, merchant, "asha@example.com")
    place = {"g1p": contact_keys.contacts_partition(scope, id), "g1s": key.pk}
    store().write(Put(key, {"phone": holder.number, "at": clock.system(), **place}, when=ABSENT))
    other = Phone(Device(platform), holder.number, read=holder.read)
    other.sign_in()

    answer = holder("DeleteMyData", proven=True)
    assert answer.status == 200, answer.body
    assert (answer.data["sessions"], answer.data["linked_emails"], answer.data["addresses"]) == (2, 1, 1)
    assert "Max-Age=0" in answer.cookie(f"__Host-batua_my_{holder.slug}")
    assert [one("ReadMyProfile").status for one in (holder, other)] == [401, 401]
    stored = [
        each for each in _directory() if id in str(each) and holder.number in str(each) and "OTP#" not in each["pk"]
    ]
    assert stored == []
    assert "phone" not in (store().read([key])[key] or {})
    assert redemption(shop, parcel)["address"] is None
    record = store().read([keys.customer_key(scope, id)])[keys.customer_key(scope, id)]
    assert record is not None
    assert customers.read_customer(record).phone is None


def test_what_an_import_said_is_in_the_copy_and_leaves_with_the_rest(live: Client, holder: Phone) -> None:
    scope, id = scope_of(holder)
    about = keys.customer_key(scope, id)
    day = clock.system() - 40 * clock.DAY_MS
    lines = [PastTransaction(day, "purchase", bill=240000, place="Jayanagar", source="imp_a")]
    lines.append(PastTransaction(day - 200 * clock.DAY_MS, "earned", 500, source="imp_a"))
    store().write(Update(about, set={"name": "Asha Rao", "name_by": "imp_a"}))
    for line in lines:
        store().write(Put(line.key(scope, id), past_item(line), when=ABSENT))
    copy = holder("ExportMyData", proven=True).data
    assert copy["name"] == "Asha Rao"
    # Half a year before that nobody used the number: it may have been somebody else's.
    assert [(line["type"], line["bill_amount"]) for line in copy["imported_history"]] == [("purchase", 2400)]
    assert holder("DeleteMyData", proven=True).data["imported_history"] == 2
    assert list(past_of(store(), scope, id)) == []
    assert "name" not in (store().read([about])[about] or {})


def test_coins_stay_and_using_them_brings_the_customer_back(
    platform: LocalPlatform, live: Client, holder: Phone
) -> None:
    assert holder("DeleteMyData", proven=True).status == 200
    assert live.get(BALANCE, params={"phone": holder.number}).json()["data"]["available"] == 100
    sent = holder.request_code()
    assert sent.status == 202, "it does not tell that the number was deleted"
    assert holder.enter(sent.data["otp_id"], "123456").code == "otp_invalid"
    customer(live, holder.number, 5)
    holder.proof = holder.csrf = ""
    holder.sign_in()
    assert holder("ListMyBalances").data[0]["available"] == 105
    assert holder("ReadMyProfile").data["preferences"]["offers"] is False


def test_an_address_that_is_still_needed_is_a_reason_to_wait(holder: Phone, shop: SignedIn) -> None:
    parcel = send_parcel(holder, shop)
    answer = holder("DeleteMyData", proven=True)
    assert (answer.status, answer.code) == (409, "redemptions_open")
    assert "1" in answer.body["message"]
    assert holder("ReadMyProfile").status == 200
    assert decide(shop, parcel, "cancel").status_code == 200
    assert holder("DeleteMyData", proven=True).status == 200


def test_codes_that_were_printed_before_a_deletion_open_nothing(live: Client, holder: Phone) -> None:
    token = holder("ReadMyQr").data["token"]
    assert live.get(BALANCE, params={"qr": token}).status_code == 200
    assert holder("DeleteMyData", proven=True).status == 200
    assert live.get(BALANCE, params={"qr": token}).status_code != 200
