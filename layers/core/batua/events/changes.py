"""From changes of the two tables to events. Pure: what is known of programs is handed in.

    new entry of the ledger      -> what moved, one event a line
    change of a record           -> what the request, the dispute, the endpoint has come to

The kinds of entries that are refusals, and changes that nobody outside would notice, make no event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal, cast

from .. import clock, ids
from ..gateway.requests import BalanceRequest, read_balance_request
from ..ledger.decisions.tenant_money import INR, FundsKind
from ..ledger.model import EntryKind
from ..ledger.records.customer_coins import Entry, read_entry
from ..ledger.records.tenant_money import FundsEntry, read_line
from ..money import INR_SCALE, to_text
from ..prefund.record import Prefund, read_prefund
from ..store.keys import Mode, Scope, disputes_mode
from ..store.store import Record
from .event import Event, UnpublishableChange, sequence_number
from .event_making import ScaleOf, new_event
from .schemas import (
    COIN_TYPES,
    FUNDS_TYPES,
    BalanceRequestChanged,
    CoinsHeld,
    CoinsIssued,
    CoinsMoved,
    CoinsRedeemed,
    CoinsReversed,
    CoinsTransferred,
    DisputeChanged,
    EndpointDisabled,
    PrefundChanged,
    WalletChanged,
    WalletMoved,
)

_UNDONE: Final[dict[str, Literal["issue", "redemption", "import"]]] = {
    "reverse_issue": "issue",
    "reverse_redeem": "redemption",
    "reverse_import": "import",
}
_ENDED: Final = {
    "REJECTED": "rejected",
    "WITHDRAWN": "withdrawn",
    "EXPIRED": "expired",
    "FAILED": "failed",
    "APPROVED": "approved",
}


def events_of(before: Record | None, after: Record | None, scale_of: ScaleOf) -> list[Event]:
    """The events of one change. Raises Unreadable where there should be some and none can be made."""
    if after is None:
        return []
    try:
        return _events_of(before, after, scale_of)
    except (KeyError, TypeError, ValueError, AttributeError, LookupError) as fault:
        raise UnpublishableChange(f"{after.get('pk')} {after.get('sk')}: {fault!r}") from fault


def _events_of(before: Record | None, after: Record, scale_of: ScaleOf) -> list[Event]:
    pk, sk = str(after["pk"]), str(after["sk"])
    if "#K#" in pk:
        if before is not None or "kind" not in after or after["kind"] == "refused":
            return []
        return _coins(after, scale_of) if sk == "TX" else [_funds(after, scale_of)]
    if pk.endswith("#REQUESTS"):
        return _balance_request(read_balance_request(before) if before else None, read_balance_request(after))
    if sk.startswith("WALLETCHANGE#"):
        return [_wallet(after)] if before is None else []
    if pk.startswith("PREFUND#") and sk == "REQUEST":
        return _prefund(read_prefund(before) if before else None, read_prefund(after))
    if pk.startswith("DISPUTES#") and sk.startswith("DISPUTE#"):
        return _dispute(before, after, scale_of)
    if pk.startswith("ENDPOINTS#"):
        return _endpoint(before, after)
    if pk.startswith(("REDEMPTION#", "REWARD#")):
        from .reward_changes import reward_events

        return reward_events(before, after, scale_of)
    if pk.startswith("MARKETORDER#"):
        from .market_changes import market_events

        return market_events(before, after, scale_of)
    if pk.startswith("TICKET#") and sk == "TICKET":
        from .ticket_changes import ticket_events

        return ticket_events(before, after)
    return []


def _coins(record: Record, scale_of: ScaleOf) -> list[Event]:
    """An entry of a customer's wallet; two events where coins that were past left with another movement."""
    scope = str(record["pk"]).rpartition("#K#")[0]
    entry = read_entry(record)
    kind = cast(EntryKind, entry.kind)
    type = COIN_TYPES[kind]
    scale = scale_of(Scope.of(scope).tenant, entry.merchant, entry.asset)
    past = sum(entry.expired.values())
    if not past or kind == "expire":
        return [_coin_event(scope, entry, type, _moved(entry, scale))]
    left = replace(entry, amount=past, after=entry.before - past)
    rest = replace(entry, before=entry.before - past)
    expired = CoinsMoved(**_entry_fields(left, scale))
    return [_coin_event(scope, entry, "coins.expired", expired), _coin_event(scope, entry, type, _moved(rest, scale))]


