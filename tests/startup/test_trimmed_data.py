"""Of botocore's data about services the layer holds what functions use (`layers/dependencies/trim.py`)."""

from __future__ import annotations

import ast
import gzip
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name

from .conftest import ROOT, SERVICES, Layers

TRIM = runpy.run_path(str(ROOT / "layers/dependencies/trim.py"))
KEPT = {service: set(named.split(",")) for service, _, named in (each.partition(":") for each in SERVICES) if named}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"}
"""What one transaction is allowed by."""

CONTEXT_KEYS = {"LeadingKeys", "Attributes", "ReturnValues", "Select"}


def model_of(service: str) -> tuple[Path, dict[str, Any]]:
    """The newest description of a service as botocore has it, without its documentation, and where it stands."""
    file = max((Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json*"))
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return file, TRIM["undocumented"](json.loads(content))


@pytest.mark.parametrize("service", KEPT)
def test_every_operation_that_a_role_allows_is_in_the_layer(service: str) -> None:
    allowed = set()
    for template in [ROOT / "template.yaml", *ROOT.glob("functions/*/template.yaml")]:
        allowed |= set(re.findall(rf"\b{service}:([A-Z][A-Za-z]+)", template.read_text())) - CONTEXT_KEYS
    assert allowed
    needed = {"TransactWriteItems" if action == "ConditionCheckItem" else action for action in allowed}
    if allowed & WRITES:
        needed.add("TransactWriteItems")
    assert needed <= KEPT[service]


def test_every_operation_that_the_code_calls_is_in_the_layer() -> None:
    called = set(_calls())
    assert len(called) > 5
    offered = {(service, xform_name(operation)) for service, named in KEPT.items() for operation in named}
    assert called <= offered


def _calls() -> Iterator[tuple[str, str]]:
    """Methods of the store's client, and of `client("<service>")`, wherever functions may come to."""
    for file in [*ROOT.glob("layers/core/batua/**/*.py"), *ROOT.glob("functions/*/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Attribute):
                continue
            of = node.value
            if isinstance(of, ast.Attribute) and of.attr == "_dynamodb":
                yield "dynamodb", node.attr
            elif isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "client":
                service = of.args[0].value if isinstance(of.args[0], ast.Constant) else ""
                if service in KEPT:
                    yield str(service), node.attr


@pytest.mark.parametrize("service", KEPT)
def test_what_is_left_of_a_service_is_as_it_was(layers: Layers, service: str) -> None:
    file, whole = model_of(service)
    trimmed = layers.packages / "botocore/data" / service / file.parent.name / "service-2.json"
    left = json.loads(trimmed.read_text())
    assert set(left["operations"]) == KEPT[service]
    for part in ("operations", "shapes"):
        assert all(whole[part][name] == said for name, said in left[part].items())
    assert {**left, "operations": {}, "shapes": {}} == {**whole, "operations": {}, "shapes": {}}


def test_a_service_of_which_no_operations_are_named_keeps_them_all(layers: Layers) -> None:
    program = """
from batua.aws import client
for service in ("sqs", "s3", "events", "stepfunctions", "sesv2", "sns"):
    print(service, len(client(service).meta.service_model.operation_names))
"""
    output = dict(line.split() for line in layers.run(program).splitlines())
    assert {service: int(count) for service, count in output.items()} == {
        service: len(model_of(service)[1]["operations"]) for service in output
    }


def test_a_client_of_every_service_sends_requests(layers: Layers) -> None:
    program = """
from botocore import httpsession
from batua.aws import client
class Sent(Exception): ...
def send(session, request):
    raise Sent
httpsession.URLLib3Session.send = send
arn = "arn:aws:states:ap-south-1:123456789012:stateMachine:x"
for call in (
    lambda: client("dynamodb").get_item(TableName="t", Key={"pk": {"S": "a"}}),
    lambda: client("secretsmanager").get_secret_value(SecretId="s"),
    lambda: client("s3").put_object(Bucket="b", Key="k", Body=b"x"),
    lambda: client("s3").get_object(Bucket="b", Key="k"),
    lambda: client("s3").delete_objects(Bucket="b", Delete={"Objects": [{"Key": "k"}]}),
    lambda: client("events").put_events(Entries=[]),
    lambda: client("sqs").send_message(QueueUrl="https://sqs.ap-south-1.amazonaws.com/1/q", MessageBody="m"),
    lambda: client("sns").publish(PhoneNumber="+919000000001", Message="m"),
    lambda: client("sesv2").send_email(Content={}),
    lambda: client("stepfunctions").start_execution(stateMachineArn=arn),
    lambda: client("sts").get_caller_identity(),
):
    try:
        call()
    except Sent:
        print("sent")
"""
    assert layers.run(program).split() == ["sent"] * 11
