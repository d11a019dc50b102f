"""The figures of Indian GST that notifications change, each with the day from which it applies and its source. Pure.

A new notification is a new figure at the head of its list; a figure is never edited, as invoices and returns of
earlier days are still checked against it. CT stands for Central Tax, CT(R) for Central Tax (Rate); the notifications
of integrated tax with the same subject are not repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class DatedFigure(Generic[Value]):
    """A figure, the first day (yyyymmdd) on which it applies, and the notification that says so."""

    since: int
    value: Value
    source: str


class CodeStep(NamedTuple):
    """The digits of an HSN above a turnover (paise) of the year before; whether consumers' invoices may omit it."""

    above: int
    digits: int
    optional_b2c: bool = False


def figure_on(figures: Sequence[DatedFigure[Value]], day: int) -> DatedFigure[Value] | None:
    """The figure that applies on a day; None before the first."""
    return next((figure for figure in figures if day >= figure.since), None)


_CRORE: Final = 1_00_00_000_00
"""Ten million rupees, in paise."""

_SINCE_2025: Final = frozenset({0, 10, 25, 150, 300, 500, 600, 750, 1200, 1800, 4000})

RATES: Final = (
    DatedFigure(2026_02_01, _SINCE_2025, "19/2025-CT(R): schedule VII (28 %) is omitted, tobacco moves to 18 and 40 %"),
    DatedFigure(
        2025_09_22,
        _SINCE_2025 | {2800},
        "9/2025-CT(R): goods at 0.25, 1.5, 3, 5, 18, 28 and 40 %; 10/2025-CT(R): exempt goods; 14/2025-CT(R): bricks at"
        " 12 %, 2/2022-CT(R): at 6 % without credit; 15/2025-CT(R): services, of which 1.5 and 7.5 % of 3/2019-CT(R)"
        " (residential construction) remain; 40/2017-CT(R): 0.1 % for merchant exporters",
    ),
    DatedFigure(
        2017_07_01,
        frozenset({0, 10, 25, 100, 150, 300, 500, 600, 750, 1200, 1800, 2800}),
        "1/2017-CT(R), 2/2017-CT(R) and 11/2017-CT(R), as amended until 21 September 2025",
    ),
)
"""The rates that can be charged, in hundredths of a per cent of CGST and SGST together, or of IGST."""

B2C_LARGE: Final = (
    DatedFigure(2024_08_01, 1_00_000_00, "12/2024-CT, rule 59(4)"),
    DatedFigure(2017_07_01, 2_50_000_00, "rule 59(4)"),
)
"""Above this value (paise) GSTR-1 lists an inter-state invoice to an unregistered buyer singly."""

EINVOICE_TURNOVER: Final = (
    DatedFigure(2023_08_01, 5 * _CRORE, "10/2023-CT"),
    DatedFigure(2022_10_01, 10 * _CRORE, "17/2022-CT"),
    DatedFigure(2022_04_01, 20 * _CRORE, "1/2022-CT"),
    DatedFigure(2021_04_01, 50 * _CRORE, "5/2021-CT"),
    DatedFigure(2021_01_01, 100 * _CRORE, "88/2020-CT"),
    DatedFigure(2020_10_01, 500 * _CRORE, "13/2020-CT as amended by 61/2020-CT and 70/2020-CT"),
)
"""Above this turnover (paise) in any financial year from 2017-18, invoices to registered recipients need an IRN."""

HSN_DIGITS: Final[tuple[DatedFigure[tuple[CodeStep, ...]], ...]] = (
    DatedFigure(2021_04_01, (CodeStep(5 * _CRORE, 6), CodeStep(-1, 4, optional_b2c=True)), "78/2020-CT"),
    DatedFigure(2017_07_01, (CodeStep(5 * _CRORE, 4), CodeStep(3 * _CRORE // 2, 2), CodeStep(-1, 0)), "12/2017-CT"),
)
"""The digits of HSN codes, by turnover of the year before: the first step that the turnover is above applies."""

ADDRESS_FROM: Final = 50_000_00
"""From this taxable value (paise) on, an unregistered buyer's name and address are needed (rule 46(e))."""
