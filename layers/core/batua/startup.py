"""What makes a function start sooner, in force before anything else of the library is imported.

Much of what imports cost is compiling: `dataclasses` writes the methods of a class as source text and compiles it each
time that the class is imported, and so are regular expressions. As with the bytecode of modules, the layer's build does
that once (`layers/core/generate.py`) and packs what came out. The same text gives the same code; what was not met then
is compiled as ever.
"""

from __future__ import annotations

import dataclasses
import gc
import marshal
import os
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

PACKED: Final = Path(__file__).with_name(f"generated.{sys.implementation.cache_tag}")
"""Digest of a text -> what it is compiled to by this version of Python. Only a built layer has it."""

_patterns: Any = re._compiler  # type: ignore[attr-defined]

_COLLECT_EVERY: Final = 100_000
"""Objects between two looks for garbage. A function has sixty thousand when it has started, and all of them stay: at
700, Python's own choice, it looks for garbage among them some hundred times and finds none."""


def install_precompiled() -> None:
    gc.set_threshold(_COLLECT_EVERY)
    # There are none; pydantic would look for them among all installed packages when it builds its first validator.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        packed: dict[bytes, bytes] = marshal.loads(PACKED.read_bytes())  # noqa: S302 (ours, as all bytecode is)
    except FileNotFoundError:
        return
    _take_methods(packed)
    _take_patterns(packed)


def _take_methods(packed: dict[bytes, bytes]) -> None:
    def run(text: str, *namespaces: Any) -> None:
        code = packed.get(source_digest(text))
        exec(text if code is None else marshal.loads(code), *namespaces)  # noqa: S102, S302 (as dataclasses does)

    dataclasses.exec = run  # type: ignore[attr-defined]


def _take_patterns(packed: dict[bytes, bytes]) -> None:
    ordinary = _patterns.compile

    def compile(pattern: Any, flags: int = 0) -> Any:
        code = packed.get(pattern_digest(pattern, flags)) if isinstance(pattern, str | bytes) else None
        if code is None:
            return ordinary(pattern, flags)
        return _patterns._sre.compile(pattern, *marshal.loads(code))  # noqa: S302

    _patterns.compile = compile


def source_digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def pattern_digest(pattern: str | bytes, flags: int) -> bytes:
    """`MAGIC` is the version of the code that patterns are compiled to."""
    return source_digest(f"{_patterns.MAGIC} {int(flags)} {pattern!r}")
