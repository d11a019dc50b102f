"""The models of all endpoints as JSON schemas: one component each, whichever endpoint uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from .inventory import EndpointSource

SchemaPart = Literal["request", "response"]
_MODES: Mapping[SchemaPart, JsonSchemaMode] = {"request": "validation", "response": "serialization"}


class Schemas:
    """`of` gives the schema of an endpoint's request or response, `components` what they refer to."""

    def __init__(self, endpoints: Iterable[EndpointSource]) -> None:
        wanted: list[tuple[tuple[str, SchemaPart], JsonSchemaMode, TypeAdapter[Any]]] = []
        for endpoint in endpoints:
            models: Mapping[SchemaPart, Any] = {
                "request": endpoint.declaration.request,
                "response": endpoint.declaration.success.model,
            }
            wanted += [
                ((endpoint.function, part), _MODES[part], TypeAdapter(model))
                for part, model in models.items()
                if model is not None
            ]
        made, rest = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")
        self._made = {key: schema for (key, _), schema in made.items()}
        self.components: dict[str, Any] = {
            name: without_titles(schema) for name, schema in sorted(rest.get("$defs", {}).items())
        }

    def of(self, endpoint: EndpointSource, part: SchemaPart) -> dict[str, Any] | None:
        schema = self._made.get((endpoint.function, part))
        return without_titles(schema) if schema is not None else None

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema itself, where it is a reference to a component."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        found: Mapping[str, Any] = self.components[name] if name else schema
        return found


def without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """For a parameter: it is left out where there is no value, and never null."""
    kept = dict(schema)
    choices = [choice for choice in kept.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept


def without_titles(schema: Any) -> Any:
    """Without the titles that pydantic derives from names, and defaults of null: leaving a field out says as much."""
    if isinstance(schema, dict):
        return {
            name: {key: without_titles(value) for key, value in part.items()}
            if name in ("properties", "$defs")
            else without_titles(part)
            for name, part in schema.items()
            if not (name == "title" and isinstance(part, str)) and not (name == "default" and part is None)
        }
    if isinstance(schema, list):
        return [without_titles(part) for part in schema]
    return schema
