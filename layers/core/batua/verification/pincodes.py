"""Districts and states of Indian PIN codes, offline.

The data is the All India Pincode Directory of India Post (Government Open Data License - India), as the package
indian-pincode has it. Only the function that looks codes up brings the package.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply

_DAY: Final = 86_400
ATTRIBUTION: Final = "India Post, All India Pincode Directory (Government Open Data License - India)"


class PincodeQuery(Model):
    pincode: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        description="Six digits; the first is not 0.", examples=["560001"]
    )


class PincodeDistrict(Model):
    name: str = Field(examples=["Bengaluru Urban"])
    state: str = Field(examples=["Karnataka"])


class PincodeOut(Model):
    pincode: str = Field(examples=["560001"])
    states: list[str] = Field(
        description="A PIN code can lie in more than one state; the one with most post offices is first.",
        examples=[["Karnataka"]],
    )
    districts: list[PincodeDistrict]
    source: str = Field(description="Whose data it is.", examples=[ATTRIBUTION])


def lookup_pincode(call: Call[PincodeQuery]) -> Reply:
    """The districts and states of a PIN code."""
    import indian_pincode

    pincode = call.input.pincode
    if not (len(pincode) == 6 and pincode.isascii() and indian_pincode.is_well_formed(pincode)):
        raise errors.invalid("pincode", "must be a PIN code of six digits that does not begin with 0, such as 560001")
    details = indian_pincode.get_details(pincode) if indian_pincode.validate(pincode) else None
    if details is None:
        raise errors.PINCODE_NOT_FOUND()
    primary = details["state"]
    states = sorted(details["states"], key=lambda state: (state != primary, state))
    within = set(details["districts"])
    districts = [
        PincodeDistrict(name=_title(district), state=_title(state))
        for state in states
        for district in indian_pincode.list_districts(state)
        if district in within
    ]
    found = PincodeOut(
        pincode=pincode, states=[_title(each) for each in states], districts=districts, source=ATTRIBUTION
    )
    return Reply(found, headers={"cache-control": f"public, max-age={_DAY}"})


def _title(name: str) -> str:
    """`JAMMU AND KASHMIR` as people write it."""
    words = name.title().split()
    return " ".join(word.lower() if word in ("And", "Of") else word for word in words)
