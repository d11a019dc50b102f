"""Which function answers a request: the route table of all domains' HTTP APIs, merged on one host.

API Gateway's order: a literal segment beats a parameter, a parameter a greedy one, a method beats ANY, and `$default`
comes last. A path with a trailing slash is another path, a parameter is never empty, `%2F` doesn't separate segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from local.intrinsics import TemplateError
from local.model import Platform

_HTTP_API = "HttpApi"
_DEFAULT = "$default"


@dataclass(frozen=True)
class Route:
    """`key` as API Gateway names it: `GET /wallets/{id}`, `ANY /files/{path+}` or `$default`."""

    key: str
    function: str
    api: str


@dataclass(frozen=True)
class Match:
    route: Route
    parameters: Mapping[str, str]


@dataclass
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    greedy: _Node | None = None
    # Method (or ANY) to the route and the names of its variables, which may differ between two methods of one path.
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


class RouteTable:
    """Raises `TemplateError` when two functions claim one route, or one asks for another payload than version 2.0."""

    def __init__(self, platform: Platform) -> None:
        self._root = _Node()
        self._default: Route | None = None
        self.routes: list[Route] = []
        for function in platform.functions.values():
            for event in function.events:
                if event.type != _HTTP_API:
                    continue
                if str(event.properties.get("PayloadFormatVersion", "2.0")) != "2.0":
                    raise TemplateError(f"{function.logical_id}: the gateway sends payloads of version 2.0 only")
                api = str(event.properties.get("ApiId") or "ServerlessHttpApi")
                path = event.properties.get("Path", _DEFAULT)
                method = str(event.properties.get("Method", "ANY")).upper()
                method = "ANY" if method in ("ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD") else method
                key = _DEFAULT if path == _DEFAULT else f"{method} {path}"
                self._add(Route(key, function.logical_id, api))

    def match(self, method: str, raw_path: str) -> Match | None:
        """The route for an undecoded path, with its decoded parameters."""
        segments = raw_path.split("/")[1:] if raw_path.startswith("/") else raw_path.split("/")
        found = self._find(self._root, method, segments, 0, ())
        if found:
            return found
        return Match(self._default, {}) if self._default else None

    def _add(self, route: Route) -> None:
        if route.key == _DEFAULT:
            if self._default:
                raise _claimed_twice(self._default, route)
            self._default = route
            self.routes.append(route)
            return
        method, path = route.key.split(" ", 1)
        node, names = self._root, []
        for segment in path.removeprefix("/").split("/"):
            if segment.startswith("{") and segment.endswith("}"):
                name = segment[1:-1]
                names.append(name.removesuffix("+"))
                if name.endswith("+"):
                    node.greedy = node = node.greedy or _Node()
                else:
                    node.variable = node = node.variable or _Node()
            else:
                node = node.literal.setdefault(segment, _Node())
        if method in node.routes:
            raise _claimed_twice(node.routes[method][0], route)
        node.routes[method] = route, tuple(names)
        self.routes.append(route)

    def _find(self, node: _Node, method: str, segments: list[str], at: int, values: tuple[str, ...]) -> Match | None:
        if at == len(segments):
            route = node.routes.get(method) or node.routes.get("ANY")
            return Match(route[0], dict(zip(route[1], values, strict=True))) if route else None
        segment = unquote(segments[at])
        literal = node.literal.get(segment)
        found = self._find(literal, method, segments, at + 1, values) if literal else None
        if not found and node.variable and segment:
            found = self._find(node.variable, method, segments, at + 1, (*values, segment))
        if not found and node.greedy and any(segments[at:]):
            rest = unquote("/".join(segments[at:]))
            found = self._find(node.greedy, method, segments, len(segments), (*values, rest))
        return found


def _claimed_twice(first: Route, second: Route) -> TemplateError:
    return TemplateError(f"{second.function} and {first.function} both have the route {second.key}")
