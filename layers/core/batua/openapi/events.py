"""What is sent to webhook endpoints, in the document and on its page: made from the schemas of the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from ..events.schemas import TYPES, EventType, envelopes
from .schemas import without_titles

BEGIN: Final = "<!-- made by `make docs` from the schemas: edit those instead -->"
END: Final = "<!-- end -->"

_HEADERS: Final[Mapping[str, str]] = {
    "webhook-id": "The event's id: the same at each attempt.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and the signature in base64; during a rotation two of them, with a space between.",
}


def webhooks() -> dict[str, Any]:
    """Event type -> what a receiver is sent, as OpenAPI has it."""
    return {each.name: {"post": _operation(each, _component(model))} for each, model in envelopes()}


def components() -> dict[str, Any]:
    """Each event as one component: its data stand inside, so that no other model's name is in the way."""
    return {_component(model): _schema(model) for _, model in envelopes()}


def with_tables(page: str) -> str:
    """The page about events with its tables as they have to be. Raises ValueError where it has no place for them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page about events has no place for its tables")
    return f"{before}{BEGIN}\n\n{_tables()}\n{END}{after}"


def _operation(each: EventType, component: str) -> dict[str, Any]:
    return {
        "operationId": component,
        "tags": ["events"],
        "summary": each.description.rstrip("."),
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}
            for name, description in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{component}"}}},
        },
        "responses": {
            "2XX": {"description": "Taken. Any other answer, or none in ten seconds, and it is sent again."},
            "410": {"description": "Stop: the endpoint is disabled."},
        },
    }


def _component(model: type[Any]) -> str:
    return model.__name__


def _schema(model: type[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = without_titles(model.model_json_schema(mode="serialization"))
    (data,) = schema.pop("$defs").values()
    schema["properties"]["data"] = data
    return schema


def _tables() -> str:
    lines = ["| type | version | when |", "|---|---|---|"]
    lines += [f"| `{each.name}` | {each.version} | {each.description} |" for each in TYPES.values()]
    by_model = sorted(TYPES.values(), key=lambda each: list(TYPES.values()).index(_first_of(each)))
    for _, group in groupby(by_model, key=lambda each: each.data):
        lines += ["", *_fields(list(group))]
    return "\n".join(lines) + "\n"


def _first_of(each: EventType) -> EventType:
    return next(other for other in TYPES.values() if other.data is each.data)


def _fields(types: list[EventType]) -> Iterable[str]:
    """The table of a model's fields, under the names of the types that have it."""
    schema = without_titles(types[0].data.model_json_schema(mode="serialization"))
    yield f"### {', '.join(each.name for each in types)}"
    yield ""
    yield "| field of `data` | type | what |"
    yield "|---|---|---|"
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {_type(field)} | {field.get('description', '')} |"


def _type(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(choice) for choice in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "pattern" in field:
        return "decimal"
    return {"date-time": "time", "": str(field.get("type"))}[str(field.get("format", ""))]
