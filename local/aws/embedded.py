"""All of AWS that the platform uses, inside this process: started, wired to the functions, measured, and ended."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Literal, Self

import botocore.session
from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws
from moto.sqs.models import Queue, sqs_backends

from local.model import ACCOUNT, REGION, EventSource, Function, Platform, Resource
from local.runner import RUNNING

from . import bus, queue_speed, queues, resources, workflows
from .authorization import Authorizer
from .database import Database
from .durable import DurableState
from .dynamodb import DynamoDb
from .dynoxide import ClientSideMeter, Dynoxide, Environment, StreamReader
from .functions import Functions, Runner
from .intercept import Interception
from .limits import Limits
from .mappings import MappingSettings, Poller
from .meter import Call, Meter, Units
from .patching import Patches, require_pinned_moto
from .queues import QueueMapping
from .resources import SCHEDULER, UnsupportedResource
from .streams import FunctionStream, Record, SequenceNumbers, StreamMapping, TableStream, failure_notice

Store = Literal["memory", "file", "dynoxide"]
"""`file` survives the process, `memory` does not; `dynoxide` is another engine, to compare ours with."""


QUEUE_BATCH = 10
STATE_MACHINES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")
HTTP = {"Api", "HttpApi"}


class StillBusy(TimeoutError):
    """`drain` waited, and something was still being delivered or retried."""


class EmbeddedAws:
    """One per process at a time: moto intercepts every botocore client that is made while it runs.

    `meter` records DynamoDB calls and their capacity; `functions.given_up` holds the deliveries that failed for good.
    """

    def __init__(
        self,
        platform: Platform,
        runner: Runner,
        store: Store,
        data_file: Path | None,
        retry_after: float,
        *,
        shared: bool = False,
    ) -> None:
        require_pinned_moto()
        self.platform = platform
        self.meter = Meter()
        self._retry_after = retry_after
        self._patches = Patches()
        self._clients: dict[str, Any] = {}
        self._clients_lock = RLock()
        self._streams: dict[str, list[StreamMapping]] = {}
        self._readers: list[StreamReader] = []
        self._queues: dict[str, QueueMapping] = {}
        self._engine: Dynoxide | None = None
        self.dynamodb: DynamoDb | None = None
        self._durable: DurableState | None = None
        self._closing = ExitStack()
        self.database = Database(data_file if store == "file" else None, shared=shared)
        self._closing.callback(self.database.close)
        self.functions = Functions(platform, runner)
        self._closing.callback(self.functions.close)
        self.router = bus.Router(self.functions, self.client)
        self.authorizer = Authorizer(platform)
        self.sequence = SequenceNumbers()
        try:
            self._intercept(store, data_file)
            resources.create(self.platform, self.client)
            self._restore()
            self._connect_all()
        except BaseException:
            self.close()
            raise

    def _restore(self) -> None:
        """What a store in a file kept of files, messages and workflows; nothing with a store in memory."""
        if self._durable:
            self._durable.restore()

    def client(self, service: str) -> Any:
        """A botocore client, made once: those of the adapter itself, and for tests."""
        with self._clients_lock:
            if service not in self._clients:
                settings = Config(parameter_validation=service != "dynamodbstreams", retries={"total_max_attempts": 1})
                url = self._engine.url if self._engine and service == "dynamodbstreams" else None
                client = self._session.create_client(service, region_name=REGION, config=settings, endpoint_url=url)
                self._clients[service] = self.authorizer.trust(client)
            return self._clients[service]

    @cached_property
    def _session(self) -> botocore.session.Session:
        return botocore.session.Session()

    def drain(self, timeout: float = 120.0) -> None:
        """Waits until streams, queues and events are delivered. Raises `StillBusy` when they are not in time.

        State machines are not waited for: one that waits for a token or a time is never done.
        """
        end = time.monotonic() + timeout
        for reader in self._readers:
            reader.read_again()
        pollers = self._pollers()
        for poller in pollers:
            poller.hurry(True)
        try:
            while busy := self.busy() or self._busy_again():
                if time.monotonic() > end:
                    raise StillBusy(f"after {timeout} s still busy: {', '.join(busy)}")
                time.sleep(0.005)
        finally:
            for poller in pollers:
                poller.hurry(False)

    def resume(self) -> None:
        """Goes on with what was under way when a store in a file was last left, once functions can run."""
        if self._durable:
            self._durable.resume(self.functions.queue, self.router.revive)

    def records_kept(self, counts: Mapping[str, int] | None) -> None:
        """Told of a worker: how many records it has kept for which mapping, None where nobody knows."""
        for mappings in self._streams.values():
            for mapping in mappings:
                if counts is None:
                    mapping.recount()
                elif mapping.name in counts:
                    mapping.kept(counts[mapping.name])

    def call_for(self, bearer: str, service: str, operation: str, params: dict[str, Any]) -> Any:
        """A worker's call of a service, judged by the role of the function that makes it. Raises what botocore does."""
        from batua.aws import client

        running = RUNNING.set(bearer)
        try:
            return client(service)._make_api_call(operation, params)
        finally:
            RUNNING.reset(running)

    def run_schedule(self, logical_id: str, event_name: str | None = None) -> Any:
        """Runs what a schedule runs: a function (its answer is returned), or the targets of a rule or schedule."""
        function = self.platform.functions.get(logical_id)
        if function is not None:
            source = _schedule_of(function, event_name)
            return self.functions.invoke(logical_id, _scheduled_input(source.properties, f"{logical_id}{source.name}"))
        resource = self.platform.resources[logical_id]
        for target in _scheduled_targets(resource):
            default = bus.scheduled_event(resource.name)
            self.router.send(target, bus.target_input(target, default))
        return None

    def close(self) -> None:
        """In the reverse order of starting; a second call does nothing."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Starting

    def _variables(self) -> dict[str, str | None]:
        """botocore refuses to sign without credentials, and must never find real ones."""
        variables: dict[str, str | None] = {
            "AWS_PROFILE": None,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        variables["AWS_ENDPOINT_URL_DYNAMODB"] = self._engine.url if self._engine else None
        return variables

    def _moto_config(self) -> Any:
        urls = [self._engine.url] if self._engine else []
        return {
            "core": {"mock_credentials": False, "passthrough": {"urls": urls, "services": []}},
            "lambda": {"use_docker": False},
            "stepfunctions": {"execute_state_machine": True},
        }

    def _intercept(self, store: Store, data_file: Path | None) -> None:
        """Clients that are made from here on come to moto, or for DynamoDB to the other engine."""
        if store == "dynoxide":
            self._engine = Dynoxide(data_file)
            self._closing.callback(self._engine.close)
            self._meter_clients()
        self._closing.callback(Environment(self._variables()).restore)
        moto = mock_aws(config=self._moto_config())
        moto.start()
        self._closing.callback(moto.stop)
        self._closing.callback(self._patches.undo)
        if store != "dynoxide":
            self.dynamodb = DynamoDb(self.database, self.meter)
            interception = Interception("dynamodb", self.dynamodb)
            interception.install()
            self._closing.callback(interception.remove)
        limits = Limits()
        limits.install()
        self._closing.callback(limits.remove)
        self.authorizer.install(self._patches)
        self._closing.callback(self.authorizer.remove)
        self.functions.install(self._patches)
        self.router.install(self._patches)
        workflows.install(self._patches, self.client, self.database)
        queues.install(self._patches, self._queues.get)
        queue_speed.install(self._patches)
        if self.database.file:
            self._durable = DurableState(self.database, self.client)
            self._durable.install(self._patches)
            self._closing.callback(self._durable.remove)
            self.functions.keep, self.functions.forget = self._durable.keep_event, self._durable.forget_event

    def _meter_clients(self) -> None:
        for handler in ClientSideMeter(self._ended).handlers():
            BUILTIN_HANDLERS.append(handler)
            self._closing.callback(BUILTIN_HANDLERS.remove, handler)

    def _connect_all(self) -> None:
        for function in self.platform.functions.values():
            for source in function.events:
                self._connect(function, source)
        for machine in self.platform.of_type(*STATE_MACHINES):
            for name, event in (machine.properties.get("Events") or {}).items():
                self._connect_machine(machine, EventSource(name, event["Type"], event.get("Properties") or {}))
        for table_arn, mappings in self._streams.items():
            self._open_stream(table_arn, mappings)
        for poller in self._pollers():
            poller.start()
            self._closing.callback(poller.stop)

    def _connect(self, function: Function, source: EventSource) -> None:
        if source.type == "DynamoDB":
            self._map_stream(function, source)
        elif source.type == "SQS":
            self._map_queue(function, source)
        elif source.type in bus.RULES:
            bus.put_event_rule(self.client, function.logical_id, function.arn, source)
        elif source.type not in HTTP | bus.SCHEDULES:
            raise UnsupportedResource(f"{function.logical_id} has an event {source.name} of type {source.type}")

    def _connect_machine(self, machine: Resource, source: EventSource) -> None:
        if source.type in bus.RULES:
            bus.put_event_rule(self.client, machine.logical_id, machine.arn, source)
        elif source.type not in HTTP | bus.SCHEDULES:
            raise UnsupportedResource(f"{machine.logical_id} has an event {source.name} of type {source.type}")

    def _map_stream(self, function: Function, source: EventSource) -> None:
        stream = FunctionStream.of(function, source)
        settings = stream.settings

        def give_up(batch: list[Record], error: Exception) -> None:
            self.functions.given_up.append((function.logical_id, error))
            if settings.on_failure:
                arn = str(source.properties["Stream"])
                notice = failure_notice(arn, function.arn, batch, error, settings.retries + 1)
                self._send(settings.on_failure, notice)

        mapping = StreamMapping(stream.name, settings, self._invoker(function), give_up, self.database)
        self._streams.setdefault(stream.table_arn, []).append(mapping)

    def _map_queue(self, function: Function, source: EventSource) -> None:
        settings = MappingSettings.of(source.properties, QUEUE_BATCH)
        name = str(source.properties["Queue"]).rsplit(":", 1)[-1]
        backend = sqs_backends[ACCOUNT][REGION]
        queue: Queue = backend.get_queue(name)
        self._queues[name] = QueueMapping(queue, backend, settings, self._invoker(function), self._retry_after)

    def _invoker(self, function: Function) -> Callable[[dict[str, Any]], Any]:
        return lambda event: self.functions.invoke(function.logical_id, event)

    def _open_stream(self, table_arn: str, mappings: list[StreamMapping]) -> None:
        name = table_arn.rsplit("/", 1)[-1]
        described = self.client("dynamodb").describe_table(TableName=name)["Table"]
        if not described.get("LatestStreamArn"):
            raise UnsupportedResource(f"table {name} has no stream, but {mappings[0].name} reads it")
        stream_arn = f"{table_arn}/stream/{described['LatestStreamLabel']}"
        if self._engine:
            streams = self.client("dynamodbstreams")
            self._readers.append(StreamReader(streams, described["LatestStreamArn"], stream_arn, mappings))
            return
        assert self.dynamodb
        table_stream = TableStream(stream_arn, self.dynamodb.table(name).keys, mappings, self.sequence)
        self.dynamodb.listen(name, table_stream)

    def _send(self, destination: str, body: str) -> None:
        if destination.split(":")[2] == "sns":
            self.client("sns").publish(TopicArn=destination, Message=body)
            return
        url = self.client("sqs").get_queue_url(QueueName=destination.rsplit(":", 1)[-1])["QueueUrl"]
        self.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    def _ended(self, operation: str, consumed: Iterable[dict[str, Any]]) -> None:
        """A call on the other engine, from what its response tells."""
        call = Call(operation)
        for one in consumed:
            units = call.on(one["TableName"])
            units.items = _units(operation, one.get("Table") or one)
            for name, index in (one.get("GlobalSecondaryIndexes") or {}).items():
                units.indexes[name] = _units(operation, index)
        self.meter.ended(call)

    # Waiting

    def _pollers(self) -> list[Poller]:
        streams = [mapping for mappings in self._streams.values() for mapping in mappings]
        return [*self._readers, *streams, *self._queues.values()]

    def busy(self) -> list[str]:
        """What is being delivered, or waits to be."""
        names = [poller.name for poller in self._pollers() if not poller.quiet]
        return names if self.functions.quiet else [*names, "events"]

    def _busy_again(self) -> list[str]:
        """What one delivery causes may reach a source that was looked at before it: look twice."""
        time.sleep(0.002)
        return self.busy()


def _units(operation: str, capacity: dict[str, Any]) -> Units:
    total = float(capacity.get("CapacityUnits") or 0)
    reads = operation in {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
    read = float(capacity.get("ReadCapacityUnits") or (total if reads else 0))
    return Units(read, float(capacity.get("WriteCapacityUnits") or (0 if reads or read else total)))


def _schedule_of(function: Function, event_name: str | None) -> EventSource:
    schedules = [source for source in function.events if source.type in bus.SCHEDULES]
    found = [source for source in schedules if event_name in (None, source.name)]
    if len(found) != 1:
        names = ", ".join(source.name for source in schedules) or "none"
        raise LookupError(f"{function.logical_id} has the schedules {names}: asked for {event_name or 'the only one'}")
    return found[0]


def _scheduled_input(properties: Any, name: str) -> Any:
    return json.loads(properties["Input"]) if properties.get("Input") else bus.scheduled_event(name)


def _scheduled_targets(resource: Resource) -> list[dict[str, Any]]:
    if resource.type == SCHEDULER:
        return [resource.properties["Target"]]
    return list(resource.properties.get("Targets") or ())
