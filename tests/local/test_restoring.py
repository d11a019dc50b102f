"""`make restore-tables`: copies of both tables as of a moment, complete, verified, and taken by the stack. The stack is
moto's, which restores what a table holds now, whatever the moment."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from moto.dynamodb.models import dynamodb_backends

from local import bootstrap, deploy, restoring, templates
from local.host import PARAMETERS, ROOT
from tests.local.moto_stack import REGION, STACK, stack, stack_output  # noqa: F401

Run = Callable[..., tuple[int, str]]


NOW = "2026-11-29T10:00:00Z"


def _recoverable(table: str) -> None:
    """Point-in-time recovery, for a day so far."""
    client = boto3.client("dynamodb", region_name=REGION)
    enabled = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=enabled)
    account = client.describe_table(TableName=table)["Table"]["TableArn"].split(":")[4]
    kept = dynamodb_backends[account][REGION].get_table(table).continuous_backups
    noon = datetime.fromisoformat(NOW).timestamp()
    window = {"EarliestRestorableDateTime": noon - 86_400, "LatestRestorableDateTime": noon + 86_400}
    kept["PointInTimeRecoveryDescription"].update(window)


@pytest.fixture
def tables(stack: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A deployment that has begun: an operator, a merchant, and money on its wallet."""
    names = {variable: stack_output(stack, output) for variable, output in restoring.TABLES.items()}
    for name in names.values():
        _recoverable(name)
    client = boto3.client("dynamodb", region_name=REGION)
    ttl = {"Enabled": True, "AttributeName": "ttl"}
    client.update_time_to_live(TableName=names["DIRECTORY_TABLE"], TimeToLiveSpecification=ttl)
    assert bootstrap.main(["--stack", STACK, "--email", "asha@example.com", "--region", REGION]) == 0
    for variable, value in {**names, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(variable, value)
    bootstrap.forget()
    _business()
    yield names
    bootstrap.forget()


def _business() -> None:
    from batua import clock
    from batua.ledger.decisions import tenant_money
    from batua.ledger.model import Origin
    from batua.ledger.posting.tenant_money import TenantLedger, funds_request
    from batua.store import keys
    from batua.store.store import store
    from batua.tenants import tree
    from batua.tenants.tree import NewTenant

    key = keys.platform_key()
    operator = str((store().read([key])[key] or {})["operator"])
    merchant = tree.create_tenant(store(), NewTenant("merchant", "Kaveri", "kaveri", operator), clock.system())
    wallet, now = tenant_money.tenant_wallet("live", merchant.id), clock.system()
    for paise in (25_000, 12_345):
        request = funds_request("tests", "live", merchant.id, Origin("tests", "::1", merchant.id), str(paise), {})
        TenantLedger(store(), "Asia/Kolkata", now).post(
            request, lambda known, paise=paise: tenant_money.decide_credit(known, wallet, paise, now)
        )


@pytest.fixture
def run(tables: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Run:
    def restore(*more: str, moment: str = "") -> tuple[int, str]:
        capsys.readouterr()
        arguments = ["--stack", STACK, "--moment", moment or NOW, "--region", REGION, *more]
        status = restoring.main(arguments, sleep=lambda seconds: None)
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return restore


def names() -> list[str]:
    return list(boto3.client("dynamodb", region_name=REGION).list_tables()["TableNames"])


def items(table: str) -> list[dict[str, Any]]:
    found = boto3.resource("dynamodb", region_name=REGION).Table(table).scan()["Items"]
    return sorted(found, key=lambda item: (item["pk"], item["sk"]))


def damage(table: str) -> None:
    """One wallet says more than its entries."""
    (wallet,) = [item for item in items(table) if "#W#" in item["pk"]]
    boto3.resource("dynamodb", region_name=REGION).Table(table).put_item(Item={**wallet, "free": Decimal(99_999)})


def test_a_rehearsal_restores_verifies_and_leaves_nothing_behind(run: Run, tables: dict[str, str]) -> None:
    before = {name: items(name) for name in names()}
    status, said = run("--rehearsal")
    assert status == 0, said
    assert re.search(r"ok +Kaveri", said)
    assert "Rehearsed: the copies are gone" in said
    assert re.search(r"restore \d+ s, complete \d+ s, verify \d+ s, clean up \d+ s", said)
    assert {name: items(name) for name in names()} == before


def test_the_copies_have_what_a_restore_leaves_out(run: Run, tables: dict[str, str]) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    status, said = run()
    assert status == 0, said
    for variable, source in tables.items():
        (target,) = [name for name in names() if name.startswith(f"{source}-")]
        assert items(target) == items(source)
        described = client.describe_table(TableName=target)["Table"]
        assert described["DeletionProtectionEnabled"] is True
        assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert described["LatestStreamArn"] in said
        schema = client.describe_table(TableName=source)["Table"]
        indexes = [{index["IndexName"] for index in each["GlobalSecondaryIndexes"]} for each in (described, schema)]
        assert indexes[0] == indexes[1]
        backups = client.describe_continuous_backups(TableName=target)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        expiry = client.describe_time_to_live(TableName=target)["TimeToLiveDescription"]
        assert expiry.get("AttributeName") == ("ttl" if variable == "DIRECTORY_TABLE" else None)


def test_the_stack_takes_the_copies_by_the_command_that_is_printed(run: Run, tables: dict[str, str]) -> None:
    """Every function is told of them; the old tables stay declared, and are kept."""
    _, said = run()
    (arguments,) = re.findall(r'make deploy ARGS="--config-env <environment> (.*)"', said)
    words = arguments.split()
    given = {name[2:].replace("-", "_"): value for name, value in zip(words[::2], words[1::2], strict=True)}
    answers = deploy.settled({"region": REGION, **given}, {}, None)
    call = deploy.commands("default", answers, False, [])[0]
    parameters = dict(word.split("=", 1) for word in call if word.startswith("Restored"))
    assert len(parameters) == 4

    own, restored = (templates.load(ROOT, {**PARAMETERS, **more}, cache=False) for more in ({}, parameters))
    wanted = {
        "LEDGER_TABLE": parameters["RestoredLedgerTable"],
        "DIRECTORY_TABLE": parameters["RestoredDirectoryTable"],
    }
    used = 0
    for function in restored.functions.values():
        for variable, table in wanted.items():
            if variable in function.environment:
                assert function.environment[variable] == table, function.logical_id
                used += 1
    assert used > 300
    assert {"LedgerTable", "DirectoryTable"} <= set(restored.resources) & set(own.resources)


def test_something_that_is_found_is_not_passed_on(run: Run, tables: dict[str, str]) -> None:
    damage(tables["LEDGER_TABLE"])
    status, said = run()
    assert status == 1
    assert "LOOK  Kaveri" in said
    assert "Choose an earlier moment" in said
    assert "make deploy" not in said
    assert run("--rehearsal")[0] == 1


def test_a_moment_that_is_not_there_is_refused_before_anything_is_made(run: Run, tables: dict[str, str]) -> None:
    status, said = run(moment="2020-01-01T00:00:00Z")
    assert status == 1
    assert "can be restored to a moment from" in said
    assert set(names()) == set(tables.values())
    client = boto3.client("dynamodb", region_name=REGION)
    off = {"PointInTimeRecoveryEnabled": False}
    client.update_continuous_backups(TableName=tables["LEDGER_TABLE"], PointInTimeRecoverySpecification=off)
    assert "has no point-in-time recovery" in run()[1]


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-21T09:29:00"])
def test_a_moment_has_a_zone(moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        restoring.main(["--stack", STACK, "--moment", moment])
    assert "2026-11-21T09:29:00Z" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_named(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert restoring.main(["--stack", "other", "--moment", NOW, "--region", REGION]) == 1
    assert "Stack other in eu-west-1 can't be read" in capsys.readouterr().err
