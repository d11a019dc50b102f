"""DynamoDB Streams to Lambda: every change of an item, in the order of the changes, at least once.

A table is one shard here, so there is one order for all keys; Lambda promises it per key. A batch that fails blocks
what comes after it until it succeeds or its retries are used up, as in Lambda.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self
from uuid import uuid4

import msgspec

from local.model import PAYLOAD_LIMIT, REGION, EventSource, FreshEvent, Function

from .database import Database
from .dynamodb.tables import Row
from .mappings import MappingSettings, Poller, failed_records

log = logging.getLogger(__name__)

Record = dict[str, Any]
Invoke = Callable[[dict[str, Any]], Any]
RETRY_AFTER = 0.05
STREAM_BATCH = 100

_TABLE = (
    "CREATE TABLE IF NOT EXISTS stream_records (mapping TEXT, seq INTEGER, body TEXT NOT NULL, "
    "PRIMARY KEY (mapping, seq)) WITHOUT ROWID"
)
_KEEP = "INSERT OR REPLACE INTO stream_records VALUES (?, ?, ?)"


@dataclass(frozen=True)
class FunctionStream:
    """One function on one table's stream, as the template declares it."""

    name: str
    table_arn: str
    settings: MappingSettings

    @classmethod
    def of(cls, function: Function, source: EventSource) -> Self:
        table_arn = str(source.properties["Stream"]).split("/stream/")[0]
        settings = MappingSettings.of(source.properties, STREAM_BATCH)
        return cls(f"stream-{function.logical_id}-{source.name}", table_arn, settings)


class SequenceNumbers:
    """Numbers of records, each greater than those before it. Taken inside a transaction, of which there is one at a
    time; workers begin with the main process's `offset` and read the same clock, so that theirs fit between."""

    def __init__(self, offset: int | None = None) -> None:
        self.offset = time.time_ns() - time.monotonic_ns() if offset is None else offset
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, time.monotonic_ns() + self.offset)
        return self._last


class StreamMapping(Poller):
    """One function on one table's stream. What it has not delivered waits in the database, and outlives the process.

    It waits until the batch is full or the batching window of the template is over, as Lambda does.
    """

    def __init__(
        self,
        name: str,
        settings: MappingSettings,
        invoke: Invoke,
        give_up: Callable[[list[Record], Exception], None],
        database: Database,
    ) -> None:
        super().__init__(name)
        self._settings = settings
        self._invoke = invoke
        self._give_up = give_up
        self._database = database
        database.execute(_TABLE)
        self._waiting = self._count()
        self._since = time.monotonic()
        self._attempts = 0
        self._size = settings.batch_size

    @property
    def settings(self) -> MappingSettings:
        return self._settings

    def add(self, record: Record) -> None:
        """From a reader of another engine's stream."""
        if self._settings.wants(record):
            self.keep(int(record["dynamodb"]["SequenceNumber"]), msgspec.json.encode(record).decode())

    def keep(self, sequence: int, body: str) -> None:
        """Inside the transaction that made the change."""
        self._database.execute(_KEEP, (self.name, sequence, body))
        self.kept(1)

    def kept(self, count: int) -> None:
        """So many records more, of this process or of a worker: its may have been delivered before it tells of them."""
        with self._database.lock:
            before = self._waiting
            self._waiting += count
            if before <= 0:
                self._since = time.monotonic()
            if before <= 0 or before < self._size <= self._waiting:
                self.wake()

    def recount(self) -> None:
        """Of a worker that ended nobody knows what it has kept."""
        with self._database.lock:
            self._waiting = self._count()
        self.wake()

    def _count(self) -> int:
        return int(self._database.row("SELECT count(*) FROM stream_records WHERE mapping = ?", (self.name,))[0])

    @property
    def quiet(self) -> bool:
        """A record leaves the database when it is done with, so an empty queue is all there is to see."""
        return not self._waiting

    def deliver(self) -> bool:
        if not self._waiting:
            return False
        left = self._since + self._settings.window - time.monotonic()
        if left > 0 and self._waiting < self._size and not self.hurried:
            self.wait(left)
            return True
        found = self._database.rows(
            "SELECT seq, body FROM stream_records WHERE mapping = ? ORDER BY seq LIMIT ?", (self.name, self._size)
        )
        if not found:
            with self._database.lock:
                self._waiting = self._count()
            return False
        while len(found) > 1 and sum(len(body) for _, body in found) > PAYLOAD_LIMIT:
            found = found[: len(found) // 2]  # Lambda gives no more than fits
        batch = [msgspec.json.decode(body) for _, body in found]
        failure = self._attempt(batch)
        numbers = [seq for seq, _ in found]
        if failure is None:
            self._done(numbers)
        else:
            self._failed(batch, numbers, *failure)
        return True

    def _attempt(self, batch: list[Record]) -> tuple[int, Exception] | None:
        """None, or how many records from the start succeeded, and why the next did not."""
        try:
            answer = self._invoke(FreshEvent({"Records": batch}))
        except Exception as error:
            log.warning("%s failed: %r", self.name, error)
            return 0, error
        ids = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = failed_records(answer, ids) if self._settings.partial else set()
        if not failed:
            return None
        return min(ids.index(one) for one in failed), PartialFailureError(f"{len(failed)} of {len(ids)} records failed")

    def _done(self, numbers: list[int]) -> None:
        self._attempts, self._size = 0, self._settings.batch_size
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM stream_records WHERE mapping = ? AND seq <= ?", (self.name, numbers[-1])
            )
            self._waiting -= len(numbers)
            self._since = time.monotonic()

    def _failed(self, batch: list[Record], numbers: list[int], succeeded: int, error: Exception) -> None:
        if succeeded:
            self._done(numbers[:succeeded])
            batch, numbers = batch[succeeded:], numbers[succeeded:]
        if self._settings.bisect and len(batch) > 1:
            self._size = (len(batch) + 1) // 2
        self._attempts += 1
        if 0 <= self._settings.retries < self._attempts:
            self._give_up(batch[: self._size], error)
            self._done(numbers[: self._size])
            return
        self.pause(RETRY_AFTER)


