"""House rules of functions behind an alias: what is deployed is what is served, or it is taken back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.transform import transform
from tests.templates.stacks import ROOT, Function, Stack, functions, obey


def behind_an_alias() -> list[Function]:
    return [function for function in functions() if "AutoPublishAlias" in function.properties]


def published(domain: Path) -> set[str]:
    found = re.search(r"^PUBLISHED := (.*)$", (domain / "Makefile").read_text(), re.MULTILINE)
    return set(found[1].split()) if found else set()


def test_the_hot_functions_stand_behind_an_alias() -> None:
    assert {function.logical_id for function in behind_an_alias()} >= {"IssueCoins", "RedeemCoins", "ReadBalance"}


def test_a_function_behind_an_alias_is_published_whenever_it_or_a_layer_changes() -> None:
    aliased = {function.logical_id for function in behind_an_alias()}
    named = {name for file in ROOT.glob("functions/*/Makefile") for name in published(file.parent)}
    obey(
        "a function has AutoPublishAlias with AutoPublishAliasAllProperties, and its domain's PUBLISHED names it",
        [
            *(f"{name}: only one of template and Makefile knows of its alias" for name in aliased ^ named),
            *(
                f"{function}: no AutoPublishAliasAllProperties"
                for function in behind_an_alias()
                if function.properties.get("AutoPublishAliasAllProperties") is not True
            ),
        ],
    )


def test_a_function_behind_an_alias_is_published_anew_with_every_release() -> None:
    """A parameter that changes, such as the log level, reaches them with a version of its own alone."""
    obey(
        "a function behind an alias has AutoPublishCodeSha256: !Ref Release",
        (
            f"{function}: a changed environment would not reach its alias"
            for function in behind_an_alias()
            if function.properties.get("AutoPublishCodeSha256") != {"Ref": "Release"}
        ),
    )
    for stack in {function.stack for function in behind_an_alias()}:
        first, second = (_versions(stack, release) for release in ("0123456789", "9876543210"))
        assert first
        assert not first & second


def _versions(stack: Stack, release: str) -> set[str]:
    given = {name: f"given{name}" for name in stack.template.get("Parameters", {})} | {"Release": release}
    resources = transform(stack.template, given)["Resources"]
    return {name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::Version"}


def test_a_canary_is_taken_back_by_alarms_of_its_stack() -> None:
    obey(
        "a function behind an alias is deployed as a canary in production, and named alarms take it back",
        (
            f"{function}: {preference}"
            for function in behind_an_alias()
            if (preference := function.properties.get("DeploymentPreference", {})).get("Type")
            != {"Fn::If": ["IsProd", "Canary10Percent5Minutes", "AllAtOnce"]}
            or not preference.get("Alarms")
            or any(
                function.stack.resources.get(alarm["Ref"], {}).get("Type") != "AWS::CloudWatch::Alarm"
                for alarm in preference["Alarms"]
            )
        ),
    )


def test_a_new_library_makes_a_new_package_of_a_function_behind_an_alias_alone(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make was not found")
    for part in ("functions/coins", "layers/dependencies"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "functions/handler.mk", tmp_path / "functions/handler.mk")

    def build(name: str) -> dict[str, bytes]:
        artifacts = tmp_path / "artifacts"
        shutil.rmtree(artifacts, ignore_errors=True)
        artifacts.mkdir()
        makefile = tmp_path / "functions/coins/Makefile"
        command = ["make", "--makefile", str(makefile), f"build-{name}", f"ARTIFACTS_DIR={artifacts}"]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
        return {file.name: file.read_bytes() for file in artifacts.iterdir()}

    before = build("IssueCoins"), build("CalculateIssue")
    assert build("IssueCoins") == before[0]
    (tmp_path / "layers/dependencies/requirements.txt").write_text("another==1.0\n")
    after = build("IssueCoins"), build("CalculateIssue")
    assert {name for name in before[0] if before[0][name] != after[0][name]} == {"layers.sha256"}
    assert after[1] == before[1]
