"""A platform for `benchmarks.one_machine`: prints its address and key, then answers a command a line.

`drain` waits for what is under way, `busy` names it, `memory` tells the bytes of the process and of the table, and
`grow N` copies customers until there are so many.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.grown_store import grow
from local.host import LocalPlatform, processors_to_use


def main() -> int:
    store, file = sys.argv[1:3]
    answers = sys.stdout
    sys.stdout = sys.stderr  # functions log to stdout
    data_file = Path(file) if file != "-" and store == "file" else None
    with tempfile.TemporaryDirectory() as folder:
        # Beside the store, so that a second start on the same file knows the keys of the first.
        credentials = data_file.with_suffix(".json") if data_file else Path(folder) / "credentials.json"
        with LocalPlatform(
            store=store, data_file=data_file, credentials=credentials, workers=processors_to_use()
        ) as platform:
            known = json.loads(credentials.read_text())
            _say(answers, {"url": platform.url, "key": known["merchant_live_key"]})
            for command in sys.stdin:
                _say(answers, _answer(platform, command.strip()))
    return 0


def _say(answers: Any, said: Any) -> None:
    print(json.dumps(said), file=answers, flush=True)


def _answer(platform: LocalPlatform, command: str) -> Any:
    aws = platform.embedded_aws
    if command == "drain":
        aws.drain(300)
        return "drained"
    if command == "busy":
        return aws.busy()
    if command.startswith("grow "):
        with aws.database.lock:
            return grow(aws.database._connection, int(command.split()[1]))
    gc.collect()
    pages = aws.database.rows("PRAGMA page_count")[0][0] * aws.database.rows("PRAGMA page_size")[0][0]
    return {"process": sum(map(_proportional_size, [os.getpid(), *_descendants(os.getpid())])), "table": pages}


def _descendants(pid: int) -> list[int]:
    children = [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent_of(stat) == pid]
    return [each for child in children for each in [child, *_descendants(child)]]


def _parent_of(stat: Path) -> int | None:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])  # the name before it may contain anything
    except (FileNotFoundError, ProcessLookupError):
        return None  # it has just ended


def _proportional_size(pid: int) -> int:
    """Resident bytes; what processes share is divided among them, so that their sum is what the platform takes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024


if __name__ == "__main__":
    sys.exit(main())