def _coin_event(scope: str, entry: Entry, type: str, data: CoinsMoved) -> Event:
    id = ids.dated_id("evt", entry.at, scope, entry.id, type)
    return new_event(id, type, entry.at, entry.merchant, _mode(scope), entry.wallet, sequence_number(entry.seq), data)


def _moved(entry: Entry, scale: int) -> CoinsMoved:
    fields = _entry_fields(entry, scale)
    bill = to_text(entry.bill, INR_SCALE) if entry.bill is not None else None
    if entry.kind == "issue":
        return CoinsIssued(**fields, bill_amount=bill, rule_id=entry.rule[0] if entry.rule else None)
    if entry.kind == "redeem":
        return CoinsRedeemed(**fields, bill_amount=bill)
    if entry.kind in _UNDONE:
        return CoinsReversed(
            **fields,
            original_transaction_id=_required(entry.original),
            undone=_UNDONE[entry.kind],
            shortfall=to_text(entry.shortfall, scale),
        )
    if entry.kind in ("expire", "import"):
        return CoinsMoved(**fields)
    if entry.kind in ("transfer_out", "transfer_in"):
        direction: Literal["out", "in"] = "out" if entry.kind == "transfer_out" else "in"
        return CoinsTransferred(**fields, direction=direction, other_wallet_id=_required(entry.counterpart))
    return CoinsHeld(**fields, hold_id=_required(entry.hold))


def _entry_fields(entry: Entry, scale: int) -> dict[str, Any]:
    return {
        "transaction_id": entry.id,
        "wallet_id": entry.wallet,
        "customer_id": entry.customer,
        "program_id": entry.asset,
        "coins": to_text(entry.amount, scale),
        "previous_balance": to_text(entry.before, scale),
        "balance": to_text(entry.after, scale),
        "held": to_text(entry.held, scale),
        "reference": entry.reference,
        "by": entry.caller,
    }


def _funds(record: Record, scale_of: ScaleOf) -> Event:
    """A line of a tenant wallet. What a hold was captured to receives a transfer."""
    entry: FundsEntry = read_line(record)
    line, wallet = entry.line, entry.line.wallet
    kind: FundsKind = line.kind
    type = FUNDS_TYPES[kind] if kind != "capture" or line.amount_on("held") else "wallet.transferred"
    scale = INR_SCALE if wallet.asset == INR else scale_of(Scope.of(wallet.scope).tenant, wallet.tenant, wallet.asset)
    data = WalletMoved(
        transaction_id=entry.id,
        line=entry.number,
        kind=kind,
        wallet_id=wallet.id,
        asset=wallet.asset,
        customer=wallet.customer,
        amount=to_text(line.amount, scale),
        available_change=to_text(line.change, scale),
        held_change=to_text(line.amount_on("held"), scale),
        other_wallet_id=line.counterparty.id if line.counterparty else None,
        hold_id=entry.hold,
        original_transaction_id=entry.original,
        reference=entry.reference,
        by=entry.caller,
    )
    id = ids.dated_id("evt", entry.at, wallet.scope, entry.id, str(entry.number), type)
    return new_event(id, type, entry.at, wallet.tenant, _mode(wallet.scope), wallet.id, str(record["g1s"]), data)


def _wallet(change: Record) -> Event:
    """What was done to a tenant's own wallet, from the record of the change."""
    scope, _, _ = str(change["pk"]).rpartition("#")
    revision = str(change["sk"]).rpartition("#")[2]
    what, at, wallet = change["what"], change["at"], change["wal"]
    data = WalletChanged(
        wallet_id=wallet,
        asset=change["asset"],
        name=change["name"],
        previous_name=change.get("was"),
        status="closed" if what == "closed" else "active",
        by=change["by"],
    )
    id = ids.dated_id("evt", at, scope, wallet, revision)
    tenant = Scope.of(scope).tenant
    return new_event(id, f"wallet.{what}", at, tenant, _mode(scope), wallet, f"{clock.iso(at)}#{revision}", data)


