"""Items on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from batua.store.codec import decode, encode


def test_an_item_comes_back_as_it_was() -> None:
    item = {
        "text": "é ₹",
        "empty": "",
        "number": -(10**17),
        "yes": True,
        "no": False,
        "bytes": b"\x00\xff",
        "no bytes": b"",
        "list": [["wallet", 5], [], "x"],
        "map": {"202611": 5, "inner": {}},
        "nothing": {},
        "set": frozenset((b"one", b"two")),
    }
    assert decode(encode(item)) == item


def test_what_is_none_is_not_stored() -> None:
    assert encode({"a": None, "m": {"b": None, "c": 1}}) == {"m": {"M": {"c": {"N": "1"}}}}


def test_a_boolean_is_not_a_number() -> None:
    assert encode({"yes": True, "one": 1}) == {"yes": {"BOOL": True}, "one": {"N": "1"}}


def test_names_of_months_become_text() -> None:
    assert decode(encode({"lots": {202611: 5}})) == {"lots": {"202611": 5}}


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), {1, 2}, object()])
def test_what_batua_does_not_store_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot store"):
        encode({"value": value})
