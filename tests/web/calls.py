"""Which routes of the API the pages call, as their scripts say it: read from the text, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_CALL = re.compile(r"(?<![\w.])(?:(?P<call>call|send|this\.#call)|useList|usePages)\(")
_STRING = re.compile(r"'((?:\\.|[^'\\\n])*)'")
_PATH = re.compile(r"(?<=['`])(?:/api/v1)?/[a-z$\x00][^'`<>\s]*")


def routes() -> dict[tuple[str, str], str]:
    """Every route of the OpenAPI document, with what it does."""
    document = json.loads((ROOT / "functions/platform/openapi.json").read_text())
    return {
        (method.upper(), path): str(operation["summary"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method.upper() in METHODS
    }


def called() -> set[tuple[str, str]]:
    """The routes that some script of the portal calls."""
    patterns = [
        (methods, re.compile(pattern))
        for script in sorted(PORTAL.rglob("*.js"))
        if not {"vendor", "messages"} & set(script.relative_to(PORTAL).parts)
        for methods, pattern in _calls(script)
    ]
    return {
        (method, path)
        for method, path in routes()
        if any(method in methods and pattern.fullmatch(path) for methods, pattern in patterns)
    }


def _calls(script: Path) -> Iterator[tuple[set[str], str]]:
    """(methods, pattern of the path) of every call in a script."""
    text = script.read_text()
    prefix = "/me" if script.name == "widget.js" else ""
    words = [word for word in _STRING.findall(text) if re.fullmatch(r"[a-z][a-z-]+", word)]
    for site in _CALL.finditer(text):
        arguments = _arguments(text, site.end())
        methods = {"GET"}
        if site["call"]:
            methods = set(_STRING.findall(arguments.pop(0))) & set(METHODS)
        # A path that a name stands for is one of the file's own: a list of them, or a constant.
        target = arguments[0] if arguments else ""
        for path in _paths(target if re.search(r"['`][/$]", target) else text):
            yield methods, _pattern(prefix + path, words)
    # Files and pictures are opened by their address.
    for path in _paths(text):
        if path.startswith("/api/v1/"):
            yield {"GET"}, _pattern(path, words)


def _paths(expression: str) -> list[str]:
    """The paths that an expression writes out: strings, templates, and both sides of a choice."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[1])
        return f"\x00{len(held) - 1}\x00"

    # What is filled in may have quotes of its own.
    flat = re.sub(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}", hold, expression)
    found = [re.sub("\x00(\\d+)\x00", lambda at: "${" + held[int(at[1])] + "}", path) for path in _PATH.findall(flat)]
    return found + [path for inner in held for path in _paths(inner)]


def _pattern(path: str, words: list[str]) -> str:
    """A regular expression over the routes: `{id}` is what the script fills in, and a choice of words any of them."""
    whole = path if path.startswith(("/api/", "/gateway/")) else f"/api/v1{path}"
    parts = re.split(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}", whole)
    pattern = ""
    for at, part in enumerate(parts):
        if at % 2 == 0:
            kept, *query = part.split("?")
            pattern += re.escape(kept)
            if query:
                break
        else:
            # A choice is between its own words; a plain name may stand for any word that its script writes.
            chosen = _STRING.findall(part) or (words if part.isidentifier() else [])
            pattern += "(?:" + "|".join([*map(re.escape, chosen), r"\{\w+\}"]) + ")"
    return pattern


def _arguments(text: str, start: int) -> list[str]:
    """The arguments of a call whose first begins at `start`."""
    arguments, current, inside, at = [], "", [""], start
    while at < len(text):
        sign = text[at]
        if inside[-1] in ("'", '"'):
            if sign == "\\":
                current += sign + text[at + 1]
                at += 2
                continue
            if sign == inside[-1]:
                inside.pop()
        elif inside[-1] == "`":
            if text.startswith("${", at):
                inside.append("{")
                current += "${"
                at += 2
                continue
            if sign == "`":
                inside.pop()
        elif sign in "'\"`([{":
            inside.append(sign)
        elif sign in ")]}":
            if len(inside) == 1:
                break
            inside.pop()
        elif sign == "," and len(inside) == 1:
            arguments.append(current.strip())
            current = ""
            at += 1
            continue
        current += sign
        at += 1
    return [*arguments, current.strip()]
