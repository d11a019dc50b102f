"""IFSC against the directory of branches that is packed with the one function that looks them up."""

from __future__ import annotations

from pathlib import Path

import pytest

from batua.verification.branches import check_with_directory, is_branch

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "functions/verification/verify_bank/ifsc.json.gz"
ACCOUNT = "918273645546372"


@pytest.mark.parametrize("ifsc", ["YESB0000262", "HDFC0000077", "SBIN0000001", "SBIN0000BGL"])
def test_branches_are_found_whether_their_codes_are_digits_or_letters(ifsc: str) -> None:
    assert is_branch(ifsc, DIRECTORY)


@pytest.mark.parametrize("ifsc", ["YESB0999999", "ZZZZ0000001", "SBIN0ZZZZZZ"])
def test_a_code_that_no_branch_has_is_rejected(ifsc: str) -> None:
    outcome = check_with_directory("bank", {"account_number": ACCOUNT, "ifsc": ifsc}, DIRECTORY)
    assert (outcome.status, outcome.level, outcome.reason) == ("rejected", "directory", "unknown_branch")


def test_what_the_directory_has_is_said_to_rest_on_it() -> None:
    outcome = check_with_directory("bank", {"account_number": ACCOUNT, "ifsc": "yesb0000262"}, DIRECTORY)
    assert (outcome.status, outcome.level) == ("verified", "directory")
    assert outcome.facts["bank_code"] == "YESB"


def test_the_directory_is_all_of_the_country() -> None:
    from batua.verification.branches import _banks

    banks = _banks(DIRECTORY)
    assert len(banks) > 200
    assert sum(map(len, banks.values())) > 150_000
