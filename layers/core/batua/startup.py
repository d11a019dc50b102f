"""What makes a function start sooner, in force before anything else of the library is imported.

`dataclasses` writes the methods of a class as source text and compiles it, each time that the class is imported: a
third of what imports cost. As with the bytecode of modules, the layer's build does that once
(`layers/core/generate.py`) and packs what came out. The same text gives the same code; text that was not met then is
compiled as ever.
"""

from __future__ import annotations

import dataclasses
import gc
import marshal
import os
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

PACKED: Final = Path(__file__).with_name(f"generated.{sys.implementation.cache_tag}")
"""Digest of a text -> its code, for this version of Python. Only a built layer has it."""

_COLLECT_EVERY: Final = 50_000
"""Objects between two looks for garbage. Imports make many that stay: at 700, Python's own choice, it looks for garbage
among them some hundred times and finds none."""


def hasten() -> None:
    gc.set_threshold(_COLLECT_EVERY)
    # There are none; pydantic would look for them among all installed packages when it builds its first validator.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        packed: Mapping[bytes, bytes] = marshal.loads(PACKED.read_bytes())  # noqa: S302 (ours, as all bytecode is)
    except FileNotFoundError:
        return

    def run(text: str, *namespaces: Any) -> None:
        code = packed.get(digest(text))
        exec(text if code is None else marshal.loads(code), *namespaces)  # noqa: S102, S302 (as dataclasses does)

    dataclasses.exec = run  # type: ignore[attr-defined]


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
