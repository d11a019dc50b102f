from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from local.aws import EmbeddedAws, start
from local.aws.dynoxide import INSTALL, binary
from local.model import ACCOUNT, REGION, EventSource, Function, Platform, Resource

STORE = "Store"
STORE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STORE}"
STREAM_ARN = f"{STORE_ARN}/stream/2024-01-01T00:00:00.000"

Handler = Callable[[dict[str, Any]], Any]


def index(name: str, keys: tuple[str, str], projection: str) -> dict[str, Any]:
    schema = [{"AttributeName": keys[0], "KeyType": "HASH"}, {"AttributeName": keys[1], "KeyType": "RANGE"}]
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": projection}}


def store_table() -> Resource:
    """A table of the ledger's shape: two full indexes and one of keys only."""
    names = ("pk", "sk", "g1p", "g1s", "g2p", "g2s", "g3p", "g3s")
    properties = {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [
            index("statement", ("g1p", "g1s"), "ALL"),
            index("activity", ("g2p", "g2s"), "ALL"),
            index("due", ("g3p", "g3s"), "KEYS_ONLY"),
        ],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    }
    return resource(STORE, "AWS::DynamoDB::Table", STORE_ARN, **properties)


def resource(name: str, kind: str, arn: str, **properties: Any) -> Resource:
    return Resource(name, kind, properties, name, arn, Path(__file__).parent)


def queue(name: str, **properties: Any) -> Resource:
    return resource(name, "AWS::SQS::Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", **properties)


def state_machine(name: str, definition: dict[str, Any]) -> Resource:
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    return resource(name, "AWS::Serverless::StateMachine", arn, Definition=definition)


def function(name: str, *events: EventSource) -> Function:
    return Function(name, "tests", Path(__file__).parent, name, "handler", {}, 3, 128, events)


def platform(*parts: Resource | Function) -> Platform:
    functions = {part.logical_id: part for part in parts if isinstance(part, Function)}
    resources = {part.logical_id: part for part in parts if isinstance(part, Resource)}
    return Platform(Path(__file__).parent, functions, resources)


@dataclass
class Handlers:
    """The runner of a test: handlers by function, and every event that they were given."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def __call__(self, logical_id: str, event: dict[str, Any]) -> Any:
        with self.lock:
            self.events.append((logical_id, json.loads(json.dumps(event))))
        return self.handlers.get(logical_id, lambda _: None)(event)

    def of(self, logical_id: str) -> list[dict[str, Any]]:
        with self.lock:
            return [event for name, event in self.events if name == logical_id]


def required(store: str) -> str:
    if store == "dynoxide" and binary() is None:
        pytest.skip(f"NOT TESTED ON THE SECOND ENGINE: dynoxide is not installed ({INSTALL})")
    return store


@pytest.fixture(scope="module", params=["memory", "dynoxide"])
def engine(request: pytest.FixtureRequest) -> Iterator[EmbeddedAws]:
    """Both engines with the store's table, for tests that only use DynamoDB. Tests keep apart by their keys."""
    with start(platform(store_table()), Handlers(), store=required(request.param)) as aws:
        aws.store = request.param  # type: ignore[attr-defined]
        yield aws


@pytest.fixture
def dynamodb(engine: EmbeddedAws) -> Any:
    return engine.client("dynamodb")


_scopes = count()


@pytest.fixture
def scope() -> str:
    """A prefix of keys that no other test uses."""
    return f"L#{next(_scopes)}"


@pytest.fixture
def handlers() -> Handlers:
    return Handlers()


@pytest.fixture
def started(handlers: Handlers) -> Iterator[Callable[..., EmbeddedAws]]:
    """Starts an embedded AWS of the parts given, on moto unless told otherwise, and closes it."""
    running: list[EmbeddedAws] = []

    def begin(*parts: Resource | Function, store: str = "memory", **options: Any) -> EmbeddedAws:
        aws = start(platform(*parts), handlers, store=required(store), retry_after=0.01, **options)
        running.append(aws)
        return aws

    yield begin
    for aws in running:
        aws.close()


def put(pk: str, sk: str = "BAL", **attributes: Any) -> dict[str, Any]:
    return {"Put": {"TableName": STORE, "Item": item(pk, sk, **attributes)}}


def item(pk: str, sk: str = "BAL", **attributes: Any) -> dict[str, Any]:
    """Strings and integers as DynamoDB writes them."""
    typed = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in attributes.items()}
    return {"pk": {"S": pk}, "sk": {"S": sk}, **typed}


def key(pk: str, sk: str = "BAL") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def take(pk: str, amount: int) -> dict[str, Any]:
    """An update that takes from a balance what is there, and no more."""
    return {
        "TableName": STORE,
        "Key": key(pk),
        "UpdateExpression": "SET balance = balance - :amount",
        "ConditionExpression": "balance >= :amount",
        "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
    }


def read(dynamodb: Any, pk: str, sk: str = "BAL") -> dict[str, Any] | None:
    return dynamodb.get_item(TableName=STORE, Key=key(pk, sk), ConsistentRead=True).get("Item")


def absent(operation: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The put, on condition that nothing is there."""
    return {"Put": {**operation["Put"], "ConditionExpression": "attribute_not_exists(pk)", **more}}
