"""Finds a customer's redemptions by the entries of their wallet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.endpoint import Call
from ..ledger.model import Program
from ..rewards.redemption import Redemption, read_redemption_record, redemption_id
from ..store import reward_keys
from ..store.keys import Key
from .opened_records import opened_records


def redemptions_of_mine(
    call: Call[Any], after: str | None = None, program: Program | None = None
) -> Iterator[tuple[str, Redemption | None]]:
    """Every entry of the wallet in a program that may have opened a redemption, with it."""
    scope = call.caller.scope

    def key_of(entry: str) -> Key:
        return reward_keys.redemption_key(scope, redemption_id(entry))

    for place, record in opened_records(call, ("redeem", "hold"), key_of, after, program):
        redemption = read_redemption_record(record) if record else None
        yield place, redemption if redemption and redemption.customer == call.caller.id else None
