"""Redemptions as answers show them."""

from __future__ import annotations

import json

from .. import clock
from ..identity import sealing
from ..ledger.model import Program
from ..money import INR_SCALE, to_wire
from .redemption import Redemption
from .redemption_models import AddressOut, RedemptionCredit, RedemptionDetail, RedemptionOut, ShipmentOut


def redemption_out(redemption: Redemption, program: Program) -> RedemptionOut:
    ship = redemption.shipment
    return RedemptionOut(
        id=redemption.id,
        tenant_id=redemption.tenant,
        reward_id=redemption.reward,
        reward_version=redemption.reward_version,
        type=redemption.type,
        title=redemption.title,
        points=to_wire(redemption.points, program.scale),
        worth=None if redemption.worth is None else to_wire(redemption.worth, INR_SCALE),
        customer_id=redemption.customer,
        wallet_id=redemption.wallet,
        state=redemption.state,
        delivery=redemption.delivery,
        has_code=redemption.code is not None,
        code_shown=redemption.shown_at is not None,
        valid_until=clock.iso_or_none(redemption.valid_until),
        due_at=clock.iso_or_none(redemption.due_at),
        shipment=ShipmentOut(
            carrier=ship.get("carrier"),
            tracking_number=ship.get("tracking_number"),
            tracking_url=ship.get("tracking_url"),
        )
        if ship
        else None,
        credit=RedemptionCredit(
            wallet_type=redemption.credit["wallet_type"],
            wallet_name=redemption.credit["wallet_name"],
            amount=to_wire(redemption.credit["credit"], redemption.credit["decimals"]),
            transaction_id=redemption.credit_transaction if redemption.fulfilled_at is not None else None,
        )
        if redemption.credit
        else None,
        note=redemption.note,
        decision_note=redemption.decision_note,
        reason=redemption.reason,
        reference=redemption.reference,
        transaction_id=redemption.transaction,
        settlement_transaction_id=redemption.settlement,
        redeemed_by=redemption.by,
        fulfilled_at=clock.iso_or_none(redemption.fulfilled_at),
        version=redemption.version,
        created_at=clock.iso(redemption.created_at),
        updated_at=clock.iso(redemption.updated_at),
    )


def redemption_detail(redemption: Redemption, program: Program, code: str | None) -> RedemptionDetail:
    """With the address that it is sent to, and the code where it is to be shown."""
    address = None
    if redemption.address is not None:
        content = json.loads(sealing.open_tenant_secret(redemption.tenant, redemption.id, redemption.address))
        address = AddressOut(**{name: content.get(name) for name in AddressOut.model_fields})
    shown = redemption_out(redemption, program).model_dump()
    return RedemptionDetail(**shown, address=address, code=code)
