"""Marg ERP's bills, as its Corporate EDE API gives them (`Details.MDis`), each with the phone numbers of its party.

What its published pages and clients agree on: a bill names its party by `CID`, says by `Type` whether it is a sale (S),
a sale return (R) or a purchase (P), and has its sum in `Final`. How the party's record names its phone is published
nowhere we found, so every field of it whose name begins with phone or mobile is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .documents import as_list

PHONES: Final = "BATUAPHONES"
"""What we add to a bill: its party's phone numbers."""


def prepare_bills(content: Any, bills: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The bills with their parties' numbers, where the document has the parties."""
    phones: dict[str, list[str]] = {}
    for party in _parties(content):
        named = {str(name).casefold(): value for name, value in party.items()}
        id = str(named.get("cid") or named.get("code") or "").strip()
        numbers = [str(value) for name, value in named.items() if name.startswith(("phone", "mobile")) and value]
        if id and numbers:
            phones.setdefault(id, numbers)
    # Its texts are padded to the length of their columns.
    plain = [
        {name: value.strip() if isinstance(value, str) else value for name, value in bill.items()} for bill in bills
    ]
    return [{**bill, PHONES: phones.get(str(bill.get("CID", "")), [])} for bill in plain]


def _parties(content: Any) -> Iterator[Mapping[str, Any]]:
    details = content.get("Details", content) if isinstance(content, Mapping) else {}
    found = details.get("Party") if isinstance(details, Mapping) else None
    return (party for party in as_list(found) if isinstance(party, Mapping))