class PartialFailureError(Exception):
    """The function named records that it could not process."""


class _Keeper(Protocol):
    @property
    def settings(self) -> MappingSettings: ...

    def keep(self, sequence: int, body: str) -> None: ...


class StreamWriter:
    """A worker's end of a mapping: it keeps records that the main process delivers, and counts them in `kept`."""

    def __init__(self, stream: FunctionStream, database: Database, kept: dict[str, int]) -> None:
        self._stream, self._database, self._kept = stream, database, kept

    @property
    def settings(self) -> MappingSettings:
        return self._stream.settings

    def keep(self, sequence: int, body: str) -> None:
        """Inside the transaction that made the change."""
        name = self._stream.name
        self._database.execute(_KEEP, (name, sequence, body))
        self._kept[name] = self._kept.get(name, 0) + 1


class TableStream:
    """Makes stream records of the changes of a table, and hands them to the mappings that want them."""

    def __init__(
        self, stream_arn: str, key_names: tuple[str, ...], mappings: Sequence[_Keeper], sequence: SequenceNumbers
    ) -> None:
        self._arn = stream_arn
        self._key_names = key_names
        self._mappings = mappings
        self._sequence = sequence

    def __call__(self, key: tuple[str, str], before: Row | None, after: Row | None) -> None:
        """Most changes interest nobody, so filters are asked of the name and the keys before a record is made."""
        name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        keys = {attribute: {"S": text} for attribute, text in zip(self._key_names, key, strict=False)}
        summary: Record = {"eventName": name, "dynamodb": {"Keys": keys}}
        images: Record | None = None
        body, number = "", 0
        for mapping in self._mappings:
            if not mapping.settings.may_want(summary):
                continue
            if mapping.settings.needs_images:
                images = images or _with_images(summary, before, after)
                if not mapping.settings.wants(images):
                    continue
            if not body:
                number = self._sequence.next()
                body = self._body(name, keys, before, after, number)
            mapping.keep(number, body)

    def _body(self, name: str, keys: Record, before: Row | None, after: Row | None, number: int) -> str:
        """The record as JSON. The images are in the text that the table keeps: to read and write them again is dear."""
        change: dict[str, Any] = {
            "ApproximateCreationDateTime": int(time.time()),
            "Keys": keys,
            "SequenceNumber": str(number),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            "SizeBytes": sum(row.size for row in (before, after) if row),
        }
        images = "".join(f',"{kind}":{row.text}' for kind, row in (("NewImage", after), ("OldImage", before)) if row)
        record = lambda_record(uuid4().hex, name, {}, self._arn)
        del record["dynamodb"]
        open_record, open_change = (msgspec.json.encode(part).decode()[:-1] for part in (record, change))
        return f'{open_record},"dynamodb":{open_change}{images}}}}}'


def _with_images(summary: Record, before: Row | None, after: Row | None) -> Record:
    images = {kind: row.item for kind, row in (("NewImage", after), ("OldImage", before)) if row}
    return {**summary, "dynamodb": {**summary["dynamodb"], **images}}


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
