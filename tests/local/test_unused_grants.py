"""What no test uses of the roles is found, whichever process used the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local import templates
from local.aws.authorization.policies import Grant, Policies, kind_of_key
from local.host import PARAMETERS, ROOT
from tests import unused_grants
from tests.unused_grants import EXPLAINED, granted, main, used


def test_the_uses_of_all_processes_are_one(tmp_path: Path) -> None:
    place = [str(ROOT / "functions/shop/template.yaml"), "Shop", 1]
    (tmp_path / "1.json").write_text(json.dumps([[*place, "dynamodb:PutItem", "arn:a", ["AUDIT#*"]]]))
    (tmp_path / "2.json").write_text(json.dumps([[*place, "dynamodb:PutItem", "arn:a", ["L#*#C#*"]]]))
    assert {what for *_, what in used(tmp_path)} == {"dynamodb:PutItem arn:a", "AUDIT#*", "L#*#C#*"}


def test_a_run_that_uses_nothing_leaves_every_grant_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path, strict=True) == 1
    said = capsys.readouterr().out
    assert "CoinsPosting, statement 1: dynamodb:PutItem" in said
    assert "IssueCoins, statement 1: dynamodb:PutItem" not in said, "grants are told by the policy that has them"


def test_an_explanation_of_what_is_used_or_gone_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unused_grants, "EXPLAINED", {("NoSuchPolicy", "s3:"): "it is gone"})
    main(tmp_path)
    assert "explained, but used or gone: NoSuchPolicy: s3:" in capsys.readouterr().out


def test_every_explanation_is_of_a_grant_that_is_there() -> None:
    grants = granted(templates.load(ROOT, PARAMETERS))
    gone = [entry for entry in EXPLAINED if not any(entry[0] == use[1] and entry[1] in use[3] for use in grants)]
    assert gone == []


def test_a_use_is_noted_where_the_grant_is_found(tmp_path: Path) -> None:
    platform = templates.load(ROOT, PARAMETERS)
    grants: dict[tuple[object, ...], Grant] = {}
    role = Policies(platform.roles["RenewCustomerQr"], grants)
    directory = platform.resources["DirectoryTable"].arn
    assert role.allows("dynamodb:UpdateItem", directory, {"dynamodb:LeadingKeys": ("T#ten_1#C#cust_1",)})
    found = [grant for grant in grants.values() if grant.used]
    assert [(grant.action, grant.keys) for grant in found] == [("dynamodb:UpdateItem", {"T#*#C#*"})]
    assert {statement for _, statement, _, _ in granted(platform)} >= {"RenewCustomerQr", "CoinsCaller"}


def test_kinds_of_keys_are_patterns() -> None:
    kinds = {"AUDIT#ten_1": "AUDIT#*", "PLATFORM": "PLATFORM", "L#ten_1#W#wal_1": "L#*#W#*", "T#ten_1#TAX": "T#*#TAX"}
    assert {key: kind_of_key(key) for key in kinds} == kinds
