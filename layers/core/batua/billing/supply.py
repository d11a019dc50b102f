"""Who supplies whom, where, and so which taxes apply. Pure.

Place of supply: IGST Act sections 10 to 13. Intra-state: section 8; inter-state, SEZ, exports: sections 7 and 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import gst

Registration = Literal["regular", "composition", "unregistered", "sez", "overseas", "deemed_export", "un_body"]
TaxKinds = Literal["none", "cgst_sgst", "cgst_utgst", "igst"]
SupplyType = Literal["B2B", "B2C", "SEZWP", "SEZWOP", "EXPWP", "EXPWOP", "DEXP"]


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier or recipient as an invoice names it. `state` has two digits; `turnover` is in paise a year."""

    legal_name: str
    registration: Registration = "unregistered"
    gstin: str | None = None
    trade_name: str | None = None
    pan: str | None = None
    address: tuple[str, ...] = ()
    city: str | None = None
    pin_code: str | None = None
    state: str | None = None
    country: str = "IN"
    email: str | None = None
    phone: str | None = None
    turnover: int = 0
    bank: tuple[tuple[str, str], ...] = ()
    """Bank details to print, label by label; a supplier's alone."""
    upi: str | None = None
    """The supplier's UPI address that payments go to."""
    colour: str | None = None
    logo: str | None = None

    @property
    def registered(self) -> bool:
        return self.gstin is not None

    @property
    def place(self) -> str | None:
        """The state it is in: that of its GSTIN, else that of its address."""
        if self.gstin and self.gstin[:2] in gst.STATES:
            return self.gstin[:2]
        return self.state


@dataclass(frozen=True, slots=True)
class Supply:
    """Where a supply takes place, and what follows. `reason` is for people."""

    place: str
    reason: str
    kinds: TaxKinds
    type: SupplyType
    reverse_charge: bool = False

    @property
    def zero_rated(self) -> bool:
        """Under a bond or letter of undertaking: no tax is charged (IGST Act section 16(3)(a))."""
        return self.type in ("SEZWOP", "EXPWOP")

    @property
    def place_text(self) -> str:
        return "Outside India" if self.place == gst.OTHER_COUNTRY else f"{gst.STATES[self.place]} ({self.place})"


def party_faults(party: Party, role: str) -> dict[str, list[str]]:
    """What is wrong with a party's details in themselves, by field."""
    faults: dict[str, list[str]] = {}

    def fault(field: str, text: str) -> None:
        faults.setdefault(f"{role}.{field}", []).append(text)

    if party.gstin is not None:
        try:
            gst.gstin_kind(party.gstin)
        except gst.GstinError as error:
            fault("gstin", str(error))
    elif party.registration in ("regular", "composition", "sez", "deemed_export", "un_body"):
        fault("gstin", f"is required for a party that is registered as {party.registration}")
    if party.gstin is not None and party.registration in ("unregistered", "overseas"):
        fault("registration", f"must not be {party.registration}: a GSTIN is given")
    if party.state is not None and party.state not in gst.STATES:
        fault("state", "must be the two digits of a state, such as 29 for Karnataka")
    elif party.state is not None and party.gstin is not None and party.gstin[:2] not in (party.state, "99"):
        fault("state", f"must be {party.gstin[:2]}, the state of the GSTIN")
    if party.pan is not None and not gst.is_pan(party.pan):
        fault("pan", "must be a PAN such as AAGCB7383J")
    if party.registration == "overseas" and party.country == "IN":
        fault("country", "must be another country than IN for a recipient overseas")
    return faults


def decide_supply(
    supplier: Party, recipient: Party, *, reverse_charge: bool = False, with_payment: bool = False
) -> Supply:
    """The place of supply, the taxes and the type of supply.

    `with_payment`: an export or a supply to an SEZ on which IGST is paid, rather than under a letter of undertaking.
    A supplier that is not registered or under composition charges no tax (section 10(4) CGST Act).
    """
    home = supplier.place or recipient.place or "97"
    taxed = supplier.registered and supplier.registration != "composition"
    if recipient.registration == "overseas":
        kind: SupplyType = "EXPWP" if with_payment else "EXPWOP"
        kinds: TaxKinds = "igst" if taxed and with_payment else "none"
        return Supply(gst.OTHER_COUNTRY, "The recipient is outside India: an export.", kinds, kind)
    place, reason = _place_of_supply(home, recipient)
    if recipient.registration == "sez":
        kind = "SEZWP" if with_payment else "SEZWOP"
        kinds = "igst" if taxed and with_payment else "none"
        return Supply(place, "A supply to an SEZ is inter-state wherever it is (IGST Act 7(5)(b)).", kinds, kind)
    if recipient.registration == "deemed_export":
        kind = "DEXP"
    else:
        kind = "B2B" if recipient.registered else "B2C"
    if not taxed:
        kinds = "none"
    elif place != home:
        kinds = "igst"
    else:
        kinds = "cgst_utgst" if place in gst.UNION_TERRITORIES else "cgst_sgst"
    return Supply(place, reason, kinds, kind, reverse_charge)


def _place_of_supply(home: str, recipient: Party) -> tuple[str, str]:
    if recipient.gstin and recipient.gstin[:2] in gst.STATES:
        return recipient.gstin[:2], "The state of the recipient's GSTIN (IGST Act 12(2)(a))."
    if recipient.state:
        return recipient.state, "The recipient is not registered: the state of its address on record (12(2)(b)(i))."
    return home, "The recipient has no address on record: the state of the supplier (12(2)(b)(ii))."
