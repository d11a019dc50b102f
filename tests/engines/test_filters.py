"""The filters that are made ready once, against moto's own reading of the same patterns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from local.aws.filters import RecordFilter

PATTERNS: list[dict[str, Any]] = [
    {},
    {"eventName": ["INSERT"]},
    {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["TX", {"prefix": "FUNDS"}]}}}},
    {"dynamodb": {"NewImage": {"mail": {"S": [{"exists": True}]}}}},
    {"dynamodb": {"NewImage": {"mail": {"S": [{"exists": False}]}}}},
    {"dynamodb": {"NewImage": {"mail": [{"exists": False}]}}},
    {
        "eventName": ["MODIFY"],
        "dynamodb": {"Keys": {"sk": {"S": ["TX"]}}, "NewImage": {"n": {"N": [{"exists": True}]}}},
    },
    {"dynamodb": {"NewImage": {"n": {"N": ["5"]}}, "OldImage": {"n": {"N": ["4"]}}}},
    {"eventName": [{"anything-but": ["REMOVE"]}]},
    {"eventName": [{"suffix": "ERT"}, "REMOVE"]},
    {"dynamodb": {"SizeBytes": [{"numeric": [">", 10, "<=", 100]}]}},
    {"dynamodb": {"SizeBytes": [42]}},
    {"$or": [{"eventName": ["REMOVE"]}, {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "T"}]}}}}]},
    {"dynamodb": {"NewImage": {"roles": {"SS": ["owner"]}}}},
    {"dynamodb": {"NewImage": {"empty": {"M": [{"exists": True}]}}}},
]


def record(name: str, sk: str, size: int = 42, **images: Any) -> dict[str, Any]:
    return {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": "w"}, "sk": {"S": sk}}, "SizeBytes": size, **images}}


RECORDS = [
    {},
    {"eventName": "INSERT", "dynamodb": None},
    record("INSERT", "TX"),
    record("MODIFY", "FUNDS#1", NewImage={"n": {"N": "5"}}, OldImage={"n": {"N": "4"}}),
    record("MODIFY", "TX", 100, NewImage={"n": {"N": "5"}, "mail": {"S": ""}}, OldImage={"n": {"N": "5"}}),
    record("REMOVE", "TX", 101, OldImage={"mail": {"S": "a@example.com"}}),
    record("REMOVE", "STOCK", 10),
    record("INSERT", "STOCK", NewImage={"roles": {"SS": ["cashier", "owner"]}, "mail": {"M": {}}, "empty": {"M": {}}}),
    record("INSERT", "STOCK", NewImage={"roles": {"S": "owner"}, "empty": {"M": {"a": {"S": "b"}}}}),
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=json.dumps)
def test_a_filter_answers_as_moto_does(pattern: dict[str, Any]) -> None:
    ready, read = RecordFilter(pattern), EventPattern.load(json.dumps(pattern))
    answers = [read.matches_event(each) for each in RECORDS]
    assert [ready.matches(each) for each in RECORDS] == answers
    assert RecordFilter(json.dumps(pattern)).matches(RECORDS[2]) == answers[2]


@pytest.mark.parametrize("pattern", PATTERNS, ids=json.dumps)
def test_nothing_that_matches_is_left_out_by_its_name_and_keys(pattern: dict[str, Any]) -> None:
    ready = RecordFilter(pattern)
    for each in RECORDS[2:]:
        summary = {"eventName": each.get("eventName"), "dynamodb": {"Keys": (each.get("dynamodb") or {}).get("Keys")}}
        assert ready.may_match(summary) or not ready.matches(each)
        assert ready.needs_images or ready.may_match(summary) == ready.matches(each)
