"""The API reference: one page per domain, made of the OpenAPI document.

Each operation has what it takes, a call in curl and in Python, what it answers, and the errors that are its own.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

Document = Mapping[str, Any]
Operation = Mapping[str, Any]

HOST: Final = "http://127.0.0.1:3000"
_GENERAL: Final = frozenset({"400", "401", "403", "413", "415", "429", "500", "503"})
"""Statuses that every operation may answer, for the same reasons: told once, on the page of errors."""

_CODE = re.compile(r"`([a-z0-9_]+)`: ")


def reference_pages(document: Document) -> dict[str, str]:
    """File name -> page."""
    by_tag: dict[str, list[tuple[str, str, Operation]]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append((method.upper(), path, operation))
    words = {tag["name"]: tag["description"] for tag in document["tags"]}
    pages = {
        f"{tag}.md": _page(document, tag, words.get(tag, ""), operations) for tag, operations in sorted(by_tag.items())
    }
    return {"index.md": _index(by_tag, words), **pages}


def _index(by_tag: Mapping[str, list[tuple[str, str, Operation]]], words: Mapping[str, str]) -> str:
    rows = "\n".join(
        f"| [{tag}]({tag}.md) | {len(operations)} | {words.get(tag, '')} |"
        for tag, operations in sorted(by_tag.items())
    )
    total = sum(map(len, by_tag.values()))
    return f"""# API reference

{total} operations. Requests and answers are JSON over HTTPS; every answer carries the request's id. The same document
drives the interactive reference of a running platform, at `/api/v1/docs`, and can be read as OpenAPI 3.1 at
`/api/v1/schema`.

| domain | operations | what |
|---|---|---|
{rows}

## Send a request twice

Give an `Idempotency-Key`. The second request changes nothing and gets the first answer, with the header
`Idempotency-Replayed: true`. The same key with other content is refused (422 `idempotency_key_reused`).

## Errors

