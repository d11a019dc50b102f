"""What a request is answered with when something failed that no use case expects."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ParamValidationError, ReadTimeoutError

from batua.api.refusals import problem_of


def refused(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "SendMessage")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    "fault",
    [
        ReadTimeoutError(endpoint_url="https://sqs"),
        ConnectTimeoutError(endpoint_url="https://sqs"),
        refused("InternalError", 500),
        refused("ServiceUnavailable", 503),
        refused("ThrottlingException", 400),
        refused("RequestThrottled", 403),
    ],
    ids=repr,
)
def test_an_outage_behind_an_endpoint_is_worth_another_try(fault: Exception) -> None:
    problem = problem_of(fault, "POST /x", "req_1")
    assert (problem.kind.status, problem.kind.code) == (503, "busy")
    assert problem.headers["Retry-After"] == "5"
    assert "not responding" in problem.message


@pytest.mark.parametrize(
    "fault",
    [
        refused("AccessDenied", 403),
        refused("ValidationException", 400),
        ParamValidationError(report="x"),
        KeyError("x"),
    ],
    ids=repr,
)
def test_a_fault_of_ours_is_an_internal_error(fault: Exception) -> None:
    assert problem_of(fault, "POST /x", "req_1").kind.code == "internal_error"
