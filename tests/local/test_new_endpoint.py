"""`make new-endpoint`: what it writes is complete, and what it cannot write is refused with nothing written."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest

from local.host import ROOT
from local.new_endpoint import UnusableRouteError, main, write_endpoint

ROUTE = "POST /api/v1/wallets/{id}/rename"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "functions/wallets").mkdir(parents=True)
    (tmp_path / "layers/core/batua/wallets").mkdir(parents=True)
    (tmp_path / "layers/core/batua/wallets/__init__.py").touch()
    shutil.copy(ROOT / "functions/wallets/template.yaml", tmp_path / "functions/wallets")
    return tmp_path


def test_an_endpoint_has_handler_use_case_event_test_and_a_role_of_its_own(root: Path) -> None:
    files = write_endpoint(root, "wallets", "rename_wallet", ROUTE)
    assert {str(file.relative_to(root)) for file in files} == {
        "functions/wallets/rename_wallet.py",
        "functions/wallets/template.yaml",
        "layers/core/batua/wallets/rename_wallet.py",
        "events/wallets/rename_wallet.json",
        "tests/api/test_rename_wallet.py",
    }
    for file in files:
        if file.suffix == ".py":
            ast.parse(file.read_text())
    event = json.loads((root / "events/wallets/rename_wallet.json").read_text())
    assert (event["routeKey"], event["body"]) == (ROUTE, "{}")
    assert (event["rawPath"], event["pathParameters"]) == ("/api/v1/wallets/TODO_ID/rename", {"id": "TODO_ID"})
    template = (root / "functions/wallets/template.yaml").read_text()
    assert '{ApiId: !Ref WalletsApi, Method: POST, Path: "/api/v1/wallets/{id}/rename"}' in template
    assert "LogGroupName: !Sub /batua/${Stage}/wallets/rename_wallet" in template
    assert template.index("RenameWallet:") < template.index("\nOutputs:")


@pytest.mark.parametrize(
    ("domain", "function", "route", "said"),
    [
        ("wallets", "rename", ROUTE, "<verb>_<noun>"),
        ("wallets", "rename_wallet", "/api/v1/wallets", "a method and a path"),
        ("nowhere", "rename_wallet", ROUTE, "functions/nowhere/template.yaml"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    root: Path, domain: str, function: str, route: str, said: str
) -> None:
    before = (root / "functions/wallets/template.yaml").read_text()
    with pytest.raises(UnusableRouteError, match=said):
        write_endpoint(root, domain, function, route)
    assert (root / "functions/wallets/template.yaml").read_text() == before
    assert not (root / "events").exists()


def test_an_endpoint_that_is_there_is_not_overwritten(root: Path) -> None:
    write_endpoint(root, "wallets", "rename_wallet", ROUTE)
    with pytest.raises(UnusableRouteError, match="is there already"):
        write_endpoint(root, "wallets", "rename_wallet", ROUTE)


def test_the_command_says_what_is_wrong_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wallets", "Rename", ROUTE]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_first_endpoint_of_a_package_makes_the_package_with_its_imports_in_order(root: Path) -> None:
    """A package named before `identity`: the linter wants its import above that of the caller."""
    files = [
        str(file.relative_to(root)) for file in write_endpoint(root, "wallets", "rename_wallet", ROUTE, "feedback")
    ]
    assert "layers/core/batua/feedback/__init__.py" in files
    handler = (root / "functions/wallets/rename_wallet.py").read_text()
    imports = [line for line in handler.splitlines() if line.startswith("from batua.")]
    assert imports == sorted(imports)
    again = write_endpoint(root, "wallets", "close_feedback", "POST /api/v1/feedback/close", "feedback")
    assert "layers/core/batua/feedback/__init__.py" not in [str(file.relative_to(root)) for file in again]
