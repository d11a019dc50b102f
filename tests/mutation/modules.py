"""What is mutated, and the unit tests that have to notice, without help from the tests over the local platform."""

from __future__ import annotations

from typing import Final


def _unit(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/unit/test_{name}.py" for name in names)


MODULES: Final[dict[str, tuple[str, ...]]] = {
    "ledger/lots": _unit("lots"),
    "ledger/mir": _unit("mir", "placing"),
    "ledger/spread": _unit("spread"),
    "ledger/shards": _unit("shards", "opening"),
    "ledger/escrow": _unit("choosing"),
    "ledger/contention": _unit("contention"),
    "ledger/rules": _unit("rules"),
    "ledger/decide": _unit("decide"),
    "ledger/model": _unit("model", "decide"),
    "ledger/entry": _unit("entry"),
    "ledger/tombstone": _unit("tombstone"),
    "ledger/replay": _unit("replay"),
    "ledger/verify": _unit("verify_command", "verify", "funds", "archive_check", "archive_parts"),
    "ledger/totals": _unit("totals"),
    "ledger/accounts": _unit("accounts"),
    "ledger/treasury": _unit("treasury"),
    "ledger/funds_entry": _unit("funds_entry"),
    "ledger/funds_read": _unit("reading"),
    "ledger/expiry": _unit("expiry"),
    "ledger/read": _unit("reading"),
    "ledger/recount": _unit("recount"),
    "ledger/post": _unit("posting", "escrow", "post", "funds"),
    "store/store": _unit("requests", "store"),
    "store/writes": _unit("requests", "store"),
    "store/codec": _unit("codec", "requests"),
}
