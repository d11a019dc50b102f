"""Finds a customer's redemptions by the entries of their wallet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.endpoint import Call
from ..coins import counter
from ..customers import model as customers
from ..ledger.model import Program
from ..rewards.redemption import Redemption, read_redemption_record, redemption_id
from ..store import reward_keys
from .statement import own_entries


def redemptions_of_mine(
    call: Call[Any], after: str | None = None, program: Program | None = None
) -> Iterator[tuple[str, Redemption | None]]:
    """Every entry of the wallet in a program (the merchant's own where left out) that may have opened a redemption,
    with it: their ids differ in the prefix only."""
    scope, program = call.caller.scope, program or counter.program_of(call.caller)
    wallet = customers.customer_wallet_id(scope, program.id, call.caller.id)
    batch: list[tuple[str, str]] = []
    for entry in own_entries(call, wallet, after, 100):
        if entry.kind not in ("redeem", "hold"):
            continue
        batch.append((f"{entry.seq}#{entry.id}#{entry.wallet}#{entry.at}", redemption_id(entry.id)))
        if len(batch) == 50:
            yield from _read(call, batch)
            batch = []
    yield from _read(call, batch)


def _read(call: Call[Any], batch: list[tuple[str, str]]) -> Iterator[tuple[str, Redemption | None]]:
    wanted = {id: reward_keys.redemption_key(call.caller.scope, id) for _, id in batch}
    found = call.store.read(wanted.values()) if wanted else {}
    for place, id in batch:
        record = found[wanted[id]]
        redemption = read_redemption_record(record) if record else None
        yield place, redemption if redemption and redemption.customer == call.caller.id else None
