"""What is mutated, and the unit tests that have to notice, without help from the tests over the local platform."""

from __future__ import annotations

from typing import Final


def _unit(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/unit/test_{name}.py" for name in names)


MODULES: Final[dict[str, tuple[str, ...]]] = {
    "ledger/lots": _unit("lots", "pending"),
    "ledger/decisions/allowance": _unit("mir", "placing", "reversals"),
    "ledger/posting/shard_scaling": _unit("spread"),
    "ledger/posting/shards": _unit("shards", "opening"),
    "ledger/posting/allowance": _unit("choosing", "choosing_next_month"),
    "ledger/posting/contention": _unit("contention"),
    "ledger/earning": _unit("rules", "remainders"),
    "ledger/decisions/coin_posting": _unit("decide", "decide_reversals", "tiers", "remainders", "pending"),
    "ledger/decisions/customer_coins": _unit(
        "decide", "decide_reversals", "import_rows", "tiers", "remainders", "pending"
    ),
    "ledger/decisions/reversals": _unit(
        "decide", "decide_reversals", "reversals", "import_rows", "tiers", "remainders", "pending"
    ),
    "ledger/model": _unit("model", "decide", "decide_reversals", "remainders", "pending"),
    "ledger/records/customer_coins": _unit("entry", "tiers", "remainders", "pending"),
    "ledger/records/shared": _unit("entry", "funds_entry"),
    "ledger/records/tombstones": _unit("tombstone"),
    "audit/replay": _unit("replay", "replay_scope", "tiers", "remainders", "pending"),
    "audit/coin_records": _unit("replay", "replay_scope"),
    "ledger/tiers": _unit("tiers"),
    "ledger/decisions/earnings": _unit("tiers", "campaigns", "decide", "decide_reversals", "remainders"),
    "audit/verify": _unit("verify_command", "verify", "funds", "archive_check", "archive_parts"),
    "ledger/totals": _unit("totals", "totals_once", "liability"),
    "ledger/counting": _unit("totals", "totals_once"),
    "ledger/decisions/tenant_money": _unit("accounts", "funds_refunds"),
    "ledger/decisions/charges": _unit("accounts", "funds_refunds"),
    "ledger/decisions/prefunding": _unit("accounts", "funds_refunds"),
    "ledger/posting/tenant_money": _unit("tenant_ledger", "tenant_ledger_refunds"),
    "ledger/records/tenant_money": _unit("funds_entry"),
    "ledger/queries/money_entries": _unit("reading"),
    "operations/hold_expiry": _unit("expiry"),
    "ledger/queries/coin_entries": _unit("reading"),
    "audit/recount": _unit("recount"),
    "ledger/posting/pipeline": _unit(
        "posting_loop", "posting", "prefunded_posting", "escrow", "escrow_growth", "post", "funds"
    ),
    "ledger/posting/customer_coins": _unit(
        "choosing",
        "choosing_next_month",
        "posting_loop",
        "posting",
        "prefunded_posting",
        "escrow",
        "escrow_growth",
        "post",
        "funds",
    ),
    "store/store": _unit("requests", "store"),
    "store/writes": _unit("requests", "store"),
    "store/codec": _unit("codec", "requests"),
}
