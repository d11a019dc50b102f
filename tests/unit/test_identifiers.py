"""Identifiers against published examples, and against every way of mistyping one character."""

from __future__ import annotations

import pytest

from batua.billing.gst import check_digit
from batua.verification import identifiers
from batua.verification.identifiers import CHECKS, IdentifierError

AADHAAR = "999941057058"  # UIDAI's test data for authentication
GSTIN = "29AAICP2912R1ZR"  # Cashfree's sandbox


def facts(field: str, text: str) -> dict[str, str]:
    return dict(CHECKS[field](text).facts)


def fault(field: str, text: str) -> str:
    with pytest.raises(IdentifierError) as refusal:
        CHECKS[field](text)
    return refusal.value.kind


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("pan", "abcpv1234d", "ABCPV1234D"),
        ("pan", "AAPFU 0939 F", "AAPFU0939F"),
        ("gstin", GSTIN, GSTIN),
        ("gstin", "38AAPFU0939F1ZS", "38AAPFU0939F1ZS"),
        ("aadhaar_number", "9999 4105 7058", AADHAAR),
        ("aadhaar_number", "9999-4105-7058", AADHAAR),
        ("epic_number", "abc1234567", "ABC1234567"),
        ("epic_number", "MH/12/123/456789", "MH/12/123/456789"),
        ("ifsc", "yesb0000262", "YESB0000262"),
        ("ifsc", "SBIN0RRCHGB", "SBIN0RRCHGB"),
        ("cin", "U72900KA2015PTC082988", "U72900KA2015PTC082988"),
        ("cin", "L17110MH1973PLC019786", "L17110MH1973PLC019786"),
        ("dl_number", "KA01 20110012345", "KA0120110012345"),
        ("dl_number", "MH-1420110062821", "MH1420110062821"),
        ("dl_number", "DL-0420110149646", "DL0420110149646"),
        ("passport_number", "J8369854", "J8369854"),
        ("file_number", "BN1061234567818", "BN1061234567818"),
        ("upi_id", "Asha.Rao@okAxis", "asha.rao@okaxis"),
        ("upi_id", "9999999999@ybl", "9999999999@ybl"),
        ("account_number", "026291800001191", "026291800001191"),
    ],
)
def test_an_identifier_is_known_however_it_is_spaced(field: str, text: str, value: str) -> None:
    assert CHECKS[field](text).value == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("pan", "ABCDV1234D"),  # no holder has a D
        ("pan", "ABCPV0000D"),
        ("pan", "ABCPV1234"),
        ("gstin", "39AAGCB7383J1Z4"),
        ("gstin", "29AAGCB7383J1Z"),
        ("aadhaar_number", "199941057058"),
        ("aadhaar_number", "99994105705"),
        ("aadhaar_number", "222222222222"),
        ("vid", "123456789012345"),
        ("epic_number", "AB12345678"),
        ("ifsc", "YESB1000262"),
        ("ifsc", "YES00000262"),
        ("cin", "X72900KA2015PTC082988"),
        ("cin", "U72900KA2115PTC082988"),
        ("dl_number", "1234"),
        ("passport_number", "Q8369854"),
        ("passport_number", "J8369850"),
        ("file_number", "J8369854"),
        ("upi_id", "asha@example.com"),
        ("upi_id", "asha"),
        ("account_number", "12345678"),
        ("account_number", "000000000"),
        ("account_number", "ABCDEFGHIJ"),
        ("pan", "ABCPV१२३४D"),  # digits, but not ASCII
    ],
)
def test_what_cannot_be_one_is_refused_by_its_form(field: str, text: str) -> None:
    assert fault(field, text) == "form"


def test_a_wrong_check_digit_is_told_apart_from_a_wrong_form() -> None:
    assert fault("gstin", "29AAICP2912R1ZS") == "check_digit"
    assert fault("aadhaar_number", "999941057059") == "check_digit"
    assert fault("aadhaar_number", "655675523712") == "check_digit", "Cashfree's own test number has a wrong one"


def test_each_mistyped_digit_and_each_swap_of_neighbours_of_an_aadhaar_number_is_noticed() -> None:
    assert identifiers.verhoeff_is_valid(AADHAAR)
    for place, digit in enumerate(AADHAAR):
        for other in "0123456789":
            assert identifiers.verhoeff_is_valid(AADHAAR[:place] + other + AADHAAR[place + 1 :]) == (other == digit)
    for place in range(11):
        a, b = AADHAAR[place], AADHAAR[place + 1]
        if a != b:
            assert not identifiers.verhoeff_is_valid(AADHAAR[:place] + b + a + AADHAAR[place + 2 :])


def test_the_published_example_of_verhoeff() -> None:
    assert identifiers.verhoeff_is_valid("2363")
    assert not identifiers.verhoeff_is_valid("2362")


def test_a_virtual_id_has_one_right_last_digit() -> None:
    right = [digit for digit in "0123456789" if identifiers.verhoeff_is_valid("912345678901234" + digit)]
    assert len(right) == 1
    assert CHECKS["vid"]("912345678901234" + right[0]).last_four == "234" + right[0]


@pytest.mark.parametrize(
    ("first", "kind", "state"),
    [
        ("38AAPFU0939F1Z", "regular", "Ladakh"),
        ("97AAPFU0939F1Z", "regular", "Other Territory"),
        ("27AAPFU0939F1A", "regular", "Maharashtra"),
        ("9917SGP29001OS", "online_services", None),
        ("0717SGP29001UN", "un_body", "Delhi"),
        ("27BLRA10001F1D", "tds", "Maharashtra"),
    ],
)
def test_gstins_of_every_kind_are_known(first: str, kind: str, state: str | None) -> None:
    found = facts("gstin", first + check_digit(first))
    assert (found["kind"], found.get("state")) == (kind, state)


def test_identifiers_tell_what_their_characters_say() -> None:
    assert facts("pan", "ABCPV1234D") == {"holder": "individual"}
    assert facts("ifsc", "YESB0000262") == {"bank_code": "YESB", "branch_code": "000262"}
    assert facts("cin", "L17110MH1973PLC019786") == {
        "listed": "yes",
        "industry_code": "17110",
        "state_code": "MH",
        "incorporation_year": "1973",
        "kind": "public_company",
    }
    assert facts("dl_number", "KA0120110012345")["office"] == "KA01"
