"""What a customer has redeemed, by themselves or at a counter, and the codes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..customers import model as customers
from ..ledger.model import Program
from ..rewards.redemption import Redemption, read_redemption_record, redemption_id
from ..rewards.redemption_models import MyRedemptionsQuery, RedemptionDetail, RedemptionQuery
from ..rewards.redemption_read import reveal_code
from ..rewards.redemption_views import redemption_detail, redemption_out
from ..store import reward_keys
from .statement import own_entries

_LOOKED_AT = 1_000


def list_own_redemptions(call: Call[MyRedemptionsQuery]) -> Reply:
    """The newest first, with the filter on their state."""
    caller, query, program = call.caller, call.input, counter.program_of(call.caller)
    bound = {"list": "own-redemptions", "scope": caller.scope, "customer": caller.id, "state": query.state}
    after = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    fitting = (
        (place, found if found and query.state in (None, found.state) else None)
        for place, found in redemptions_of_mine(call, after)
    )
    page, following = cursor.take_page(fitting, query.limit, _LOOKED_AT)
    sealed = cursor.seal_cursor(caller.tenant.id, bound, following) if following else None
    rows = [redemption_out(redemption, program) for redemption in page]
    return Reply(rows, meta={"next_cursor": sealed, "limit": query.limit})


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


def read_own_redemption(call: Call[RedemptionQuery]) -> RedemptionDetail:
    """One of the customer's own; with `reveal`, its code, which leaves a line in the audit trail."""
    record = call.loaded[call.lookup.key]
    redemption = read_redemption_record(record) if record else None
    if redemption is None or redemption.customer != call.caller.id:
        raise errors.REDEMPTION_NOT_FOUND()
    code = None
    if call.input.reveal:
        redemption, code = reveal_code(call, redemption)
    return redemption_detail(redemption, counter.program_of(call.caller), code)
