"""Whether the platform is alive, whether it is ready, and which version of it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from .. import __version__, clock, errors, observe
from ..api.models import Instant, Model
from ..identity import secrets
from ..settings import settings
from ..store.keys import Key
from ..store.store import Store

HealthAnswer = Literal["ok", "failed"]

PROBES: Final = {"ledger": Key("ledger", "PROBE", "PROBE"), "directory": Key("directory", "PROBE", "PROBE")}
"""A key per table that never has an item: reading it asks the table and nothing else."""

SECRET_SECONDS: Final = 20
"""A secret that was read this recently counts as an answer: not every look of a monitor may cost a call."""


class Alive(Model):
    status: Literal["ok"] = "ok"
    time: Instant


class Ready(Model):
    ledger: HealthAnswer
    directory: HealthAnswer
    verifier: HealthAnswer


class VersionOut(Model):
    version: str
    build: str
    stage: str


def liveness(now: int) -> Alive:
    return Alive(time=clock.iso(now))


def readiness(store: Store) -> Ready:
    """Asks every part that a request needs. Raises `service_unavailable`, with what answered and what did not."""
    parts = Ready(
        ledger=_check_part("ledger", lambda: store.read([PROBES["ledger"]])),
        directory=_check_part("directory", lambda: store.read([PROBES["directory"]])),
        verifier=_check_part("verifier", _verifier),
    )
    if "failed" in (parts.ledger, parts.directory, parts.verifier):
        raise errors.SERVICE_UNAVAILABLE(figures=parts.model_dump(), headers={"Retry-After": "5"})
    return parts


def build_version(build: Path) -> VersionOut:
    """`build` is the file that packing the function writes its commit into; from the source tree there is none."""
    commit = build.read_text().strip() if build.exists() else "source"
    return VersionOut(version=__version__, build=commit, stage=settings().stage)


def _verifier() -> None:
    content = secrets.verifier_secrets(newer_than=time.monotonic() - SECRET_SECONDS)
    if not content["pepper"] or not content["keys"]:
        raise ValueError("the verifier secret holds no pepper or no key")


def _check_part(part: str, check: Callable[[], object]) -> HealthAnswer:
    try:
        check()
    except Exception:
        # Why is for the log; the caller learns which part it is.
        observe.log().exception("a part does not answer", extra={"part": part})
        return "failed"
    return "ok"
