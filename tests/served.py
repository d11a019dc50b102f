"""The platform in a process of its own: for tests that change what others rely on, and for real browsers.

Within one process there can be only one platform, and the tests of the API share theirs. Each of these processes is
forked from one that has imported what a platform needs, which is half of its start.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from local.runner import DENIED

ROOT = Path(__file__).resolve().parents[1]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.preloaded"])


@dataclass(frozen=True)
class Served:
    url: str
    credentials: dict[str, Any]
    log: Path


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A freshly seeded platform; its credentials and its log are kept in the folder."""
    log = folder / "platform.log"
    log.touch()
    ours, theirs = _FORKS.Pipe()
    with _importing_from_here():
        process = _FORKS.Process(target=_serve, args=(folder, theirs, dict(os.environ)), daemon=True)
        process.start()
    theirs.close()
    try:
        try:
            ready = ours.recv()
        except EOFError:
            raise AssertionError(f"the platform did not start: {log.read_text()[-2000:]}") from None
        yield Served(**ready, log=log)
    finally:
        ours.close()  # which tells it to end
        process.join(30)
        if process.is_alive():
            process.kill()
    denied = [line for line in log.read_text(errors="replace").splitlines() if DENIED in line]
    assert not denied, "\n".join(["functions were denied what their roles do not grant:", *denied, f"more in {log}"])


@contextmanager
def _importing_from_here() -> Iterator[None]:
    """The process that others are forked from is started with the first of them, and finds our modules by this."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "layers" / "core"), str(ROOT)])
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _serve(folder: Path, parent: Connection, environment: Mapping[str, str]) -> None:
    """The process: serves until its parent closes the connection, or is gone."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    errors = os.open(folder / "platform.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(errors, sys.stdout.fileno())
    os.dup2(errors, sys.stderr.fileno())

    from batua.api import limits
    from local.host import LocalPlatform
    from tests.cheap_passwords import cheap_passwords

    # All tests come from one address: each would be limited by what others were refused.
    limits.REFUSED_PER_MINUTE = limits.STRANGERS_PER_MINUTE = 1_000_000  # type: ignore[misc]
    with cheap_passwords(), LocalPlatform(credentials=folder / "credentials.json") as platform:
        planted = json.loads(platform.credentials.read_text())
        parent.send({"url": platform.url, "credentials": planted})
        try:
            parent.recv()
        except EOFError:
            return
