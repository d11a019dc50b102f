"""Looking customers up at the counter, and their QR codes, which a scanner must be able to read."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
import zlib
from typing import Any

import jwt
import pytest
import zxingcpp

from batua import ids
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put, Update
from tests.api.counter import BALANCE, ISSUE, REDEEM, data, refusal

LOOKUP = "/api/v1/merchant/customers/lookup"
RECENT = "/api/v1/merchant/customers/recent"
NOBODY = "cust_00000000000000000000000000"


def qr(client: Any, customer: str, **more: Any) -> Any:
    return client.get(f"/api/v1/merchant/customers/{customer}/qr", **more)


def renew(client: Any, customer: str) -> Any:
    return client.post(f"/api/v1/merchant/customers/{customer}/qr")


def issued(client: Any, phone: str, coins: int = 10) -> Any:
    return data(client.post(ISSUE, {"phone": phone, "coins": coins}))


def code_of(client: Any, customer: str) -> str:
    """What a scanner reads from the customer's code as it is rendered now."""
    answer = qr(client, customer, params={"format": "png", "size": 4})
    assert answer.status_code == 200, answer.text
    return scanned(*pixels(answer.content))


def scanned(grey: bytes, width: int, height: int) -> str:
    (found,) = zxingcpp.read_barcodes(memoryview(grey).cast("B", shape=[height, width]))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return str(found.text)


def pixels(png: bytes) -> tuple[bytes, int, int]:
    """A black and white PNG as grey bytes."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colours = struct.unpack(">IIBB", png[16:26])
    assert (depth, colours) == (1, 0)
    chunks, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        chunks[kind] = chunks.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += 12 + length
    rows, length = zlib.decompress(chunks[b"IDAT"]), 1 + (width + 7) // 8
    grey, above = bytearray(), bytes(length - 1)
    for start in range(0, len(rows), length):
        filtered, row = rows[start], rows[start + 1 : start + length]
        assert filtered in (0, 2)  # as it is, or as the difference to the row above
        above = bytes((byte + up) % 256 for byte, up in zip(row, above, strict=True)) if filtered else row
        grey += bytes(255 * int(bit) for bit in "".join(f"{byte:08b}" for byte in above)[:width])
    return bytes(grey), width, height


def drawn(svg: str, scale: int = 8) -> tuple[bytes, int, int]:
    """The SVG's dark strokes, each of them modules in a row, as grey bytes; `scale` is pixels per module."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    size = int(root.attrib["width"])
    (line,) = [path for path in root.iter("{http://www.w3.org/2000/svg}path") if path.attrib.get("stroke") == "#000"]
    assert f"scale({scale})" in svg
    grey, x, y = bytearray(b"\xff" * size * size), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", line.attrib["d"]):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            for row in range(int((y - 0.5) * scale), int((y + 0.5) * scale)):
                left, right = int(x * scale), int((x + values[0]) * scale)
                grey[row * size + left : row * size + right] = bytes(right - left)
            x += values[0]
        else:
            x, y = values if command == "M" else (x + values[0], y + values[1])
    return bytes(grey), size, size


# -- Balance ---------------------------------------------------------------------------------------------------------


def test_the_balance_shows_coins_worth_and_what_expires_next(sandbox: Any, phone: str) -> None:
    first = data(sandbox.at("2027-01-05T06:00:00Z").post(ISSUE, {"phone": phone, "coins": 30}))
    shop = sandbox.at("2027-02-05T06:00:00Z")
    data(shop.post(ISSUE, {"phone": phone, "coins": 20}))
    shown = data(shop.get(BALANCE, params={"phone": phone}))
    assert shown == {
        "customer_id": first["customer_id"],
        "wallet_id": first["wallet_id"],
        "balance": 50,
        "held": 0,
        "available": 50,
        "value": 50,
        "expiring": [
            {"month": "2028-01", "coins": 30, "expires_at": "2028-01-31T18:29:59.999Z"},
            {"month": "2028-02", "coins": 20, "expires_at": "2028-02-29T18:29:59.999Z"},
        ],
        "mode": "test",
        "pending": [],
        "remainder": None,
        "tier": None,
    }


