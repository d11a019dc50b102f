"""DynamoDB Streams to Lambda: every change of an item, in the order of the changes, at least once.

A table is one shard here, so there is one order for all keys; Lambda promises it per key. A batch that fails blocks
what comes after it until it succeeds or its retries are used up, as in Lambda.
"""

from __future__ import annotations

import itertools
import json
import logging
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from moto.dynamodb.models.dynamo_type import DynamoType, Item

from local.model import REGION

from .mappings import MappingSettings, Poller, failed_records

log = logging.getLogger(__name__)

Record = dict[str, Any]
Invoke = Callable[[dict[str, Any]], Any]
RETRY_AFTER = 0.05


class StreamMapping(Poller):
    """One function on one table's stream."""

    def __init__(
        self, name: str, settings: MappingSettings, invoke: Invoke, give_up: Callable[[list[Record], Exception], None]
    ) -> None:
        super().__init__(f"stream-{name}")
        self._settings = settings
        self._invoke = invoke
        self._give_up = give_up
        self._records: deque[Record] = deque()
        self._attempts = 0
        self._size = settings.batch_size

    def add(self, record: Record) -> None:
        if self._settings.wants(record):
            self._records.append(record)
            self.wake()

    @property
    def quiet(self) -> bool:
        """A record leaves the queue when it is done with, so an empty queue is all there is to see."""
        return not self._records

    def deliver(self) -> bool:
        batch = list(itertools.islice(self._records, self._size))
        if not batch:
            return False
        failure = self._attempt(batch)
        if failure is None:
            self._done(len(batch))
        else:
            self._failed(batch, *failure)
        return True

    def _attempt(self, batch: list[Record]) -> tuple[int, Exception] | None:
        """None, or how many records from the start succeeded, and why the next did not."""
        try:
            answer = self._invoke({"Records": batch})
        except Exception as error:
            log.warning("%s failed: %r", self.name, error)
            return 0, error
        ids = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = failed_records(answer, ids) if self._settings.partial else set()
        if not failed:
            return None
        return min(ids.index(one) for one in failed), PartialFailureError(f"{len(failed)} of {len(ids)} records failed")

    def _done(self, count: int) -> None:
        self._attempts, self._size = 0, self._settings.batch_size
        for _ in range(count):
            self._records.popleft()

    def _failed(self, batch: list[Record], succeeded: int, error: Exception) -> None:
        if succeeded:
            self._done(succeeded)
            batch = batch[succeeded:]
        if self._settings.bisect and len(batch) > 1:
            self._size = (len(batch) + 1) // 2
        self._attempts += 1
        if 0 <= self._settings.retries < self._attempts:
            self._give_up(batch[: self._size], error)
            self._done(len(batch[: self._size]))
            return
        self.pause(RETRY_AFTER)


class PartialFailureError(Exception):
    """The function named records that it could not process."""


class TableStream:
    """Makes stream records of the changes that the local table reports, and hands them to the mappings."""

    def __init__(self, stream_arn: str, key_names: list[str], mappings: list[StreamMapping]) -> None:
        self._arn = stream_arn
        self._key_names = key_names
        self._mappings = mappings
        self._sequence = itertools.count(time.time_ns() * 1000)

    def __call__(self, before: Item | None, after: Item | None) -> None:
        record = self._record(before, after)
        for mapping in self._mappings:
            mapping.add(record)

    def _record(self, before: Item | None, after: Item | None) -> Record:
        old, new = image(before), image(after)
        keys = {name: (new or old or {})[name] for name in self._key_names}
        change: dict[str, Any] = {
            "ApproximateCreationDateTime": int(time.time()),
            "Keys": keys,
            "SequenceNumber": str(next(self._sequence)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        if new is not None:
            change["NewImage"] = new
        if old is not None:
            change["OldImage"] = old
        change["SizeBytes"] = len(json.dumps(change))
        return lambda_record(uuid4().hex, _event_name(old, new), change, self._arn)


def lambda_record(event_id: str, event_name: str, change: dict[str, Any], stream_arn: str) -> Record:
    return {
        "eventID": event_id,
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change,
        "eventSourceARN": stream_arn,
    }


def _event_name(old: Any, new: Any) -> str:
    if old is None:
        return "INSERT"
    return "REMOVE" if new is None else "MODIFY"


def image(item: Item | None) -> dict[str, Any] | None:
    return None if item is None else {name: _plain(value) for name, value in item.attrs.items()}


def _plain(value: DynamoType) -> dict[str, Any]:
    if value.type == "M":
        return {"M": {name: _plain(inner) for name, inner in value.value.items()}}
    if value.type == "L":
        return {"L": [_plain(inner) for inner in value.value]}
    if isinstance(value.value, bytes):
        return {value.type: b64encode(value.value).decode()}
    return {value.type: list(value.value) if value.type in {"SS", "NS", "BS"} else value.value}


def failure_notice(stream_arn: str, function: str, batch: list[Record], error: Exception, attempts: int) -> str:
    """What Lambda sends to the OnFailure destination of a stream: where the batch is, not what is in it."""
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return json.dumps(
        {
            "requestContext": {
                "requestId": str(uuid4()),
                "functionArn": function,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": repr(error)},
            "version": "1.0",
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000001",
                "startSequenceNumber": numbers[0],
                "endSequenceNumber": numbers[-1],
                "batchSize": len(numbers),
                "streamArn": stream_arn,
            },
        }
    )
