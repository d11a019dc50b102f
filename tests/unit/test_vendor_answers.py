"""Answers of a vendor of which one part is not what is documented: what they mean, and that nothing breaks.

Each part of each answer is replaced by other values of JSON, one at a time. The port's promise holds all the same:
nothing is raised for what a vendor does, and an order of which something may have been delivered is never refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from batua import clock, ids
from batua.marketplace import runa, woohoo
from batua.marketplace.account import VendorAccount, vendor_account_item
from batua.marketplace.exchange import VendorReply, VendorSilent
from batua.marketplace.refreshing import refresh_catalogues
from batua.marketplace.vendor import Denominations, ListedVendor, VendorAnswer, VendorOrder, VendorProduct
from batua.store import keys, market_keys
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.vendors import API_KEY, WOOHOO, VendorServer, runa_product, woohoo_product

NOW = clock.parse_iso("2026-11-28T12:00:00Z")
GONE = object()
OTHER: tuple[Any, ...] = (GONE, None, 0, -1, 1.5, 10**40, True, "", "x", [], ["x"], [None], [[]], {}, {"x": 1}, [{}])
"""What stands where something else is expected."""

Part = tuple[str | int, ...]
"""Where in an answer, from its root."""


@dataclass
class Line:
    """The vendor's own answers but for one part of one of them. `heard` are the answers so far."""

    server: VendorServer
    number: int = -1
    part: Part = ()
    value: Any = None
    heard: list[VendorReply] = field(default_factory=list)

    def ask(self, method: str, url: str, headers: Any, content: Any = None) -> VendorReply:
        reply = self.server.ask(method, url, headers, content)
        if len(self.heard) == self.number:
            reply = VendorReply(reply.status, replaced(reply.content, self.part, self.value))
        self.heard.append(reply)
        return reply


def replaced(content: Any, part: Part, value: Any) -> Any:
    if not part:
        return None if value is GONE else value
    whole = json.loads(json.dumps(content))
    place = whole
    for step in part[:-1]:
        place = place[step]
    if value is GONE:
        del place[part[-1]]
    else:
        place[part[-1]] = value
    return whole


def parts_of(content: Any, here: Part = ()) -> Iterator[Part]:
    yield here
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in inner:
        yield from parts_of(value, (*here, name))


def vendor_on(kind: str, line: Line, monkeypatch: pytest.MonkeyPatch) -> ListedVendor:
    module = runa if kind == "runa" else woohoo
    monkeypatch.setattr(module, "ask_vendor", line.ask)
    if kind == "runa":
        return runa.RunaVendor("https://runa.example/v2", API_KEY)
    return woohoo.WoohooVendor("https://woohoo.example", WOOHOO, {}, NOW, lambda new, _: str(new()))


def an_order(**more: Any) -> VendorOrder:
    return VendorOrder(ids.derived_id("mor", "one"), "L#ten", "BOOKS", 500_00, 2, NOW, **more)


def server_of(kind: str) -> VendorServer:
    product = runa_product if kind == "runa" else woohoo_product
    return VendorServer(now=NOW, products=[product("BOOKS", "500", "1000"), product("FOOD")])


def bought(vendor: ListedVendor, named: bool) -> list[VendorAnswer]:
    """What is said of an order as it is placed, and of it later: by the vendor's own id, or by ours alone."""
    first = vendor.place(an_order())
    return [first, vendor.status(an_order(vendor_id=first.vendor_id if named else None), NOW)]


