"""Packs the code that dataclasses write while functions start: `python generate.py <functions> <library>`

Imports every handler as a function does, and compiles each text that `dataclasses` hands to `exec` on the way
(`batua/startup.py` tells what for). Run by the version of Python that the functions run on, with their packages.
"""

import dataclasses
import importlib.util
import marshal
import sys
from pathlib import Path
from typing import Any

packed: dict[bytes, bytes] = {}


def main(functions: Path, library: Path) -> None:
    sys.path.insert(0, str(library.parent))
    from batua import startup

    def record(text: str, *namespaces: Any) -> None:
        packed[startup.digest(text)] = marshal.dumps(compile(text, "<string>", "exec"))
        exec(text, *namespaces)  # noqa: S102

    dataclasses.exec = record  # type: ignore[attr-defined]
    for file in sorted(functions.glob("*/*.py")):
        spec = importlib.util.spec_from_file_location("handler", file)
        assert spec
        assert spec.loader
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    (library / startup.PACKED.name).write_bytes(marshal.dumps(packed))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
