"""Where moto's DynamoDB spends its time although nothing is gained by it. Nothing in here changes an answer."""

from __future__ import annotations

import json
import pickle
from base64 import b64encode
from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.responses import DynamoHandler

from local.aws.patching import Patches

ITEM_OPERATIONS = {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "GetItem",
    "BatchGetItem",
    "TransactGetItems",
    "Query",
    "Scan",
}


def install(patches: Patches) -> None:
    _write_answers_directly(patches)
    # The parsed expression is read only: the validator works on a copy of it.
    patches.replace(UpdateExpressionParser, "make", staticmethod(lru_cache(1024)(UpdateExpressionParser.make)))
    patches.add(Node, "__deepcopy__", _copied)
    patches.replace(DepthFirstTraverser, "traverse_node_recursively", _traverse)


def _write_answers_directly(patches: Patches) -> None:
    """moto looks every attribute up in the service model under several spellings: 80 ms for 50 items."""
    original = DynamoHandler.serialized

    def serialized(self: DynamoHandler, action_result: ActionResult) -> Any:
        body = action_result.result
        if isinstance(body, dict) and self._get_action() in ITEM_OPERATIONS:
            headers = self.response_headers | {"Content-Type": "application/x-amz-json-1.0"}
            return 200, headers, json.dumps(body, default=_encoded)
        return original(self, action_result)

    patches.add(DynamoHandler, "serialized", serialized)


def _encoded(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"{type(value)} has no form in DynamoDB's JSON")


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    """A tree of small nodes that know their parents is copied several times as fast this way."""
    return pickle.loads(pickle.dumps(self))  # noqa: S301 - bytes of this line's own making


def _traverse(self: Any, node: Any, child_id: int = -1) -> Any:
    """moto's own, but what a traverser processes is asked once for each of them, not for every node."""
    if not _is_a(type(node), (Node,)):  # type: ignore[arg-type]
        return node
    kinds = self.__dict__.get("kinds")
    if kinds is None:
        kinds = self.__dict__["kinds"] = tuple(self._processing_map())
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, number)
        _traverse(self, child, number)
    if _is_a(type(node), kinds):  # type: ignore[arg-type]
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@lru_cache(1024)
def _is_a(kind: type, kinds: tuple[type, ...]) -> bool:
    return issubclass(kind, kinds)
