"""What a function imports while it starts: a heavy module that it does not need is a slow first answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A function's layers hold no pyOpenSSL, with which botocore would import cryptography.
PROGRAM = """
import importlib.util, json, sys
sys.modules["OpenSSL"] = None
spec = importlib.util.spec_from_file_location("handler", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
from batua.store.store import store
store()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

NOBODYS = {"boto3", "s3transfer", "phonenumbers", "segno", "argon2", "reportlab"}
SIGNATURES = {"jwt", "cryptography"}

SIGNED = ["coins/issue_coins", "coins/redeem_coins", "coins/read_balance"]
UNSIGNED = [
    "platform/check_health",
    "platform/read_version",
    "auth/obtain_token",
    "customers/post_customer_transaction",
]


def imported(function: str) -> set[str]:
    """The packages that a fresh process holds once the function could serve."""
    environment = {
        "PYTHONPATH": str(ROOT / "layers/core"),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "ap-south-1",
        "LEDGER_TABLE": "Ledger",
        "DIRECTORY_TABLE": "Directory",
    }
    command = [sys.executable, "-c", PROGRAM, str(ROOT / f"functions/{function}.py")]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return set(json.loads(ended.stdout))


@pytest.mark.parametrize("function", SIGNED)
def test_a_function_with_signed_callers_imports_signatures_and_no_more(function: str) -> None:
    modules = imported(function)
    assert modules >= SIGNATURES, "they are imported while the function starts, not with the first request"
    assert not modules & NOBODYS


@pytest.mark.parametrize("function", UNSIGNED)
def test_a_function_whose_callers_sign_nothing_imports_no_signatures(function: str) -> None:
    assert not imported(function) & (NOBODYS | SIGNATURES)
