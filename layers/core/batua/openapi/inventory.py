"""Which endpoints there are: every handler file of every domain, with its declaration and its sample event."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ..api.endpoint import Declaration
from . import words

_PLACE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class EndpointSource:
    domain: str
    file: Path
    declaration: Declaration
    event: Mapping[str, Any]
    """The sample event; empty where there is none."""

    @property
    def function(self) -> str:
        """The logical id of its function: the file's name in CamelCase."""
        return "".join(part.capitalize() for part in self.file.stem.split("_"))

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether the same key gets the same answer. A PUT may share its body with a POST, but needs no key."""
        declaration = self.declaration
        in_body = declaration.request is not None and "idempotency_key" in declaration.request.model_fields
        made = declaration.method == "POST" and in_body
        return declaration.moves_value or made or self.function in words.KEY_IN_HEADER_ALONE

    @cached_property
    def sample_body(self) -> Any:
        body = self.event.get("body")
        if not body:
            return None
        return json.loads(base64.b64decode(body) if self.event.get("isBase64Encoded") else body)

    @cached_property
    def sample_query(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.event.get("rawQueryString", ""), keep_blank_values=True))

    @cached_property
    def sample_path(self) -> Mapping[str, str]:
        return self.event.get("pathParameters") or {}


def endpoint_inventory(root: Path) -> list[EndpointSource]:
    """Every endpoint of the checkout, by domain and path. Raises ValueError where two serve one route.

    The handlers are imported once in a process: importing them anew would make all of their models anew.
    """
    return list(_inventory(root))


@cache
def _inventory(root: Path) -> tuple[EndpointSource, ...]:
    found = [
        EndpointSource(file.parent.name, file, declaration, _sample_event(root, file))
        for file in sorted((root / "functions").glob("*/*.py"))
        if (declaration := _declaration(file)) is not None
    ]
    routes: dict[str, Path] = {}
    for endpoint in found:
        other = routes.setdefault(endpoint.declaration.route, endpoint.file)
        if other != endpoint.file:
            raise ValueError(f"{endpoint.declaration.route} is served by {other} and by {endpoint.file}")
    return tuple(found)


def _declaration(file: Path) -> Declaration | None:
    """What the file's handler declares; None for a function that is no endpoint, such as a queue's consumer."""
    name = f"functions.{file.parent.name}.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    # Models are resolved in the module that they were declared in.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return getattr(getattr(module, "handler", None), "declaration", None)


def _sample_event(root: Path, file: Path) -> Mapping[str, Any]:
    sample = root / "events" / file.parent.name / f"{file.stem}.json"
    if not sample.exists():
        return {}
    event: dict[str, Any] = json.loads(_PLACE.sub(_example, sample.read_text()))
    return event


def _example(place: re.Match[str]) -> str:
    """What a reader sees in place of `${samples.phone}`, which is only known where the platform runs."""
    name = place.group(1)
    if name not in words.EXAMPLES:
        raise ValueError(f"${{{name}}} stands in a sample event and has no example: add one to `words.EXAMPLES`")
    return words.EXAMPLES[name]
