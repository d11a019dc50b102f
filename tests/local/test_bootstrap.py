"""`make bootstrap` begins a deployed stack, which it knows by its outputs alone. The stack is moto's."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import bootstrap
from tests.local.moto_stack import REGION, STACK, stack, stack_output  # noqa: F401

ACCOUNT = ["--bank", "HDFC Bank", "--account-name", "Example Retail", "--account-number", "50200012345678"]


def run(capsys: pytest.CaptureFixture[str], *more: str, region: str = REGION) -> tuple[int, str]:
    status = bootstrap.main(["--stack", STACK, "--email", "asha@example.com", "--region", region, *more])
    shown = capsys.readouterr()
    return status, shown.out + shown.err


def test_a_stack_gets_its_operator_super_admin_and_bank_account(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = run(capsys, "--operator", "Example Retail", *ACCOUNT, "--ifsc", "HDFC0001234")
    assert status == 0, said
    assert "Example Retail" in said
    assert "HDFC Bank 50200012345678" in said
    assert "https://wallet.example.com/reset-password" in said
    assert "/api/v1/rewards/programs" in said
    assert "make doctor URL=https://wallet.example.com" in said


def test_a_second_run_changes_nothing_but_the_link(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    account = [*ACCOUNT, "--ifsc", "HDFC0001234"]
    _, first = run(capsys, *account)
    items = _items()
    status, second = run(capsys, *account)
    assert status == 0, second
    assert "(was there)" in second
    assert first.splitlines()[:2] == second.splitlines()[:2]
    assert {key for key in _items() if not key[0].startswith("ONCE#")} == {
        key for key in items if not key[0].startswith("ONCE#")
    }


def test_what_is_missing_or_wrong_is_named(stack: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "--bank", "HDFC Bank") == (
        2,
        "A bank account needs --account-name, --account-number, --ifsc too.\n",
    )
    status, said = run(capsys, *ACCOUNT, "--ifsc", "HDFC")
    assert (status, "IFSC such as HDFC0001234" in said) == (1, True)
    status, said = run(capsys, region="us-east-1")
    assert status == 1
    assert f"Stack {STACK} in us-east-1 can't be read" in said
    assert bootstrap.main(["--stack", STACK, "--email", "a@example.com"]) == 1
    assert "No region: give --region, or set AWS_REGION." in capsys.readouterr().err


def test_a_stack_of_something_else_is_refused(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    other = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    stack.create_stack(StackName="other", TemplateBody=json.dumps(other))
    assert bootstrap.main(["--stack", "other", "--email", "a@example.com", "--region", REGION]) == 1
    assert "is it the root stack of Batua?" in capsys.readouterr().err


def _items() -> set[tuple[str, str]]:
    client = boto3.client("dynamodb", region_name=REGION)
    names = client.list_tables()["TableNames"]
    found = [item for name in names for item in client.scan(TableName=name)["Items"]]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in found}


def test_two_step_sign_in_that_was_lost_is_turned_off_from_the_terminal(
    stack: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys)[0] == 0
    status, said = run(capsys, "--reset-mfa")
    assert (status, "not on" in said) == (1, True), said
    table = boto3.resource("dynamodb", region_name=REGION).Table(stack_output(stack, "DirectoryTableName"))
    [user] = [item for item in table.scan()["Items"] if item.get("email") == "asha@example.com" and "roles" in item]
    key = {name: user[name] for name in ("pk", "sk")}
    table.update_item(Key=key, UpdateExpression="SET mfa = :at", ExpressionAttributeValues={":at": 1_790_000_000_000})
    status, said = run(capsys, "--reset-mfa")
    assert status == 0, said
    assert "all sessions have ended" in said
    after = table.get_item(Key=key)["Item"]
    assert "mfa" not in after
    assert after["epoch"] == user.get("epoch", 0) + 1
    [act] = [item for item in table.scan()["Items"] if item.get("what") == "mfa_reset"]
    assert "was turned off from the operator's terminal" in act["mail"], "mailed to the administrators"
    assert run(capsys, "--reset-mfa")[0] == 1
