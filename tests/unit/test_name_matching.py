"""Names as they differ between a form and a register in India."""

from __future__ import annotations

import pytest

from batua.verification.names import match_names


@pytest.mark.parametrize(
    ("given", "registered"),
    [
        ("Asha Rao", "ASHA RAO"),
        ("Rao Asha", "Asha Rao"),
        ("Smt. Asha Rao", "Asha Rao"),
        ("Dr Asha Rao", "Mrs. ASHA  RAO"),
        ("Ram Kumar", "Ramkumar"),
        ("Asha Rao", "Asha Rao S/o Ravi Rao"),
        ("Kaveri Stores Pvt. Ltd.", "KAVERI STORES PRIVATE LIMITED"),
        ("M/s Shree Traders", "Shree Traders"),
        ("Md Irfan", "Mohammad Irfan"),
        ("Renée D'Souza", "RENEE DSOUZA"),
    ],
)
def test_the_same_name_written_in_another_way_is_a_direct_match(given: str, registered: str) -> None:
    assert match_names(given, registered).grade == "DIRECT_MATCH"


@pytest.mark.parametrize(
    ("given", "registered"),
    [
        ("A. Rao", "Asha Rao"),
        ("S. Ramesh Kumar", "Ramesh Kumar Subramaniam"),
        ("Lakshmi Narayan", "Laxmi Narayan"),
        ("Anil Choudhury", "Anil Chaudhary"),
        ("Sanjay Mehta", "Sanjay Kumar Mehta"),
        ("Deepak Verma", "Dipak Varma"),
    ],
)
def test_initials_spellings_and_a_missing_middle_name_are_a_good_match(given: str, registered: str) -> None:
    assert match_names(given, registered).grade == "GOOD_PARTIAL_MATCH"


@pytest.mark.parametrize(
    ("given", "registered"), [("Asha Rao", "Vikram Singh"), ("A R", "Vikram Singh"), ("", "Asha Rao"), ("...", "Asha")]
)
def test_another_name_is_no_match(given: str, registered: str) -> None:
    assert match_names(given, registered).grade == "NO_MATCH"


def test_one_shared_part_is_a_poor_match_at_most() -> None:
    assert match_names("Asha Rao", "Asha Singh").score < 70
    assert match_names("Ravi Kumar", "Anil Kumar").score < 70


def test_initials_alone_prove_nothing() -> None:
    assert match_names("A R", "Asha Rao").grade == "NO_MATCH"


def test_a_match_is_the_same_in_both_directions() -> None:
    names = ("Asha Rao", "A. Rao", "Asha Kumari Rao", "Lakshmi Rao", "Rao & Sons Pvt Ltd", "Asha")
    for one in names:
        assert match_names(one, one).score == 100
        for other in names:
            assert match_names(one, other) == match_names(other, one)
