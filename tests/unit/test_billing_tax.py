"""The tax core against calculations by hand: GSTINs, places of supply, rates, rounding, numbers and words."""

from __future__ import annotations

import pytest

from batua import clock, money
from batua.billing import amounts, gst, gst_figures, lines, series
from batua.billing.document import document_faults, draw_up, invoice_kind
from batua.billing.lines import InvoiceItem
from batua.billing.supply import Party, Supply, decide_supply, party_faults

DAY = 2026_11_28
KARNATAKA = Party("Batua Labs LLP", "regular", "29AAGCB7383J1Z4", address=("1 MG Road",), city="Bengaluru")
BUYER = Party("Shree Traders", "regular", "27AAPFU0939F1ZV", address=("2 Fort",), city="Mumbai")
NEIGHBOUR = Party("Udupi Foods", "regular", "29AAICP2912R1ZR", address=("3 Brigade Road",), city="Bengaluru")
CONSUMER = Party("Asha")


@pytest.mark.parametrize(
    ("gstin", "kind"),
    [
        ("29AAGCB7383J1Z4", "regular"),
        ("29AAICP2912R1ZR", "regular"),
        ("38AAPFU0939F1ZS", "regular"),  # Ladakh, which python-stdnum refuses
        ("97AAPFU0939F1Z" + gst.check_digit("97AAPFU0939F1Z"), "regular"),
        ("27AAPFU0939F1A" + gst.check_digit("27AAPFU0939F1A"), "regular"),  # a fourteenth character that is not Z
        ("9917SGP29001OS" + gst.check_digit("9917SGP29001OS"), "online_services"),
        ("0717SGP29001UN" + gst.check_digit("0717SGP29001UN"), "un_body"),
        ("27BLRA10001F1D" + gst.check_digit("27BLRA10001F1D"), "tds"),
    ],
)
def test_a_gstin_is_known_by_its_form_state_and_check_digit(gstin: str, kind: str) -> None:
    assert gst.gstin_kind(gstin) == kind


@pytest.mark.parametrize(
    ("gstin", "why"),
    [
        ("29AAGCB7383J1Z5", "check digit"),
        ("29AAGCB7338J1Z4", "check digit"),
        ("39AAGCB7383J1Z4", "39 is none"),
        ("29AAGCB7383J1Z", "15 characters"),
        ("29aagcb7383j1z4", "state code, a PAN"),
        ("29AAGCB738J31Z4", "state code, a PAN"),
    ],
)
def test_a_wrong_gstin_is_refused_with_the_reason(gstin: str, why: str) -> None:
    with pytest.raises(gst.GstinError) as refusal:
        gst.gstin_kind(gstin)
    assert why in str(refusal.value)


def test_every_single_mistyped_character_is_noticed() -> None:
    right = "29AAGCB7383J1Z4"
    for place in range(15):
        for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            wrong = right[:place] + char + right[place + 1 :]
            if wrong != right:
                with pytest.raises(gst.GstinError):
                    gst.gstin_kind(wrong)


@pytest.mark.parametrize(
    ("recipient", "kinds", "place", "kind"),
    [
        (NEIGHBOUR, "cgst_sgst", "29", "B2B"),
        (BUYER, "igst", "27", "B2B"),
        (CONSUMER, "cgst_sgst", "29", "B2C"),
        (Party("Ravi", state="33"), "igst", "33", "B2C"),
        (Party("Unit", "sez", "29AAICP2912R1ZR"), "none", "29", "SEZWOP"),
        (Party("Acme Inc", "overseas", country="US"), "none", "96", "EXPWOP"),
    ],
)
def test_the_place_of_supply_decides_the_taxes(recipient: Party, kinds: str, place: str, kind: str) -> None:
    supply = decide_supply(KARNATAKA, recipient)
    assert (supply.kinds, supply.place, supply.type) == (kinds, place, kind)


def test_exports_and_sez_with_payment_carry_igst_even_within_the_state() -> None:
    sez = decide_supply(KARNATAKA, Party("Unit", "sez", "29AAICP2912R1ZR"), with_payment=True)
    assert (sez.kinds, sez.type) == ("igst", "SEZWP")
    export = decide_supply(KARNATAKA, Party("Acme", "overseas", country="US"), with_payment=True)
    assert (export.kinds, export.type, export.zero_rated) == ("igst", "EXPWP", False)


@pytest.mark.parametrize(("state", "kinds"), [("04", "cgst_utgst"), ("38", "cgst_utgst"), ("07", "cgst_sgst")])
def test_territories_without_a_legislature_have_utgst(state: str, kinds: str) -> None:
    gstin = f"{state}AAGCB7383J1Z"
    supplier = Party("Hill Goods", "regular", gstin + gst.check_digit(gstin))
    assert decide_supply(supplier, CONSUMER).kinds == kinds


