"""Modules joined into few files, so that a page's first visit needs few requests: `portal/bundles.json` says which.

A bundle of scripts holds its roots and all that they import, except what an earlier bundle holds. Each module becomes a
constant: a function that is called once and returns what the module exports. So names stay the module's own, every
module still runs once, and errors name a line that is easily found. What is served under a bundled module's own address
re-exports from the bundle, and every other module imports from the bundle directly. A bundle of styles holds its files,
and one of messages the words of several areas, which are served by themselves too.

This understands the forms that our modules and the vendored ones use, and refuses every other: `export let`,
`export *`, `import *`, and modules that import each other. An `await` outside a function is an error of syntax there.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Final

BUNDLES: Final = "bundles.json"

_MESSAGES: Final = "messages/"
_CATALOGUE: Final = re.compile(r"\s*export default \{\n(?P<lines>(?:'[^\n]*,\n)*)\};\s*")

_FROM: Final = r"""\s*from\s*(?P<quote>['"])(?P<path>\.[^'"]+)(?P=quote);?"""
_IMPORT: Final = re.compile(r"import\s*(?:(?P<default>\w+)\s*,?\s*)?(?:\{(?P<names>[^{}]*)\})?" + _FROM)
_REEXPORT: Final = re.compile(r"export\s*\{(?P<names>[^{}]*)\}" + _FROM)
_EXPORTED_NAMES: Final = re.compile(r"export\s*\{(?P<names>[^{}]*)\};?")
_EXPORTED_DEFAULT: Final = re.compile(r"export default (?P<kind>async function|function)\b(?:\s+(?P<name>\w+))?")
_EXPORTED: Final = re.compile(r"^export (?P<kind>async function|function|class|const) (?P<name>\w+)", re.MULTILINE)
_DYNAMIC: Final = re.compile(r"import\((?P<quote>['\"`])(?P<path>\.[^'\"`]+)(?P=quote)\)")
_LEFT_OVER: Final = re.compile(r"^\s*(?:export\b|import\b(?!\())", re.MULTILINE)


class UnsupportedModuleError(ValueError):
    """A module uses a form that a bundle can't hold; the message names it."""


def read_bundles(folder: Path) -> dict[str, list[str]]:
    """Name of a bundle -> its roots, in the order of the file; nothing where the folder has no such file."""
    file = folder / BUNDLES
    bundles: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return bundles


def members(texts: Mapping[str, str], bundles: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Name of a bundle of scripts or styles -> its files, each after those that it imports."""
    placed: set[str] = set()
    found: dict[str, list[str]] = {}
    for bundle, roots in bundles.items():
        if bundle.startswith(_MESSAGES):
            continue
        if bundle.endswith(".css"):
            found[bundle] = list(roots)
        else:
            found[bundle] = [name for root in roots for name in _after_imports(root, texts, placed, ())]
    return found


def join(texts: MutableMapping[str, str], bundles: Mapping[str, list[str]]) -> None:
    """Adds the bundles to the texts of scripts and styles, and makes every module use them.

    Raises:
        UnsupportedModuleError: a bundled module has a form that a bundle can't hold.
    """
    files = members(texts, bundles)
    homes = {name: bundle for bundle, names in files.items() if bundle.endswith(".js") for name in names}
    wrapped: dict[str, str] = {}
    exports: dict[str, list[str]] = {}
    for name in homes:
        wrapped[name], exports[name] = _wrap(name, texts[name], homes)
    for name, text in texts.items():
        if name in homes:
            continue
        if name.endswith(".js"):
            texts[name] = _rewrite_imports(name, text, homes)
    for bundle, names in bundles.items():
        if bundle.startswith(_MESSAGES):
            texts[bundle] = f"export default {{\n{''.join(_words(name, texts[name]) for name in names)}}};\n"
    for bundle, names in files.items():
        if bundle.endswith(".css"):
            texts[bundle] = "\n".join(texts[name] for name in names)
            continue
        own = "".join(f"{wrapped[name]}\n" for name in names)
        borrowed = sorted({each for name in names for each, _ in _imports(name, texts[name]) if homes[each] != bundle})
        head = "".join(f"import{{{_constant(each)}}}from'/{homes[each]}';" for each in borrowed)
        texts[bundle] = f"{head}\n{own}export{{{','.join(map(_constant, names))}}};\n"
    for name, bundle in homes.items():
        named = ",".join(each for each in exports[name] if each != "default")
        text = f"import{{{_constant(name)}}}from'/{bundle}';"
        text += f"export const{{{named}}}={_constant(name)};" if named else ""
        text += f"export default {_constant(name)}.default;" if "default" in exports[name] else ""
        texts[name] = f"{text}\n"


def _words(name: str, text: str) -> str:
    """The lines of a catalogue, without what stands around them."""
    found = _CATALOGUE.fullmatch(text)
    if not found:
        raise UnsupportedModuleError(f"{name} is no catalogue: it exports more than one object of messages")
    return found["lines"]


def _constant(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _resolve(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _imports(name: str, text: str) -> Iterator[tuple[str, re.Match[str]]]:
    for pattern in (_IMPORT, _REEXPORT):
        for match in pattern.finditer(text):
            yield _resolve(name, match["path"]), match


def _after_imports(name: str, texts: Mapping[str, str], placed: set[str], above: tuple[str, ...]) -> Iterator[str]:
    if name in above:
        raise UnsupportedModuleError(f"modules import each other: {' -> '.join((*above, name))}")
    if name in placed:
        return
    if name not in texts:
        raise UnsupportedModuleError(f"{above[-1] if above else BUNDLES} names {name}, which does not exist")
    for other, _ in _imports(name, texts[name]):
        yield from _after_imports(other, texts, placed, (*above, name))
    placed.add(name)
    yield name


def _pairs(names: str | None) -> list[tuple[str, str]]:
    """`a, b as c` as [(a, a), (b, c)]."""
    parts = [part.split() for part in (names or "").split(",") if part.strip()]
    return [(part[0], part[-1]) for part in parts]


def _taken(match: re.Match[str], constant: str) -> str:
    """The constants that an import makes, taken from what a module's function returned."""
    pairs = _pairs(match["names"])
    if match["default"]:
        pairs = [("default", match["default"]), *pairs]
    return f"const{{{','.join(name if name == own else f'{name}:{own}' for name, own in pairs)}}}={constant};"


def _rewrite_imports(name: str, text: str, homes: Mapping[str, str]) -> str:
    """The text of a module outside the bundles, with imports of bundled modules taken from there."""

    def taken(match: re.Match[str]) -> str:
        other = _resolve(name, match["path"])
        if other not in homes:
            return match[0]
        constant = _constant(other)
        return f"import{{{constant}}}from'/{homes[other]}';{_taken(match, constant)}"

    return _IMPORT.sub(taken, text)


def _wrap(name: str, text: str, homes: Mapping[str, str]) -> tuple[str, list[str]]:
    """A module as a constant, and the names that it exports."""
    exported: dict[str, str] = {}

    def reexport(match: re.Match[str]) -> str:
        constant = _constant(_resolve(name, match["path"]))
        exported.update((own, f"{constant}.{other}") for other, own in _pairs(match["names"]))
        return ""

    def listed(match: re.Match[str]) -> str:
        exported.update((own, inner) for inner, own in _pairs(match["names"]))
        return ""

    def default(match: re.Match[str]) -> str:
        exported["default"] = match["name"] or "$default"
        return f"{match['kind']} {match['name']}" if match["name"] else f"const $default={match['kind']}"

    def declared(match: re.Match[str]) -> str:
        exported[match["name"]] = match["name"]
        return f"{match['kind']} {match['name']}"

    def dynamic(match: re.Match[str]) -> str:
        other = _resolve(name, match["path"])
        quote = match["quote"]
        if other not in homes:
            return f"import({quote}/{other}{quote})"
        if homes[other] == homes[name]:
            return f"Promise.resolve({_constant(other)})"
        return f"import('/{homes[other]}').then((bundle)=>bundle.{_constant(other)})"

    text = _IMPORT.sub(lambda match: _taken(match, _constant(_resolve(name, match["path"]))), text)
    text = _REEXPORT.sub(reexport, text)
    text = _EXPORTED_NAMES.sub(listed, text)
    text = _EXPORTED_DEFAULT.sub(default, text)
    text = _EXPORTED.sub(declared, text)
    text = _DYNAMIC.sub(dynamic, text)
    if left := _LEFT_OVER.search(text):
        line = text[left.start() :].strip().split("\n")[0]
        raise UnsupportedModuleError(f"{name} can't be bundled because of: {line[:80]}")
    returned = ",".join(own if own == inner else f"{own}:{inner}" for own, inner in exported.items())
    return f"const {_constant(name)}=(()=>{{\n{text.strip()}\nreturn{{{returned}}}}})();", list(exported)
