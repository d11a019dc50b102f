"""A deployed stack, as far as its tables and outputs: moto's. For the commands that know a deployment by its stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import templates
from local.host import PARAMETERS, ROOT

REGION = "eu-west-1"
STACK = "batua-trial"
_SECRETS = ("VerifierSecret", "SigningSecret")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """CloudFormation's client, with the stack."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "LEDGER_TABLE", "DIRECTORY_TABLE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        # moto's CloudFormation makes no secrets: the outputs name those that are there.
        secrets = boto3.client("secretsmanager", region_name=REGION)
        arns = {name: secrets.create_secret(Name=name, SecretString="{}")["ARN"] for name in _SECRETS}
        client = boto3.client("cloudformation", region_name=REGION)
        client.create_stack(StackName=STACK, TemplateBody=json.dumps(_template(arns)))
        yield client


def stack_output(stack: Any, name: str) -> str:
    [described] = stack.describe_stacks(StackName=STACK)["Stacks"]
    return next(str(each["OutputValue"]) for each in described["Outputs"] if each["OutputKey"] == name)


def _template(secrets: dict[str, str]) -> dict[str, Any]:
    """The tables and outputs of the root stack."""
    platform = templates.load(ROOT, PARAMETERS)
    outputs = {f"{name}Arn": {"Value": arn} for name, arn in secrets.items()}
    unsupported = ("PointInTimeRecoverySpecification", "SSESpecification", "TimeToLiveSpecification", "TableName")
    resources = {}
    for name in ("LedgerTable", "DirectoryTable"):
        resource = platform.resources[name]
        properties = {key: value for key, value in resource.properties.items() if key not in unsupported}
        resources[name] = {"Type": resource.type, "Properties": properties}
        outputs[f"{name}Name"] = {"Value": {"Ref": name}}
    outputs["Url"] = {"Value": "https://wallet.example.com"}
    return {"Parameters": {"Stage": {"Type": "String", "Default": "trial"}}, "Resources": resources, "Outputs": outputs}
