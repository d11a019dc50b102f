"""What `make bench` plays back in place of AWS: recorded from the platform of one machine, as AWS would send it."""

from __future__ import annotations

import json

from benchmarks import tapes


def test_the_first_request_of_a_function_is_recorded_with_what_aws_answered() -> None:
    with tapes.recorded("issue_coins") as requests:
        issued = json.loads(requests.files["coins/issue_coins"].read_text())
        plain = json.loads(requests.plain.read_text())
        operations = [answer["operation"] for answer in issued["answers"]]
        assert operations == ["GetSecretValue", "BatchGetItem", "TransactWriteItems"]
        assert [answer["status"] for answer in issued["answers"]] == [200, 200, 200]
        [read] = plain["answers"]
        assert "Responses" in json.loads(read["body"].encode("latin-1"))
        assert set(requests.files) == {"coins/issue_coins", "coins/read_balance"}


def test_an_error_is_recorded_as_aws_sends_it() -> None:
    parsed = {"Error": {"Code": "ResourceNotFoundException", "Message": "No table."}, "ResponseMetadata": {}}
    assert json.loads(tapes._as_sent(parsed)) == {"__type": "ResourceNotFoundException", "message": "No table."}
    assert json.loads(tapes._as_sent({"Item": {"h": {"B": b"\x00\x01"}}})) == {"Item": {"h": {"B": "AAE="}}}
