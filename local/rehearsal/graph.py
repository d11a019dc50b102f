"""The order in which CloudFormation makes resources: a circle anywhere fails the first deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_PLACE = re.compile(r"\$\{([^!:}.][^}.]*)(?:\.[^}]*)?\}")
Graph = dict[str, set[str]]


def references(value: Any) -> Iterator[str]:
    """The logical ids that a resource names: in properties, policies of updates, outputs of nested stacks."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "Ref" and isinstance(part, str):
                yield part
            elif name == "Fn::GetAtt":
                yield part.partition(".")[0] if isinstance(part, str) else str(part[0])
            elif name == "Fn::Sub":
                text = part if isinstance(part, str) else part[0]
                yield from _PLACE.findall(text)
                if not isinstance(part, str):
                    yield from references(part[1])
            elif name == "DependsOn":
                yield from [part] if isinstance(part, str) else part
            else:
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def graph_of(resources: dict[str, Any]) -> Graph:
    return {name: set(references(resource)) & set(resources) for name, resource in resources.items()}


def circles(graph: Graph) -> Iterator[list[str]]:
    """The strongly connected components with more than one member, or with an arrow to itself (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> Iterator[list[str]]:
        index[node] = low[node] = len(index)
        stack.append(node)
        for following in sorted(graph[node]):
            if following not in index:
                yield from visit(following)
                low[node] = min(low[node], low[following])
            elif following in stack:
                low[node] = min(low[node], index[following])
        if low[node] == index[node]:
            found = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(found) > 1 or node in graph[node]:
                yield sorted(found)

    for node in sorted(graph):
        if node not in index:
            yield from visit(node)
