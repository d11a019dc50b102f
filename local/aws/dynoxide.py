"""The second engine: dynoxide, DynamoDB on SQLite in a process of its own.

It keeps the store in a file over restarts, and keeps the adapter honest: the store's contract is tested on both.

- Clients reach it through `AWS_ENDPOINT_URL_DYNAMODB`, which botocore reads when a client is made; moto lets requests
  to that address pass. Every other service stays in moto.
- It serves the Streams API, with shard ids that are shorter than botocore's validation allows, so the reader switches
  validation off. The stream of a table is polled and delivered in the record's Lambda shape.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .mappings import Poller
from .streams import Record, StreamMapping, lambda_record

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / "tests" / "engines" / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"
INSTALL = "npm ci --prefix tests/engines"
STREAM_ENDED = {"ExpiredIteratorException", "TrimmedDataAccessException"}


class DynoxideMissing(RuntimeError):
    """The engine is optional: who asks for it by name gets told how to install it."""


def binary() -> Path | None:
    """From the PATH, or where npm put it."""
    found = shutil.which("dynoxide")
    if found:
        return Path(found)
    return INSTALLED if INSTALLED.exists() else None


class Dynoxide:
    """The engine's process. Ends with `close`, and by itself when this process dies holding it."""

    def __init__(self, data_file: Path | None) -> None:
        program = binary()
        if program is None:
            raise DynoxideMissing(f"dynoxide is not installed: {INSTALL}")
        self.port = _free_port()
        command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        if data_file:
            data_file.parent.mkdir(parents=True, exist_ok=True)
            command += ["--db-path", str(data_file)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait_until_up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_up(self, timeout: float = 10.0) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.close()
        raise RuntimeError(f"dynoxide did not start (exit code {self._process.returncode})")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Environment:
    """Environment variables set for the time of the embedded AWS, and put back."""

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._before = {name: os.environ.get(name) for name in values}
        _set(values)

    def restore(self) -> None:
        _set(self._before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class StreamReader(Poller):
    """Reads one table's stream from where it stands now, and hands the records to the mappings."""

    def __init__(self, streams: Any, table_stream: str, stream_arn: str, mappings: list[StreamMapping]) -> None:
        super().__init__(f"dynoxide-{stream_arn.rsplit('/', 3)[1]}", pause=0.05)
        self._streams = streams
        self._table_stream = table_stream
        self._arn = stream_arn
        self._mappings = mappings
        self._iterators: dict[str, str | None] = {}
        self._idle_reads = 0
        self._open_shards("LATEST")

    @property
    def quiet(self) -> bool:
        """Two reads in a row that found nothing: the second began after what was written before it."""
        return self._idle_reads >= 2

    def read_again(self) -> None:
        self._idle_reads = 0
        self.wake()

    def deliver(self) -> bool:
        try:
            records = list(chain.from_iterable(self._read(shard) for shard in list(self._iterators)))
            self._open_shards("TRIM_HORIZON")
        except Exception:
            log.exception("reading %s", self._table_stream)
            return False
        self._idle_reads = 0 if records else self._idle_reads + 1
        for record in records:
            for mapping in self._mappings:
                mapping.add(record)
        return bool(records)

    def _open_shards(self, position: str) -> None:
        described = self._streams.describe_stream(StreamArn=self._table_stream)["StreamDescription"]
        for shard in described["Shards"]:
            if shard["ShardId"] not in self._iterators:
                answer = self._streams.get_shard_iterator(
                    StreamArn=self._table_stream, ShardId=shard["ShardId"], ShardIteratorType=position
                )
                self._iterators[shard["ShardId"]] = answer["ShardIterator"]

    def _read(self, shard: str) -> list[Record]:
        iterator = self._iterators[shard]
        if iterator is None:
            return []
        try:
            answer = self._streams.get_records(ShardIterator=iterator)
        except ClientError as error:
            if error.response["Error"]["Code"] not in STREAM_ENDED:
                raise
            del self._iterators[shard]
            return []
        self._iterators[shard] = answer.get("NextShardIterator")
        return [self._record(record) for record in answer["Records"]]

    def _record(self, record: dict[str, Any]) -> Record:
        change = dict(record["dynamodb"])
        moment = change.get("ApproximateCreationDateTime")
        change["ApproximateCreationDateTime"] = int(moment.timestamp()) if moment else int(time.time())
        return lambda_record(record["eventID"], record["eventName"], _as_event(change), self._arn)


def _as_event(value: Any) -> Any:
    """A change as Lambda hands it over, which is JSON: what the client decoded to bytes is Base64 again."""
    if isinstance(value, dict):
        return {name: _as_event(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_event(inner) for inner in value]
    return b64encode(value).decode() if isinstance(value, bytes) else value


class ClientSideMeter:
    """Counts calls at the client, where the engine is another process: capacity comes from the responses alone.

    `ReturnConsumedCapacity` is asked for on behalf of whoever did not; a call that fails counts as a round trip.
    """

    OPERATIONS = (
        "PutItem", "UpdateItem", "DeleteItem", "GetItem", "BatchGetItem", "BatchWriteItem", "Query", "Scan",
        "TransactWriteItems", "TransactGetItems",
    )  # fmt: skip

    def __init__(self, ended: Callable[[str, list[dict[str, Any]]], None]) -> None:
        self._ended = ended

    def handlers(self) -> list[tuple[str, Callable[..., None]]]:
        asked = [(f"provide-client-params.dynamodb.{name}", self._ask) for name in self.OPERATIONS]
        answered = [(f"after-call.dynamodb.{name}", self._count) for name in self.OPERATIONS]
        return [*asked, *answered]

    def _ask(self, params: dict[str, Any], **_: Any) -> None:
        params.setdefault("ReturnConsumedCapacity", "INDEXES")

    def _count(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity") or []
        self._ended(model.name, [consumed] if isinstance(consumed, dict) else consumed)
