"""Records a transaction made of charges: the tenant's wallet moves by all of them, or by none.

`referenceId` with `entityType` is the idempotency key: the same content again is the same transaction, another content
is refused. The day's totals (`totals`) change in the same transaction.
"""

from __future__ import annotations

from typing import Any

from .. import clock, errors, money
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..ids import injective
from ..ledger.decisions.charges import charge_line, decide_charge
from ..ledger.decisions.tenant_money import INR, FundsBalance, FundsLine, FundsState
from ..ledger.errors import PostingRefused
from ..ledger.posting.tenant_money import MAX_WRITES, funds_request
from ..ledger.records.tenant_money import loaded_balances, read_funds_balance
from ..store.writes import Update
from . import charge_totals, paging, wallet
from .charge_totals import ChargeTotalled
from .models import Charge, NewTransaction, TransactionCreated

CHARGE_ERRORS = (errors.INSUFFICIENT_BALANCE, errors.WALLET_NOT_ACTIVE, errors.CREDIT_EXCEEDS_DEBITS)
_AHEAD_MS = clock.DAY_MS


def create_transaction(call: Call[NewTransaction]) -> Reply:
    """Posts the charges and what they add to the totals."""
    body, own = call.input, wallet.gateway_wallet(call)
    _ = call.idempotency_key  # has to be one where it is sent; the reference is what counts
    if body.currency.upper() != INR:
        raise errors.invalid("currency", "must be INR, the currency of the tenant's wallet")
    lines = [_charge_line(call, number) for number in range(len(body.charges))]
    lines[0] = _with_transaction(lines[0], body)
    sums = _totals(call, lines)
    if len(lines) + len(sums) + 2 > MAX_WRITES:
        raise errors.invalid("charges", "have too many different heads, codes and parts for one transaction")
    order = funds_request(
        "gateway.charge",
        call.caller.mode,
        own.tenant,
        wallet.request_origin(call, body.reference_id),
        f"reference:{injective(body.entity_type, body.reference_id).hex()}",
        _fingerprint_content(body),
        by_reference=True,
    )
    try:
        posted = wallet.gateway_ledger(call).post(
            order,
            lambda known: decide_charge(known, lines, call.now, reference=body.reference_id),
            FundsState(loaded_balances(call.loaded, own)),
            extra_writes=sums,
        )
    except PostingRefused as refusal:
        raise wallet.gateway_problem(refusal) from None
    funds = read_funds_balance(call.store.read([own.key])[own.key]) or FundsBalance()
    data = TransactionCreated(transaction_id=posted.id, status="SUCCESS")
    # Beside the transaction: a replay repeats that, and finds the wallet as it is by then.
    meta = {"wallet": {"balance": wallet.rupees(funds.available), "held": wallet.rupees(funds.held)}}
    return Reply(data, "Transaction created successfully", meta=meta, headers=replay_headers(posted.replayed))


def _fingerprint_content(body: NewTransaction) -> dict[str, Any]:
    """The normal form of the reference; `100` and `100.00` are the same."""
    content = body.model_dump(mode="json")
    amounts = [[charge.amount, *(part.amount for part in charge.breakup)] for charge in body.charges]
    for charge in content["charges"]:
        charge.pop("amount")
        charge["breakup"] = [part["head"] for part in charge["breakup"]]
    return {**content, "paise": [[wallet.to_paise(amount, "amount") for amount in each] for each in amounts]}


def _charge_line(call: Call[NewTransaction], number: int) -> FundsLine:
    """A charge as a line of the entry, with all that it says."""
    charge = call.input.charges[number]
    field = f"charges.{number}"
    amount = wallet.to_paise(charge.amount, f"{field}.amount")
    at = _charged_at(call, charge, f"{field}.chargedAt")
    details: dict[str, Any] = {
        "customer": call.input.customer_id,
        "head": charge.head,
        "code": charge.hsn_or_sac,
        "billable": charge.is_billable,
        "absorbed": charge.absorbed_by,
        "at": clock.iso(at),
        "day": clock.local_day(at, call.caller.tenant.time_zone),
    }
    if charge.breakup:
        parts = [(part.head, wallet.to_paise(part.amount, f"{field}.breakup")) for part in charge.breakup]
        if sum(part for _, part in parts) != amount:
            raise errors.invalid(f"{field}.breakup", f"must add up to the charge, {money.to_text(amount, 2)}")
        details["parts"] = parts
    if charge.metadata:
        details["said"] = [[pair.key, pair.value] for pair in charge.metadata]
    gives = charge.transaction_type == "credit"
    return charge_line(wallet.gateway_wallet(call), amount, credit=gives, details=details)


def _with_transaction(line: FundsLine, body: NewTransaction) -> FundsLine:
    """The first line says what is said of the transaction as a whole."""
    whole: dict[str, Any] = {"entity": body.entity_type}
    if body.metadata:
        whole["whole"] = [[pair.key, pair.value] for pair in body.metadata]
    return FundsLine(line.wallet, line.kind, line.amount, line.legs, details={**line.details, **whole})


def _charged_at(call: Call[NewTransaction], charge: Charge, field: str) -> int:
    if charge.charged_at is None:
        return call.now
    at = paging.gateway_instant(charge.charged_at, call.caller.tenant.time_zone, field)
    if at > call.now + _AHEAD_MS:
        raise errors.invalid(field, "must not be in the future")
    return at


def _totals(call: Call[NewTransaction], lines: list[FundsLine]) -> list[Update]:
    customer = charge_totals.customer_digest(call.input.customer_id, INR)
    return charge_totals.total_updates(wallet.gateway_scope(call), customer, map(totalled_charge, lines))


def totalled_charge(line: FundsLine) -> ChargeTotalled:
    """A charge's line as the totals count it."""
    details = line.details
    parts = tuple((head, amount) for head, amount in details.get("parts") or [[details["head"], line.amount]])
    return ChargeTotalled(
        day=details["day"],
        head=details["head"],
        code=details["code"],
        absorbed_by=details["absorbed"],
        billable=details["billable"],
        gives=line.change > 0,
        amount=line.amount,
        parts=parts,
    )
