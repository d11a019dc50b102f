"""Tests whether a vendor accepts an account's credentials, with a request that orders nothing."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from .. import errors
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..clock import iso
from ..money import INR_SCALE, to_wire
from .account import ExternalVendor
from .exchange import VendorSilent
from .vendor_accounts import vendor_named
from .vendors import listed_vendor, load_vendor_account

VENDOR_TEST_ERRORS: Final = (errors.NOT_FOUND,)

VendorTestOutcome = Literal[
    "connected", "vendor_credentials", "no_answer", "vendor_busy", "vendor_fault", "unreadable_answer"
]


class VendorTest(Model):
    vendor: ExternalVendor
    connected: bool = Field(description="Whether the vendor answered to the saved credentials.")
    outcome: VendorTestOutcome = Field(
        description="`vendor_credentials`: it refuses them, enter others. `no_answer`: it was not reached in time; for "
        "Woohoo, look at the host. `vendor_busy`, `vendor_fault`, `unreadable_answer`: the vendor's own trouble.",
        examples=["connected"],
    )
    balance: Number | None = Field(
        description="INR. What Runa's account holds for orders; null where the vendor does not say.", examples=[25000]
    )
    tested_at: Instant


def check_vendor_account(call: Call[Any]) -> VendorTest:
    """Sends a harmless request to the vendor of a saved account, paused or not."""
    vendor = vendor_named(call.request.path["vendor"])
    account = load_vendor_account(call.store, call.caller.scope, call.caller.tenant.id, vendor)
    if account is None:
        raise errors.NOT_FOUND("No account with this vendor. Save one first.")
    outcome: VendorTestOutcome = "connected"
    balance = None
    try:
        balance = listed_vendor(call.store, account, call.now).greet()
    except VendorSilent as silent:
        outcome = silent.silence
    return VendorTest(
        vendor=vendor,
        connected=outcome == "connected",
        outcome=outcome,
        balance=None if balance is None else to_wire(balance, INR_SCALE),
        tested_at=iso(call.now),
    )