Every operation can answer 400 (a field is wrong: the message names it), 401 and 403 (credentials), 413, 415, 429
(`Retry-After` says when to come again), 500 and 503. What each code means, and what to do, is on the page of
[errors](../errors.md). Below, each operation lists the errors that are its own.
"""


def _page(document: Document, tag: str, words: str, operations: list[tuple[str, str, Operation]]) -> str:
    parts = [f"# {tag.capitalize()}\n\n{words}.\n"]
    for method, path, operation in operations:
        parts.append("\n".join(_operation(document, method, path, operation)))
    return "\n".join(parts) + "\n"


def _operation(document: Document, method: str, path: str, operation: Operation) -> Iterator[str]:
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", operation["operationId"]).capitalize()
    yield f"## {title} {{ #{operation['operationId'].lower()} }}\n"
    yield f"`{method} {path}`\n\n{operation['summary'].rstrip('.')}.\n"
    if operation.get("description"):
        yield operation["description"].strip() + "\n"
    yield from _parameters(document, operation)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "schema" in body:
        yield from _fields(document, body["schema"])
    yield from _calls(method, path, operation, body.get("example"))
    yield from _answers(operation)


def _parameters(document: Document, operation: Operation) -> Iterator[str]:
    found = [_resolved(document, parameter) for parameter in operation.get("parameters", ())]
    own = [parameter for parameter in found if parameter["in"] in ("path", "query")]
    if own:
        yield "| parameter | in | what |\n|---|---|---|"
        for parameter in own:
            needed = " (required)" if parameter.get("required") and parameter["in"] == "query" else ""
            yield f"| `{parameter['name']}`{needed} | {parameter['in']} | {_cell(_words(document, parameter))} |"
        yield ""


def _words(document: Document, parameter: Mapping[str, Any]) -> str:
    schema = _resolved(document, parameter.get("schema", {}))
    return str(parameter.get("description") or schema.get("description") or _kind(document, schema))


def _fields(document: Document, schema: Mapping[str, Any]) -> Iterator[str]:
    whole = _resolved(document, schema)
    properties: Mapping[str, Any] = whole.get("properties", {})
    if not properties:
        return
    required = set(whole.get("required", ()))
    yield "| field | type | what |\n|---|---|---|"
    for name, value in properties.items():
        field = _resolved(document, value)
        words = value.get("description") or field.get("description", "")
        mark = " *" if name in required else ""
        yield f"| `{name}`{mark} | {_kind(document, value)} | {_cell(str(words))} |"
    yield "\n\\* required\n" if required else ""


def _kind(document: Document, schema: Mapping[str, Any]) -> str:
    schema = _resolved(document, schema)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        kinds = [_kind(document, option) for option in options if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return " · ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        kind = next(one for one in kind if one != "null")
    return f"{kind} ({schema['format']})" if schema.get("format") else str(kind)


def _calls(method: str, path: str, operation: Operation, example: Any) -> Iterator[str]:
    header = _credential(operation)
    url = HOST + re.sub(r"{(\w+)}", lambda match: f"${match[1].upper()}", path)
    curl = [f'curl -s {"" if method == "GET" else f"-X {method} "}"{url}"']
    if header:
        curl.append(f'  -H "{header}"')
    if example is not None:
        text = json.dumps(example, indent=2, ensure_ascii=False).replace("'", "'\\''").replace("\n", "\n  ")
        curl += ["  -H 'Content-Type: application/json'", f"  -d '{text}'"]
    yield '=== "curl"\n\n    ```sh\n' + _indented(" \\\n".join(curl)) + "\n    ```\n"
    yield '=== "Python"\n\n    ```python\n' + _indented(_python(method, path, header, example)) + "\n    ```\n"


def _python(method: str, path: str, header: str, example: Any) -> str:
    name, _, value = header.partition(": ")
    scheme, _, variable = value.partition("$")
    address = f'f"{HOST}{path}"' if "{" in path else f'"{HOST}{path}"'
    lines = ["import requests", "", f'answer = requests.request("{method}", {address},']
    if header:
        text = f'f"{scheme}{{{variable.lower()}}}"' if scheme else variable.lower()
        lines.append(f'    headers={{"{name}": {text}}},')
    if example is not None:
        text = json.dumps(example, indent=4, ensure_ascii=False)
        text = re.sub(r"\btrue\b", "True", re.sub(r"\bfalse\b", "False", re.sub(r"\bnull\b", "None", text)))
        lines.append("    json=" + text.replace("\n", "\n    ") + ",")
    return "\n".join([*lines, ")"])


def _credential(operation: Operation) -> str:
    """The header by which a script calls it."""
    ways = {name for one in operation.get("security", ()) for name in one}
    if "bearer" in ways:
        return "Authorization: Bearer $KEY"
    if "basic" in ways:
        return "Authorization: Basic $CREDENTIALS"
    if "session" in ways:
        return "Authorization: Bearer $TOKEN"
    return ""


def _answers(operation: Operation) -> Iterator[str]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            example = response.get("content", {}).get("application/json", {}).get("example")
            yield f"Answers **{status}**" + (":\n" if example is not None else ".\n")
            if example is not None:
                text = json.dumps(example, indent=2, ensure_ascii=False)
                yield f"```json\n{text}\n```\n"
    own = [
        (status, code)
        for status, response in operation["responses"].items()
        if status[0] in "45" and status not in _GENERAL
        for code in _CODE.findall(response.get("description", ""))
    ]
    if own:
        listed = ", ".join(f"[`{code}`](../errors.md) ({status})" for status, code in own)
        yield f"Errors of its own: {listed}.\n"


def _resolved(document: Document, part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    if len(part.get("allOf", ())) == 1:
        return {**_resolved(document, part["allOf"][0]), **{name: part[name] for name in part if name != "allOf"}}
    return part


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
