"""The platform in a process of its own: for tests that change what others rely on, and for real browsers.

Within one process there can be only one platform, and the tests of the API share theirs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.runner import DENIED

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Served:
    url: str
    credentials: dict[str, Any]
    log: Path


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A freshly seeded platform; its credentials and its log are kept in the folder."""
    log = folder / "platform.log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "core"), str(ROOT)])}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.served", str(folder)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        assert ready, f"the platform did not start: {log.read_text()[-2000:]}"
        yield Served(**json.loads(ready), log=log)
    finally:
        process.stdin.close()  # which tells it to end
        process.wait(30)
    denied = [line for line in log.read_text(errors="replace").splitlines() if DENIED in line]
    assert not denied, "\n".join(["functions were denied what their roles do not grant:", *denied, f"more in {log}"])


def main(folder: Path) -> None:
    from batua.api import limits
    from local.host import LocalPlatform

    # All tests come from one address: each would be limited by what others were refused.
    limits.REFUSED_PER_MINUTE = limits.STRANGERS_PER_MINUTE = 1_000_000  # type: ignore[misc]
    answers, sys.stdout = sys.stdout, sys.stderr
    with LocalPlatform(credentials=folder / "credentials.json") as platform:
        planted = json.loads(platform.credentials.read_text())
        print(json.dumps({"url": platform.url, "credentials": planted}), file=answers, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
