"""What is too large for a service is refused here too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.aws.limits import CONTENT, Limits, fault_of

FULL, OVER = "x" * CONTENT, "x" * (CONTENT + 1)


@pytest.mark.parametrize(
    ("service", "operation", "fits", "too_large"),
    [
        ("events", "PutEvents", {"Entries": [{"Detail": "{}"}] * 10}, {"Entries": [{"Detail": "{}"}] * 11}),
        ("events", "PutEvents", {"Entries": [{"Detail": FULL}]}, {"Entries": [{"Detail": FULL, "Source": "batua"}]}),
        ("stepfunctions", "StartExecution", {"input": FULL}, {"input": OVER}),
        ("stepfunctions", "SendTaskSuccess", {"output": FULL}, {"output": OVER}),
        (
            "sesv2",
            "SendEmail",
            {"Destination": {"ToAddresses": ["a@example.com"] * 50}},
            {"Destination": {"ToAddresses": ["a@example.com"] * 50, "CcAddresses": ["b@example.com"]}},
        ),
    ],
)
def test_limits_are_the_services_own(service: str, operation: str, fits: Any, too_large: Any) -> None:
    assert fault_of(service, operation, fits) is None
    assert fault_of(service, operation, too_large) is not None


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    limits = Limits()
    with mock_aws():
        limits.install()
        try:
            yield boto3.session.Session().client("events", region_name="ap-south-1")
        finally:
            limits.remove()


def test_a_client_is_refused_as_by_the_service(limited: Any) -> None:
    entry = {"Source": "batua.tests", "DetailType": "large", "Detail": json.dumps({"text": "x"})}
    limited.put_events(Entries=[entry])
    with pytest.raises(ClientError, match="Total size of the entries"):
        limited.put_events(Entries=[{**entry, "Detail": json.dumps({"text": OVER})}])