def test_phone_wallet_and_qr_show_the_same_balance(live: Any, phone: str) -> None:
    made = issued(live, phone)
    by_phone = data(live.get(BALANCE, params={"phone": phone}))
    assert data(live.get(BALANCE, params={"wallet_id": made["wallet_id"]})) == by_phone
    assert data(live.get(BALANCE, params={"qr": code_of(live, made["customer_id"])})) == by_phone


@pytest.mark.parametrize("written", ["{0}", "0{0}", "+91 {0}", "%2B91{0}", " 91{0}", "0091{0}", "91{0}", "({0})"])
def test_a_number_is_the_same_however_it_is_written(live: Any, phone: str, written: str) -> None:
    made = issued(live, phone)
    number = written.format(phone.removeprefix("+91"))
    answer = live.get(BALANCE + f"?phone={number}") if "%" in number else live.get(BALANCE, params={"phone": number})
    assert data(answer)["wallet_id"] == made["wallet_id"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"phone": "9" * 33}, "phone"),
        ({"phone": "+999999999999"}, "phone"),
        ({"phone": "\x00\x00\x00"}, "phone"),
        ({"phone": "+919876543210;ext=5"}, "phone"),
        ({"wallet_id": "wal_1"}, "wallet_id"),
        ({"wallet_id": "cust_00000000000000000000000000"}, "wallet_id"),
        ({"wallet_id": "wal_00000000000000000000000000#BAL"}, "wallet_id"),
        ({"qr": "short"}, "qr"),
        ({"qr": "x" * 129}, "qr"),
        ({"phone": "+919876543210", "wallet_id": "wal_00000000000000000000000000"}, "wallet_id"),
    ],
)
def test_a_query_that_names_no_customer_says_what_is_wrong(live: Any, query: dict[str, str], field: str) -> None:
    for path in (BALANCE, LOOKUP):
        assert field in refusal(live.get(path, params=query), 400, "validation_error")["errors"]


def test_unknown_customers_are_not_found(live: Any, phone: str) -> None:
    for path in (BALANCE, LOOKUP):
        refusal(live.get(path, params={"phone": phone}), 404, "customer_not_found")
        refusal(live.get(path, params={"wallet_id": "wal_00000000000000000000000000"}), 404, "customer_not_found")


def test_a_frozen_wallet_shows_its_balance_and_neither_gives_nor_takes(live: Any, scope: str, phone: str) -> None:
    made = issued(live, phone)
    key = keys.wallet_key(scope, made["wallet_id"])
    store().write(Update(key, set={"st": "frozen"}))
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 10
    assert data(live.get(LOOKUP, params={"phone": phone}))["wallets"][0]["status"] == "frozen"
    for path in (ISSUE, REDEEM, f"{ISSUE}/calculate", f"{REDEEM}/calculate"):
        refusal(live.post(path, {"phone": phone, "coins": 1}), 409, "wallet_not_active")


def test_a_wallet_of_another_program_in_the_same_books_is_not_found(keyed: Any, phone: str) -> None:
    """A tenant may have a coin program of its own and wallet types; the counter serves the one of them."""
    bakery = keyed("closed_loop_live_key")
    made = issued(bakery, phone)
    tenant = _claims(bakery)["own"]
    scope = f"L#{tenant}"
    record = store().read([keys.wallet_key(scope, made["wallet_id"])])[keys.wallet_key(scope, made["wallet_id"])]
    assert record is not None
    points = ids.derived_id("wal", scope, "waty_00000000000000000000000000", made["customer_id"])
    item = {name: value for name, value in record.items() if name not in ("pk", "sk")}
    store().write(Put(keys.wallet_key(scope, points), item))
    refusal(bakery.get(BALANCE, params={"wallet_id": points}), 404, "customer_not_found")
    refusal(bakery.post(ISSUE, {"wallet_id": points, "coins": 1}), 404, "customer_not_found")
    refusal(bakery.post(REDEEM, {"wallet_id": points, "coins": 1}), 404, "customer_not_found")


# -- Lookup and recent -----------------------------------------------------------------------------------------------


