"""What a function's role does not grant is denied on this machine too, wherever the function calls from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from local.host import LocalPlatform
from local.runner import RUNNING

AsFunction = Callable[..., Any]


@pytest.fixture(autouse=True)
def denials_are_meant(platform: LocalPlatform, roles_suffice: None) -> Iterator[None]:
    """What is denied here fails no test."""
    kept = platform.embedded_aws.authorizer.denials
    before = set(kept)
    yield
    for text in [each for each in kept if each not in before]:
        del kept[text]


@pytest.fixture
def denied() -> AsFunction:
    """Has a function make a call that is denied; gives the error's code."""

    def call(bearer: str, work: Callable[[], Any]) -> str:
        def run() -> str:
            RUNNING.set(bearer)
            with pytest.raises(ClientError) as refusal:
                work()
            return str(refusal.value.response["Error"]["Code"])

        return Context().run(run)

    return call


def query() -> Any:
    from batua.aws import client
    from batua.settings import settings

    return client("dynamodb").query(
        TableName=settings().directory_table,
        KeyConditionExpression="#p = :p",
        ExpressionAttributeNames={"#p": "pk"},
        ExpressionAttributeValues={":p": {"S": "OTP#otp_1"}},
    )


def test_a_query_without_the_right_is_denied_and_explained(platform: LocalPlatform, denied: AsFunction) -> None:
    assert denied("IssueCoins", query) == "AccessDeniedException"
    denial = list(platform.embedded_aws.authorizer.denials)[-1]
    assert "functions/coins/template.yaml: the role of IssueCoins does not grant dynamodb:Query" in denial
    assert "Resource: !Ref DirectoryTableArn" in denial
    assert '["OTP#*"]' in denial


def test_what_a_function_hands_to_threads_has_its_role(denied: AsFunction) -> None:
    def side_by_side() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: query(), range(2)))

    assert denied("IssueCoins", side_by_side) == "AccessDeniedException"


def test_a_missing_object_is_denied_to_those_who_may_not_list_the_bucket(denied: AsFunction) -> None:
    from batua.aws import client
    from batua.settings import settings

    def read() -> None:
        client("s3").get_object(Bucket=settings().files_bucket, Key="kept/nothing")

    assert denied("ReadBranding", read) == "AccessDenied"


def test_a_link_may_do_what_its_signer_may() -> None:
    from batua.files import upload_link

    def link_of(bearer: str) -> str:
        def sign() -> str:
            RUNNING.set(bearer)
            return upload_link("incoming/roles", "image/png", 3, 60).url

        return Context().run(sign)

    asked = {"Content-Type": "image/png"}
    assert requests.put(link_of("IssueCoins"), b"png", headers=asked, timeout=10).status_code == 403
    assert requests.put(link_of("UploadDocument"), b"png", headers=asked, timeout=10).status_code == 200


def test_tests_and_the_platform_itself_have_every_right(platform: LocalPlatform) -> None:
    assert query()["Count"] == 0
    assert platform.embedded_aws.client("dynamodb").list_tables()["TableNames"]
