"""Planted bugs of what follows a state: totals, wallets that are closed, requests that are withdrawn."""

from __future__ import annotations

from typing import Final

from tests.faults.bugs import BUGS, Bug

STATE_BUGS: Final = (
    Bug(
        "a second refund of a transaction moves nothing in the totals",
        "ledger.totals:_arrivals",
        "EntryMark.of(original, entry.name)",
        'EntryMark.of(original, entry.name.partition("#REVERSED#")[0] + "#REVERSED")',
    ),
    Bug(
        "a refund moves its transaction in the totals as if it were the first",
        "ledger.totals:_of_change",
        'refunded_status(old.get("sum", 0), amount)',
        "refunded_status(0, amount)",
    ),
    Bug(
        "a transaction that was refunded whole counts as refunded in part",
        "ledger.totals:refunded_status",
        "sum >= amount",
        "sum > amount",
    ),
    Bug(
        "a hold that expired stays pending in the totals",
        "ledger.totals:_stream_entries",
        'item.get("st") in _ENDED',
        'item.get("st") in ("captured", "voided")',
    ),
    Bug(
        "a refund of coins is not brought to the totals",
        "ledger.totals:_stream_entries",
        'sk in ("REVERSED", "FUNDS#REVERSED")',
        'sk == "FUNDS#REVERSED"',
    ),
    Bug(
        "the amount of a changed transaction is added to both states",
        "ledger.totals:_of_change",
        "sign * amount",
        "amount",
    ),
    Bug(
        "a wallet is closed whatever came in meanwhile",
        "ledger.records.tenant_money:closing_update",
        "equal=unchanged, missing=tuple(name for name in balance if name not in record)",
        "equal={}",
    ),
    Bug(
        "money goes into a closed wallet",
        "ledger.records.tenant_money:funds_update",
        'missing=("frozen", "closed") if',
        'missing=("frozen",) if',
    ),
    Bug(
        "a wallet is closed with what is in it",
        "wallets.lifecycle:update_wallet",
        "_require_empty(record)",
        "pass",
    ),
    Bug(
        "a wallet that is opened again stays closed",
        "ledger.records.tenant_money:reopening_update",
        'remove=("closed",)',
        "remove=()",
    ),
    Bug(
        "a closing is missing from the audit trail",
        "wallets.lifecycle:_commit_wallet",
        "[*writes, change, act]",
        "[*writes, change]",
    ),
    Bug(
        "a withdrawal does not ask whether the request was decided",
        "gateway.decisions:_Decision.recorded",
        "when=PENDING",
        'when=Condition() if self.status == "WITHDRAWN" else PENDING',
    ),
    Bug(
        "an approval does not ask whether the request was withdrawn",
        "gateway.decisions:_Decision.recorded",
        "when=PENDING",
        'when=Condition() if self.status == "APPROVED" else PENDING',
    ),
    Bug(
        "a withdrawn request is settled",
        "gateway.decisions:_Decision.close",
        'step="CLOSED"',
        'step="SETTLING"',
    ),
)

ALL_BUGS: Final = (*BUGS, *STATE_BUGS)
