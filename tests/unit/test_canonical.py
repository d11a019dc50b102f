"""Fingerprints are of a canonical form: absent and None are one thing, and what is stored stays recognizable."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batua import canonical
from batua.canonical import canonical_json, content_fingerprint
from batua.support.writing import SupportRequest

GOLDEN: dict[str, tuple[dict[str, Any], str]] = {
    "issue": ({"wallet": "wal_1", "coins": 50, "bill": None, "reference": "INV-1"}, "e5534eb521d776ce38025718cd72124a"),
    "redeem": ({"wallet": "wal_1", "coins": 50, "bill": 50000, "reference": None}, "14cfadf00e94a396f134295020af197d"),
    "reverse": (
        {"transaction": "txn_1", "coins": None, "reason": "returned", "reference": None},
        "815d5cbd609ba8855ad00e1287cd1ee3",
    ),
    "points": (
        {"wallet": "wal_1", "points": 5, "credit": True, "description": None},
        "4faac482fa6480ac59a1b3c5c9b3dbb4",
    ),
    "wallets.transfer": (
        {"from": "wal_1", "to": "wal_2", "amount": 100, "reference": "T-1"},
        "4498e07f3a84750c58187fc25a610842",
    ),
    "transactions.void": (
        {"transaction": "txn_1", "reason": None, "reference": None},
        "bdfad418e25106893efeb2830d150dbb",
    ),
    "gateway.charge": (
        {"referenceId": "R1", "charges": [{"head": "Freight", "entryType": "DEBIT", "code": None}], "paise": [[100]]},
        "89e55f6360bd661cc2d5c0ec2d50ec99",
    ),
    "gateway.settle": ({"request": "breq_1", "amount": 100}, "525f20c2a8656793488136a192a71afb"),
    "prefund.credit": ({"request": "pfr_1", "amount": 100}, "d0d82eb5bcce48734ce140b74158d216"),
    "integration issue": ({"order": "ord_1", "number": 1, "target": 50}, "f02f68ecb41239609c820795c0d827b7"),
    "holds.expire": ({}, "5e9e3b5096c496ffe3f0af4a0706b13e"),
}
"""Stored idempotency keys hold these: a change of the canonical form needs a new version that still knows the old."""


@pytest.mark.parametrize("operation", GOLDEN)
def test_what_is_stored_under_a_key_is_recognized_for_ever(operation: str) -> None:
    content, expected = GOLDEN[operation]
    assert content_fingerprint(operation, content).hex() == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.text(max_size=5))
def test_an_optional_field_that_is_not_given_changes_nothing(content: dict[str, Any], added: str) -> None:
    if added not in content:
        assert content_fingerprint("op", {**content, added: None}) == content_fingerprint("op", content)
        nested = {"charges": [{**content, added: None}]}
        assert content_fingerprint("op", nested) == content_fingerprint("op", {"charges": [content]})


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=4), st.text(max_size=5), st.integers())
def test_a_field_that_is_given_counts(content: dict[str, Any], name: str, value: int) -> None:
    if content.get(name) != value:
        assert content_fingerprint("op", {**content, name: value}) != content_fingerprint("op", content)


def test_amounts_count_by_their_value_and_items_of_lists_by_their_place() -> None:
    assert canonical_json([Decimal("100.00"), Decimal("0.50"), Decimal("1E+2")]) == '["100","0.5","100"]'
    assert canonical_json([None, 1]) == "[null,1]"
    assert canonical_json({"b": (1, 2), "a": {"x": None}}) == '{"a":{},"b":[1,2]}'


def test_no_fingerprint_is_made_of_a_model_as_it_is_written_today() -> None:
    """An optional field more would change what is stored under keys: only the canonical form leaves out what is not
    given."""
    layer = Path(canonical.__file__).parent
    raw = {str(file.relative_to(layer)) for file in layer.rglob("*.py") if "model_dump_json(" in file.read_text()}
    assert raw == {"passes/accounts.py"}, "what is sealed there is read back, and never compared"


def test_a_tickets_request_is_the_same_whatever_optional_fields_there_are_by_then() -> None:
    call: Any = SimpleNamespace(
        idempotency_key="k1", caller=SimpleNamespace(id="usr_1", tenant=SimpleNamespace(id="ten_1"))
    )
    made = SupportRequest.of(call, "tickets.create", {"subject": "Coins"})
    assert made == SupportRequest.of(call, "tickets.create", {"subject": "Coins", "added": None})
    assert made != SupportRequest.of(call, "tickets.create", {"subject": "Coins", "added": 1})
