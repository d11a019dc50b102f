"""AWS as a worker has it: the tables themselves, which it shares with the main process, and that process for the rest.

Tables are what a request waits for, so a worker reads and writes them itself. Every other service keeps its state in
the main process: a call of it is sent there as it is, judged there by the function's role, and answered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS

from local.model import Platform

from .authorization import Authorizer
from .database import Database
from .dynamodb import DynamoDb
from .dynamodb.engine import STREAM_LABEL
from .intercept import Interception
from .meter import Meter
from .patching import Patches
from .streams import FunctionStream, SequenceNumbers, StreamWriter, TableStream

Call = Callable[[str, str, dict[str, Any]], Any]
"""Service, operation, parameters; answers as botocore does, and raises `ServiceRefused`."""


class ServiceRefused(Exception):
    """A service's answer that tells of an error, which the client raises by its own class."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["Error"]["Code"])
        self.answer = answer


class WorkerAws:
    """botocore clients that are made while it is open reach it. `call` asks the main process."""

    def __init__(self, platform: Platform, path: Path, offset: int, call: Call) -> None:
        self._closing = ExitStack()
        self._call = call
        self._kept: dict[str, int] = {}
        database = Database.joined(path)
        self._closing.callback(database.close)
        tables = DynamoDb(database, Meter())
        self._listen(platform, database, tables, SequenceNumbers(offset))
        interception = Interception("dynamodb", tables)
        interception.install()
        self._closing.callback(interception.remove)
        handler = ("creating-client-class", self._prepend)
        BUILTIN_HANDLERS.append(handler)
        self._closing.callback(BUILTIN_HANDLERS.remove, handler)
        patches = Patches()
        self._closing.callback(patches.undo)
        authorizer = Authorizer(platform)
        authorizer.install(patches)
        self._closing.callback(authorizer.remove)

    def close(self) -> None:
        self._closing.close()

    def take_kept(self) -> dict[str, int]:
        """How many records were kept for which stream since this was asked last."""
        kept = dict(self._kept)
        self._kept.clear()
        return kept

    def _listen(self, platform: Platform, database: Database, tables: DynamoDb, sequence: SequenceNumbers) -> None:
        writers: dict[str, list[StreamWriter]] = {}
        for function in platform.functions.values():
            for source in function.events:
                if source.type == "DynamoDB":
                    stream = FunctionStream.of(function, source)
                    writers.setdefault(stream.table_arn, []).append(StreamWriter(stream, database, self._kept))
        for arn, each in writers.items():
            name = arn.rsplit("/", 1)[-1]
            stream_arn = f"{arn}/stream/{STREAM_LABEL}"
            tables.listen(name, TableStream(stream_arn, tables.table(name).keys, each, sequence))

    def _prepend(self, base_classes: list[type], event_name: str, **_: Any) -> None:
        if event_name.endswith(".dynamodb"):
            return
        call = self._call

        class Sent:
            """A client whose calls are answered by the main process."""

            def _make_api_call(self: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
                try:
                    return call(self.meta.service_model.service_name, operation_name, api_params)
                except ServiceRefused as refused:
                    code = refused.answer["Error"]["Code"]
                    raise self.exceptions.from_code(code)(refused.answer, operation_name) from None

        base_classes.insert(0, Sent)