def test_suppliers_that_may_not_charge_tax_do_not() -> None:
    composition = Party("Small Shop", "composition", "29AAGCB7383J1Z4")
    items = [InvoiceItem("Soap", "3401", 100_00, 0)]
    assert decide_supply(composition, BUYER).kinds == "none"
    assert invoice_kind(composition, items, decide_supply(composition, BUYER)) == "bill_of_supply"
    assert invoice_kind(CONSUMER, items, decide_supply(CONSUMER, BUYER)) == "receipt"
    assert invoice_kind(KARNATAKA, items, decide_supply(KARNATAKA, BUYER)) == "bill_of_supply"
    taxed = [InvoiceItem("Soap", "3401", 100_00, 1800)]
    assert invoice_kind(KARNATAKA, taxed, decide_supply(KARNATAKA, BUYER)) == "tax_invoice"


INTRA = Supply("29", "", "cgst_sgst", "B2B")
INTER = Supply("27", "", "igst", "B2B")


@pytest.mark.parametrize(
    ("item", "supply", "taxable", "taxes"),
    [
        # 100.05 at 18 %: half is 9.0045, so 9.00 each.
        (InvoiceItem("Fee", "9971", 100_05, 1800), INTRA, 100_05, (9_00, 9_00, 0)),
        # 100.06 at 18 %: half is 9.0054, so 9.01 each; as IGST 18.0108, so 18.01.
        (InvoiceItem("Fee", "9971", 100_06, 1800), INTRA, 100_06, (9_01, 9_01, 0)),
        (InvoiceItem("Fee", "9971", 100_06, 1800), INTER, 100_06, (0, 0, 18_01)),
        # 2.5 kg at 99.99 less 10.00: 249.975 is 249.98 gross, 239.98 taxable; 5 % is 11.999, so 12.00.
        (InvoiceItem("Ghee", "0405", 99_99, 500, quantity=2500, discount=10_00), INTER, 239_98, (0, 0, 12_00)),
        # 0.25 % of 1,000.00 is 2.50: 1.25 each.
        (InvoiceItem("Stone", "7103", 1000_00, 25), INTRA, 1000_00, (1_25, 1_25, 0)),
        # An inclusive price of 100.00 at 18 %: base 84.75, half 7.6275 is 7.63 each, and 84.74 is left.
        (InvoiceItem("Tea", "0902", 100_00, 1800, inclusive=True), INTRA, 84_74, (7_63, 7_63, 0)),
        (InvoiceItem("Tea", "0902", 100_00, 1800, inclusive=True), INTER, 84_74, (0, 0, 15_26)),
    ],
)
def test_taxes_are_rounded_half_up_per_line(
    item: InvoiceItem, supply: Supply, taxable: int, taxes: tuple[int, int, int]
) -> None:
    line = lines.tax_line(item, supply)
    assert (line.taxable, (line.cgst, line.sgst, line.igst)) == (taxable, taxes)
    if item.inclusive:
        assert line.total == item.unit_price


def test_totals_are_the_sums_of_the_lines_and_round_to_the_rupee() -> None:
    items = [
        InvoiceItem("A", "9971", 100_06, 1800),
        InvoiceItem("B", "9972", 49_99, 500),
        InvoiceItem("C", "9973", 10, 1800),
    ]
    drawn, totals = draw_up(items, INTRA, round_off=True)
    assert totals.taxable == sum(line.taxable for line in drawn) == 150_15
    assert (totals.cgst, totals.sgst, totals.tax) == (10_27, 10_27, 20_54)  # 9.01 + 1.25 + 0.01 each
    assert (totals.payable, totals.round_off) == (171_00, 31)
    assert [(each.rate, each.taxable, each.cgst) for each in lines.by_rate(drawn)] == [
        (500, 49_99, 1_25),
        (1800, 100_16, 9_02),
    ]


def test_under_reverse_charge_the_taxes_are_shown_but_not_owed_to_the_supplier() -> None:
    supply = decide_supply(KARNATAKA, BUYER, reverse_charge=True)
    _, totals = draw_up([InvoiceItem("Freight", "9965", 1000_00, 500)], supply)
    assert (totals.igst, totals.payable) == (50_00, 1000_00)


def test_rates_and_thresholds_are_those_of_the_day() -> None:
    # 12 and 6 % remain for bricks alone (14/2025 and 2/2022), 7.5 % for residential construction (3/2019).
    assert {600, 750, 1200, 2800} <= gst.rates_on(2025_09_21)
    assert 4000 not in gst.rates_on(2025_09_21)
    assert {500, 600, 750, 1200, 1800, 2800, 4000} <= gst.rates_on(2025_09_22)
    assert 2800 in gst.rates_on(2026_01_31)
    assert 2800 not in gst.rates_on(2026_02_01)
    assert (gst.b2c_large_above(2024_07_31), gst.b2c_large_above(2024_08_01)) == (2_50_000_00, 1_00_000_00)


@pytest.mark.parametrize(
    ("crore", "first_day"),
    [(501, 2020_10_01), (101, 2021_01_01), (51, 2021_04_01), (21, 2022_04_01), (11, 2022_10_01), (6, 2023_08_01)],
)
def test_an_irn_is_needed_above_a_turnover_from_its_day_on(crore: int, first_day: int) -> None:
    turnover = crore * 1_00_00_000_00
    assert gst.needs_irn(turnover, first_day)
    assert not gst.needs_irn(turnover, first_day - 1)
    assert not gst.needs_irn(turnover - 1_00_00_000_00, first_day)  # at the threshold, not above it