def test_lookup_shows_the_number_only_to_whom_knows_it(live: Any, phone: str) -> None:
    made = issued(live, phone)
    by_phone = data(live.get(LOOKUP, params={"phone": phone}))
    by_wallet = data(live.get(LOOKUP, params={"wallet_id": made["wallet_id"]}))
    by_qr = data(live.get(LOOKUP, params={"qr": code_of(live, made["customer_id"])}))
    assert by_phone["customer"] == {
        "id": made["customer_id"],
        "phone": phone,
        "name": None,
        "tags": [],
        "created_at": made["created_at"],
    }
    masked = f"+91••••••{phone[-4:]}"
    assert by_wallet["customer"]["phone"] == by_qr["customer"]["phone"] == masked
    for found in (by_phone, by_wallet, by_qr):
        assert found["last_visit"] == made["created_at"]
        assert found["wallets"] == [
            {
                "wallet_id": made["wallet_id"],
                "program": "Sitara Coins",
                "balance": 10,
                "available": 10,
                "pending": 0,
                "status": "active",
                "tier": None,
            }
        ]


def test_the_merchants_of_a_network_share_its_customers_and_nobody_else_does(live: Any, keyed: Any, phone: str) -> None:
    made = issued(live, phone)
    neighbour = keyed("second_merchant_live_key")
    assert data(neighbour.get(BALANCE, params={"phone": phone}))["balance"] == 10
    token = code_of(live, made["customer_id"])
    for stranger in ("other_tenant_key", "closed_loop_live_key", "merchant_test_key"):
        client = keyed(stranger)
        for name, value in {"phone": phone, "wallet_id": made["wallet_id"], "qr": token}.items():
            refusal(client.get(BALANCE, params={name: value}), 404, "customer_not_found")
            refusal(client.get(LOOKUP, params={name: value}), 404, "customer_not_found")
            refusal(client.post(REDEEM, {name: value, "coins": 1}), 404, "customer_not_found")
        refusal(qr(client, made["customer_id"]), 404, "customer_not_found")
        refusal(renew(client, made["customer_id"]), 404, "customer_not_found")


def test_recent_customers_stand_once_each_the_last_served_first(live: Any, keyed: Any, phone: str) -> None:
    other = f"{phone[:-1]}{(int(phone[-1]) + 5) % 10}"
    one, two = issued(live, phone, 5), issued(live, other, 7)
    data(live.post(REDEEM, {"phone": phone, "coins": 2}))
    rows = data(live.get(RECENT, params={"limit": 50}))
    assert [row["customer_id"] for row in rows[:2]] == [one["customer_id"], two["customer_id"]]
    assert (rows[0]["last_type"], rows[0]["last_coins"], rows[0]["wallet_id"]) == ("redeem", 2, one["wallet_id"])
    assert rows[0]["phone"] == f"+91••••••{phone[-4:]}"
    assert len({row["customer_id"] for row in rows}) == len(rows)
    assert len(data(live.get(RECENT, params={"limit": 1}))) == 1
    assert len(data(live.get(RECENT))) == 10
    seen = {row["customer_id"] for row in data(keyed("second_merchant_live_key").get(RECENT, params={"limit": 50}))}
    assert one["customer_id"] not in seen


@pytest.mark.parametrize("limit", ["0", "51", "-1", "ten", "", "1.5"])
def test_a_limit_out_of_bounds_is_refused(live: Any, limit: str) -> None:
    assert "limit" in refusal(live.get(RECENT, params={"limit": limit}), 400, "validation_error")["errors"]


# -- QR --------------------------------------------------------------------------------------------------------------


def test_svg_and_png_hold_the_same_code_and_a_scanner_reads_it(live: Any, phone: str) -> None:
    customer = issued(live, phone)["customer_id"]
    svg = qr(live, customer)
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert svg.headers["Cache-Control"] == "no-store"
    token = scanned(*drawn(svg.text))
    assert token.startswith(f"BATUA.{customer.removeprefix('cust_')}.1.")
    png = qr(live, customer, headers={"Accept": "image/png"})
    assert png.headers["Content-Type"] == "image/png"
    assert scanned(*pixels(png.content)) == token
    assert data(live.post(ISSUE, {"qr": token, "coins": 5}))["balance"] == 15
    assert data(live.post(REDEEM, {"qr": token, "coins": 15}))["balance"] == 0


