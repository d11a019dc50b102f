"""Invoice lines and their taxes, to the paisa. Pure.

Each tax is rounded half up per line. CGST and SGST are computed each from half the rate, so they are equal. With
inclusive prices the price is what the buyer pays: the taxes are computed first and the taxable value is what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .amounts import half_up
from .supply import Supply


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """What is sold. `quantity` in thousandths, prices in paise, rates in hundredths of a per cent."""

    description: str
    code: str
    unit_price: int
    rate: int
    quantity: int = 1000
    unit: str = "OTH"
    discount: int = 0
    cess_rate: int = 0
    inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedValue:
    """A taxable value and its taxes, in paise."""

    taxable: int
    cgst: int = 0
    sgst: int = 0
    utgst: int = 0
    igst: int = 0
    cess: int = 0

    @property
    def tax(self) -> int:
        return self.cgst + self.sgst + self.utgst + self.igst + self.cess

    @property
    def total(self) -> int:
        """The value with taxes, also where the recipient pays them."""
        return self.taxable + self.tax


@dataclass(frozen=True, slots=True)
class Line(TaxedValue):
    """An item with its taxes. `gross` is before the discount."""

    item: InvoiceItem
    gross: int


@dataclass(frozen=True, slots=True)
class RateTotal(TaxedValue):
    """The sums of the lines of one rate."""

    rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals(TaxedValue):
    """Sums of the lines, in paise. `payable` is what the buyer owes the supplier: without taxes on reverse charge."""

    gross: int
    discount: int
    round_off: int
    payable: int


def sum_values(values: Iterable[TaxedValue]) -> dict[str, int]:
    """The sums of values and taxes, by the names of the fields."""
    sums = dict.fromkeys(("taxable", "cgst", "sgst", "utgst", "igst", "cess"), 0)
    for value in values:
        for name in sums:
            sums[name] += getattr(value, name)
    return sums


def tax_line(item: InvoiceItem, supply: Supply) -> Line:
    """Computes one line. The discount must not exceed the gross amount: the caller has checked that."""
    gross = half_up(item.quantity * item.unit_price, 1000)
    net = gross - item.discount
    if supply.kinds == "none":
        return Line(item, gross, taxable=net)
    base = half_up(net * 10_000, 10_000 + item.rate + item.cess_rate) if item.inclusive else net
    cess = half_up(base * item.cess_rate, 10_000)
    if supply.kinds == "igst":
        igst = half_up(base * item.rate, 10_000)
        taxable = net - igst - cess if item.inclusive else net
        return Line(item, gross, taxable=taxable, igst=igst, cess=cess)
    half = half_up(base * item.rate, 20_000)
    taxable = net - 2 * half - cess if item.inclusive else net
    if supply.kinds == "cgst_utgst":
        return Line(item, gross, taxable=taxable, cgst=half, utgst=half, cess=cess)
    return Line(item, gross, taxable=taxable, cgst=half, sgst=half, cess=cess)


def add_totals(lines: Sequence[Line], supply: Supply, *, round_off: bool = False) -> Totals:
    """Sums the lines; on demand rounds what is payable to the rupee (CGST Act section 170)."""
    taxable, taxes = sum(line.taxable for line in lines), sum(line.tax for line in lines)
    owed = taxable if supply.reverse_charge else taxable + taxes
    payable = half_up(owed, 100) * 100 if round_off else owed
    return Totals(
        gross=sum(line.gross for line in lines),
        discount=sum(line.item.discount for line in lines),
        round_off=payable - owed,
        payable=payable,
        **sum_values(lines),
    )


def by_rate(lines: Iterable[Line]) -> list[RateTotal]:
    """The totals of each rate, lowest first."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.item.rate, []).append(line)
    return [RateTotal(rate, **sum_values(group)) for rate, group in sorted(groups.items())]


def rate_text(rate: int) -> str:
    """1800 -> `18%`, 25 -> `0.25%`."""
    whole, rest = divmod(rate, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%" if rest else f"{whole}%"


def quantity_text(quantity: int) -> str:
    """2500 -> `2.5`."""
    whole, rest = divmod(quantity, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