def test_every_dated_figure_names_its_source_and_the_newest_is_first() -> None:
    for figures in (gst_figures.RATES, gst_figures.B2C_LARGE, gst_figures.EINVOICE_TURNOVER, gst_figures.HSN_DIGITS):
        days = [figure.since for figure in figures]
        assert days == sorted(days, reverse=True)
        assert all(figure.source for figure in figures)


@pytest.mark.parametrize(
    ("code", "crore", "day", "consumer", "fits"),
    [
        ("9983", 5, DAY, False, True),
        ("9983", 6, DAY, False, False),
        ("998314", 6, DAY, True, True),
        ("", 5, DAY, False, False),
        ("", 5, DAY, True, True),  # 78/2020: up to five crore an invoice to a consumer may do without
        ("", 6, DAY, True, False),
        ("", 1, 2021_03_31, False, True),
        ("", 2, 2021_03_31, False, False),
        ("998", 1, DAY, False, False),
    ],
)
def test_codes_have_as_many_digits_as_the_turnover_asks_for(
    code: str, crore: int, day: int, consumer: bool, fits: bool
) -> None:
    assert (gst.code_fault(code, crore * 1_00_00_000_00, day, consumer=consumer) is None) == fits


def test_what_a_tax_invoice_lacks_is_named() -> None:
    supplier = Party("Batua Labs LLP", "regular", "29AAGCB7383J1Z4", turnover=6_00_00_000_00)
    recipient = Party("Big Buyer", "regular")
    item = InvoiceItem("Thing", "9971", 60_000_00, 2800, discount=70_000_00)
    faults = document_faults("tax_invoice", supplier, recipient, [item], decide_supply(supplier, recipient), DAY)
    assert set(faults) == {
        "supplier.address",
        "recipient.gstin",
        "lines.0.discount",
        "lines.0.hsn_or_sac",
        "lines.0.gst_rate",
    }
    assert "0, 0.1, 0.25, 1.5, 3, 5, 6, 7.5, 12, 18, 40" in faults["lines.0.gst_rate"][0]
    large = InvoiceItem("Thing", "997100", 60_000_00, 1800)
    faults = document_faults("tax_invoice", KARNATAKA, CONSUMER, [large], decide_supply(KARNATAKA, CONSUMER), DAY)
    assert set(faults) == {"recipient.address", "recipient.state"}
    assert not document_faults("tax_invoice", KARNATAKA, BUYER, [large], decide_supply(KARNATAKA, BUYER), DAY)


def test_a_party_whose_state_contradicts_its_gstin_is_refused() -> None:
    assert set(party_faults(Party("X", "regular", "29AAGCB7383J1Z4", state="27"), "recipient")) == {"recipient.state"}
    assert set(party_faults(Party("X", "overseas"), "recipient")) == {"recipient.country"}


@pytest.mark.parametrize(
    ("paise", "words"),
    [
        (0, "Zero rupees only"),
        (100, "One rupee only"),
        (1_23_45_678_90, "One crore twenty-three lakh forty-five thousand six hundred and seventy-eight rupees"
                         " and ninety paise only"),
        (1_00_000_01, "One lakh rupees and one paisa only"),
        (5_19_00, "Five hundred and nineteen rupees only"),
        (12_34_567_00, "Twelve lakh thirty-four thousand five hundred and sixty-seven rupees only"),
        (1_00_00_00_000_00, "One hundred crore rupees only"),
    ],
)  # fmt: skip
def test_amounts_in_words_count_in_lakh_and_crore(paise: int, words: str) -> None:
    assert amounts.amount_words(paise) == words


@pytest.mark.parametrize(
    ("paise", "text"),
    [(0, "0.00"), (99_999_00, "99,999.00"), (1_23_45_678_90, "1,23,45,678.90"), (-1_000_05, "-1,000.05")],
)
def test_amounts_are_grouped_in_the_indian_way(paise: int, text: str) -> None:
    assert money.grouped(paise) == text


@pytest.mark.parametrize(
    ("at", "zone", "year"),
    [
        ("2026-03-31T18:29:59.999Z", "Asia/Kolkata", 2025),
        ("2026-03-31T18:30:00Z", "Asia/Kolkata", 2026),
        ("2026-04-01T03:59:59Z", "America/New_York", 2025),
        ("2026-04-01T04:00:00Z", "America/New_York", 2026),
        ("2026-03-31T12:00:00Z", "Pacific/Auckland", 2026),
        ("2026-12-31T23:59:59Z", "Asia/Kolkata", 2026),
    ],
)
def test_a_financial_year_begins_in_april_of_the_tenants_zone(at: str, zone: str, year: int) -> None:
    assert series.series_year(clock.parse_iso(at), zone) == year


def test_numbers_never_grow_past_sixteen_characters() -> None:
    assert series.document_number("INV", 2026, 1) == "INV/2627/000001"
    assert series.document_number("CRN", 2099, 9_999_999) == "CRN/9900/9999999"
    with pytest.raises(OverflowError):
        series.document_number("INV", 2026, 10_000_000)