@pytest.mark.parametrize(
    ("asked", "accept", "media"),
    [
        (None, None, "image/svg+xml"),
        (None, "image/png,image/svg+xml", "image/svg+xml"),
        (None, "image/png, image/svg+xml;q=0", "image/png"),
        (None, "image/png;q=0, */*", "image/svg+xml"),
        (None, "text/html", "image/svg+xml"),
        ("png", "image/svg+xml", "image/png"),
        ("svg", "image/png", "image/svg+xml"),
    ],
)
def test_the_format_is_as_asked_else_as_accepted(
    live: Any, phone: str, asked: str | None, accept: str | None, media: str
) -> None:
    customer = issued(live, phone)["customer_id"]
    answer = qr(live, customer, params={"format": asked} if asked else {}, headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media)


def test_the_size_is_in_pixels_per_module(live: Any, phone: str) -> None:
    customer = issued(live, phone)["customer_id"]
    widths = [pixels(qr(live, customer, params={"format": "png", "size": size}).content)[1] for size in (1, 2, 40)]
    assert widths[1] == 2 * widths[0]
    assert widths[2] == 40 * widths[0]
    for options, field in (({"size": 0}, "size"), ({"size": 41}, "size"), ({"format": "gif"}, "format")):
        assert field in refusal(qr(live, customer, params=options), 400, "validation_error")["errors"]


def test_the_code_is_dark_on_light_on_any_background(live: Any, phone: str) -> None:
    assert 'fill="#fff"' in qr(live, issued(live, phone)["customer_id"]).text


def test_a_forged_code_is_refused_wherever_it_was_changed(live: Any, phone: str) -> None:
    token = code_of(live, issued(live, phone)["customer_id"])
    head, customer, version, signature = token.split(".")
    forged = {
        f"{head}.{customer}.2.{signature}",
        f"{head}.{customer}.0.{signature}",
        f"{head}.{customer[:-1]}{'0' if customer[-1] != '0' else '1'}.{version}.{signature}",
        f"{head}.{customer}.{version}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{head}.{customer}.{version}.",
        f"{head}.{customer}.{version}.{signature}.{signature}",
        f"OTHER.{customer}.{version}.{signature}",
        f"{head}.{customer.lower()}.{version}.{signature}",
        f"{head}.{customer}.{'9' * 60}.{signature}",
        f"{head}.{customer}.²{version}.{signature}",
        "https://example.com/pay?to=somebody",
    }
    for text in forged:
        refusal(live.get(BALANCE, params={"qr": text}), 404, "customer_not_found")
        refusal(live.post(REDEEM, {"qr": text, "coins": 1}), 404, "customer_not_found")


def test_a_renewed_code_is_the_only_good_one(live: Any, keyed: Any, phone: str) -> None:
    customer = issued(live, phone)["customer_id"]
    old = code_of(live, customer)
    refusal(renew(keyed("second_merchant_live_key"), customer), 403, "forbidden")
    assert data(live.get(BALANCE, params={"qr": old}))["balance"] == 10, (
        "another merchant of the network revokes nothing"
    )
    assert data(renew(live, customer)) == {"customer_id": customer, "version": 2}
    for path in (BALANCE, LOOKUP):
        refusal(live.get(path, params={"qr": old}), 404, "customer_not_found")
    for path in (ISSUE, REDEEM, f"{ISSUE}/calculate", f"{REDEEM}/calculate"):
        refusal(live.post(path, {"qr": old, "coins": 1}), 404, "customer_not_found")
    new = code_of(live, customer)
    assert new != old
    assert data(live.get(BALANCE, params={"qr": new}))["balance"] == 10
    assert data(renew(live, customer))["version"] == 3
    refusal(live.get(BALANCE, params={"qr": new}), 404, "customer_not_found")


@pytest.mark.parametrize(
    "id", [NOBODY, "cust_1", "a%23b", "%00", "x" * 3000, "%2e%2e", "wal_00000000000000000000000000"]
)
def test_there_is_no_code_of_nobody(live: Any, id: str) -> None:
    refusal(qr(live, id), 404, "customer_not_found")
    refusal(renew(live, id), 404, "customer_not_found")


def _claims(client: Any) -> dict[str, Any]:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims
