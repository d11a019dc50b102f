"""Packs what is compiled while functions start: `python generate.py <functions> <library>`

Imports every handler as a function does, reads a phone number, as the counter's first requests do, and keeps what
becomes of each text that dataclasses write and of each regular expression on the way (`batua/startup.py` tells what
for). Run by the version of Python that the functions run on, with their packages.
"""

import _sre
import dataclasses
import importlib.util
import marshal
import re
import sys
from pathlib import Path
from typing import Any

packed: dict[bytes, bytes] = {}


def main(functions: Path, library: Path) -> None:
    (library / f"generated.{sys.implementation.cache_tag}").unlink(missing_ok=True)
    sys.path.insert(0, str(library.parent))
    from batua import startup

    keep_methods(startup)
    keep_patterns(startup)
    for file in sorted(functions.glob("*/*.py")):
        spec = importlib.util.spec_from_file_location("handler", file)
        assert spec
        assert spec.loader
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    read_numbers()
    startup.PACKED.write_bytes(marshal.dumps(packed))


def read_numbers() -> None:
    """phonenumbers compiles forty patterns when it is imported and at a country's first number."""
    from batua import phone

    for text in ("98765 43210", "+919876543210"):
        phone.to_e164(text, "IN")


def keep_methods(startup: Any) -> None:
    def run(text: str, *namespaces: Any) -> None:
        packed[startup.source_digest(text)] = marshal.dumps(compile(text, "<string>", "exec"))
        exec(text, *namespaces)  # noqa: S102

    dataclasses.exec = run  # type: ignore[attr-defined]


def keep_patterns(startup: Any) -> None:
    compiler: Any = re._compiler  # type: ignore[attr-defined]
    ordinary = compiler.compile

    class Machine:
        """What the compiler asks for; the last pattern that it finished."""

        last: tuple[Any, ...] = ()

        def __getattr__(self, name: str) -> Any:
            return getattr(_sre, name)

        def compile(self, pattern: Any, flags: int, *code: Any) -> Any:
            self.last = (int(flags), list(map(int, code[0])), *code[1:])
            return _sre.compile(pattern, flags, *code)

    machine = compiler._sre = Machine()

    def keep(pattern: Any, flags: int = 0) -> Any:
        made = ordinary(pattern, flags)
        if isinstance(pattern, str | bytes):
            packed[startup.pattern_digest(pattern, flags)] = marshal.dumps(machine.last)
        return made

    compiler.compile = keep


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