def _balance_request(before: BalanceRequest | None, after: BalanceRequest) -> list[Event]:
    what = _what_became(before, after)
    if what is None:
        return []
    at = (after.reminded_at or after.updated_at) if what == "reminder" else after.updated_at
    type = f"balance_request.{what}"
    approved = after.approved
    data = BalanceRequestChanged(
        request_id=after.id,
        parent_tenant_id=after.parent,
        child_tenant_id=after.child,
        wallet_customer_id=after.customer,
        status=after.status,
        requested_amount=to_text(after.amount, INR_SCALE),
        approved_amount=to_text(approved, INR_SCALE) if approved is not None else None,
        settlement_transaction_id=after.settlement,
        failure_reason=after.failure,
        expires_at=clock.iso(after.expires_at),
    )
    id = ids.dated_id("evt", at, after.id, type)
    made = new_event(id, type, at, after.child, after.mode, after.id, f"{clock.iso(at)}#{_STEPS.index(what)}", data)
    return [replace(made, parties=(after.parent,))]


_STEPS: Final = ("created", "reminder", "approved", "settled", "rejected", "expired", "failed", "withdrawn")


def _what_became(before: BalanceRequest | None, after: BalanceRequest) -> str | None:
    if before is None:
        return "created"
    if after.status != before.status:
        return _ENDED.get(after.status)
    if after.step != before.step and after.step == "SETTLED":
        return "settled"
    return "reminder" if after.reminded_at != before.reminded_at else None


def _prefund(before: Prefund | None, after: Prefund) -> list[Event]:
    """A draft has not been submitted yet: it makes no event."""
    if after.state == "draft" or (before and before.state == after.state):
        return []
    credited = after.state == "credited" and after.verdict
    data = PrefundChanged(
        request_id=after.id,
        status=after.state,
        amount=to_text(after.amount, INR_SCALE),
        credited_amount=to_text(after.verdict.amount, INR_SCALE) if credited and after.verdict else None,
        utr=after.utr,
        transaction_id=after.transaction,
    )
    type = f"prefund.{after.state}"
    id = ids.dated_id("evt", after.since, after.id, str(after.version))
    return [new_event(id, type, after.since, after.tenant, after.mode, after.id, sequence_number(after.version), data)]


def _dispute(before: Record | None, after: Record, scale_of: ScaleOf) -> list[Event]:
    state, asset, tenant = after["st"], after["asset"], after["ten"]
    if before and before["st"] == state:
        return []
    mode = disputes_mode(str(after["pk"]))
    scale = INR_SCALE if asset == INR else scale_of(tenant, tenant, asset)
    id = str(after["sk"]).partition("#")[2]
    at = after["at"] if state == "open" else after["when"]
    data = DisputeChanged(
        dispute_id=id,
        transaction_id=after["txn"],
        status=state,
        reason=after["reason"],
        amount=to_text(after["paid"] if "paid" in after else after["amt"], scale),
        disputed_amount=to_text(after["amt"], scale),
        refund_transaction_id=after.get("refund"),
        due_at=clock.iso(after["due"]),
    )
    type = "dispute.raised" if state == "open" else f"dispute.{state}"
    sequence = sequence_number(0 if state == "open" else 1)
    return [new_event(ids.dated_id("evt", at, id, type), type, at, tenant, mode, id, sequence, data)]


def _endpoint(before: Record | None, after: Record) -> list[Event]:
    """Only that we have stopped sending: what people do with their endpoints they know."""
    if after["status"] != "disabled" or before is None or before["status"] == "disabled":
        return []
    tenant, id, at = str(after["pk"]).partition("#")[2], str(after["sk"]), after["disabled"]
    data = EndpointDisabled(endpoint_id=id, url=after["url"], reason=after["why"])
    type = "webhook_endpoint.disabled"
    sequence = sequence_number(after["version"])
    return [new_event(ids.dated_id("evt", at, id, sequence), type, at, tenant, after["mode"], id, sequence, data)]


def _mode(scope: str) -> Mode:
    return Scope.of(scope).mode


def _required(id: str | None) -> str:
    if id is None:
        raise UnpublishableChange("an entry does not name what it belongs to")
    return id