@pytest.mark.parametrize("named", [True, False], ids=["by its id", "by ours"])
@pytest.mark.parametrize("kind", ["runa", "woohoo"])
def test_whatever_part_of_an_answer_is_wrong_an_order_is_never_refused_for_it(
    kind: str, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(server_of(kind))
    assert [answer.kind for answer in bought(vendor_on(kind, line, monkeypatch), named)] == ["processing", "delivered"]
    tried, faults = 0, list[str]()
    for number, reply in enumerate(line.heard):
        for part in parts_of(reply.content):
            for value in OTHER:
                wrong = Line(server_of(kind), number, part, value)
                case = f"answer {number}, {part}: {value!r}"
                tried += 1
                try:
                    answers = bought(vendor_on(kind, wrong, monkeypatch), named)
                except Exception as fault:
                    faults.append(f"{case}: raised {type(fault).__name__}: {fault}")
                    continue
                faults += [f"{case}: {answer.kind}, {answer.cards}" for answer in answers if not is_sound(answer, part)]
    assert not faults, "\n".join(faults)
    assert tried > 150


def is_sound(answer: VendorAnswer, part: Part) -> bool:
    """Whether an answer may come of one in which this part is wrong: no refusal, and no denial but by the vendor's own
    word, which is a list without the order, or that it does not know the id that it gave."""
    told = [each for card in answer.cards for each in (card.code, card.pin, card.url, card.valid_until)]
    partly = None if len(answer.cards) == 2 else "partly_delivered"
    return (
        answer.kind != "refused"
        and (answer.kind != "denied" or part[:1] in (("items",), ("id",)))
        and (answer.kind != "delivered" or (bool(answer.cards) and answer.reason == partly))
        and all(each is None or isinstance(each, str) for each in told)
    )


@pytest.mark.parametrize("kind", ["runa", "woohoo"])
def test_a_product_that_is_described_wrongly_is_left_out_and_the_others_are_sold(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(server_of(kind))
    whole = list(vendor_on(kind, line, monkeypatch).catalogue())
    assert [product.sku for product in whole] == ["BOOKS", "FOOD"]
    faults: list[str] = []
    for number, reply in enumerate(line.heard):
        for part in parts_of(reply.content):
            for value in OTHER:
                case = f"answer {number}, {part}: {value!r}"
                vendor = vendor_on(kind, Line(server_of(kind), number, part, value), monkeypatch)
                one_of_two = part[:2] in (("catalog", 0), ("products", 0))
                try:
                    found = list(vendor.catalogue())
                except VendorSilent:
                    faults += [f"{case}: nothing is sold for one product's sake"] if one_of_two else []
                    continue
                except Exception as fault:
                    faults.append(f"{case}: raised {type(fault).__name__}: {fault}")
                    continue
                faults += [f"{case}: {product}" for product in found if not is_well_formed(product)]
                faults += [f"{case}: the other is gone"] if one_of_two and found[-1:] != whole[1:] else []
    assert not faults, "\n".join(faults)


def is_well_formed(product: VendorProduct) -> bool:
    texts, faces = (product.sku, product.title, *product.categories), product.denominations
    return (
        all(isinstance(each, str) and each for each in texts)
        and (product.image is None or product.image.startswith("https://"))
        and all(type(each) is int and each > 0 for each in faces.fixed)
        and bool(faces.fixed or 0 < faces.least <= faces.most)
    )


@pytest.mark.parametrize("kind", ["runa", "woohoo"])
def test_a_greeting_that_is_not_understood_is_silence(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(server_of(kind))
    assert vendor_on(kind, line, monkeypatch).greet() == (25_000_00 if kind == "runa" else None)
    for number, reply in enumerate(line.heard):
        for part in parts_of(reply.content):
            for value in OTHER:
                vendor = vendor_on(kind, Line(server_of(kind), number, part, value), monkeypatch)
                try:
                    told = vendor.greet()
                except VendorSilent:
                    continue
                assert told is None or type(told) is int, (part, value)


def test_an_account_whose_catalogue_fails_delays_no_other() -> None:
    store, shops = Store(FakeDynamoDB(), "ledger", "directory"), [ids.derived_id("ten", name) for name in ("a", "b")]
    for shop in shops:
        account = VendorAccount(keys.scope("live", shop), shop, "runa", "active", 1, 1)
        key = market_keys.vendor_account_key(account.scope, shop, "runa")
        store.write(Put(key, vendor_account_item(account)))

    class Catalogue:
        """Of one account it is read, of the other something is wrong with us."""

        def __init__(self, tenant: str) -> None:
            self.tenant = tenant

        def catalogue(self) -> Iterator[VendorProduct]:
            if self.tenant == shops[0]:
                raise RuntimeError("our own fault")
            yield VendorProduct("BOOKS", "Books", Denominations((500_00,)))

    def vendor_of(_: Store, account: VendorAccount, __: int) -> Any:
        return Catalogue(account.tenant)

    assert refresh_catalogues(store, NOW, vendor_of) == 1
    catalogues = [market_keys.vendor_catalogue_key(keys.scope("live", shop), shop, "runa") for shop in shops]
    found = store.read(catalogues)
    assert found[catalogues[0]] is None, "it is due again at once"
    assert (found[catalogues[1]] or {})["count"] == 1
