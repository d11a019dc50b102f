"""Costs as ratios within one run: a machine's speed says nothing about a trap."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from .conftest import STORE, item, put, store_table


def cost(action: Callable[[int], Any], repetitions: int = 40) -> float:
    times = []
    for number in range(repetitions):
        began = time.perf_counter()
        action(number)
        times.append(time.perf_counter() - began)
    return median(times)


def fill(dynamodb: Any, start: int, end: int) -> None:
    for first in range(start, end, 25):
        items = [item(f"K#{n}", "TX", g1p=f"W#{n % 50}", g1s=f"{n:08}") for n in range(first, first + 25)]
        dynamodb.batch_write_item(RequestItems={STORE: [{"PutRequest": {"Item": one}} for one in items]})


def test_a_transaction_costs_the_same_in_a_table_of_ten_thousand_items_as_in_one_of_a_hundred(started: Any) -> None:
    dynamodb = started(store_table()).client("dynamodb")

    def transact(number: int) -> None:
        items = [put(f"T#{number}", kind, g1p=f"T#{number}", g1s=kind) for kind in ("A", "B", "C")]
        dynamodb.transact_write_items(TransactItems=items)

    fill(dynamodb, 0, 100)
    small = cost(transact)
    fill(dynamodb, 100, 10_000)
    assert cost(transact) / small < 3


def test_a_query_of_an_index_costs_the_same_in_a_large_table_as_in_a_small_one(started: Any) -> None:
    dynamodb = started(store_table()).client("dynamodb")

    def query(_: int) -> None:
        answer = dynamodb.query(
            TableName=STORE,
            IndexName="statement",
            KeyConditionExpression="g1p = :p",
            ExpressionAttributeValues={":p": {"S": "W#7"}},
            Limit=2,
        )
        assert answer["Count"] == 2

    fill(dynamodb, 0, 100)
    small = cost(query)
    fill(dynamodb, 100, 10_000)
    assert cost(query) / small < 3
