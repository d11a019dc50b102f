"""`python -m local`: serves Batua on 127.0.0.1 until it is interrupted.

Environment: `PORT` (3000), `STORE` (memory; file, kept in `.local/store.sqlite`; dynoxide, another engine), `LOG_LEVEL`
(INFO). One line on stdout says that it is ready; everything else goes to stderr.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from local.host import CREDENTIALS, ROOT, LocalPlatform, NotStartedError
from local.intrinsics import TemplateError
from local.schedules import Schedules
from local.terminal import TerminalLog

STORES = ("memory", "file", "dynoxide")
_DATA_FILES = {"file": "store.sqlite", "dynoxide": "dynoxide.sqlite"}


def main(**options: Any) -> int:
    """Runs until SIGINT or SIGTERM, which end it with 0. `options` are those of `LocalPlatform`."""
    port, store = os.environ.get("PORT") or "3000", os.environ.get("STORE") or "memory"
    if not port.isdigit() or int(port) > 65535:
        return _refuse(f"PORT is '{port}', not a port number")
    if store not in STORES:
        return _refuse(f"STORE is '{store}', not one of {', '.join(STORES)}")
    ready_line = sys.stdout
    on_terminal = sys.stderr.isatty()
    # Functions log to stdout, as on Lambda; here that is for the ready line alone.
    sys.stdout = TerminalLog(sys.stderr) if on_terminal else sys.stderr
    _log_to_stderr(on_terminal)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    root = options.get("root", ROOT)
    options.setdefault("credentials", _credentials_file(root, port))
    data_file = root / ".local" / _DATA_FILES[store] if store in _DATA_FILES else None
    try:
        with (
            LocalPlatform(port=int(port), store=store, data_file=data_file, **options) as platform,
            _schedules(platform),
        ):
            print(f"Batua is ready at {platform.url} (docs: {platform.url}/api/v1/docs)", file=ready_line, flush=True)
            _wait_for_signal()
    except (TemplateError, NotStartedError) as error:
        return _refuse(str(error))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        return _refuse(f"Port {port} can't be used ({os.strerror(error.errno)}); choose another one with PORT=...")
    except SystemExit:
        return 0
    return 0


def _credentials_file(root: Path, port: str) -> Path:
    """`.local/credentials.json`, or one of our own where a platform that runs in this checkout already has that."""
    folder = root / ".local"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / "credentials.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends
    except OSError:
        os.close(lock)
        own = folder / f"credentials-{port if port != '0' else os.getpid()}.json"
        print(f"Another platform runs in this checkout. The credentials of this one are in {own}.", file=sys.stderr)
        return own
    return root / CREDENTIALS


def _schedules(platform: LocalPlatform) -> contextlib.AbstractContextManager[Any]:
    aws = platform.embedded_aws
    return Schedules(platform.platform, aws.run_schedule) if aws else contextlib.nullcontext()


def _wait_for_signal() -> None:
    # The kernel may hand a signal to any thread; the byte that comes with it wakes this one, which runs `_end`.
    awakened, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    awakened.recv(1)


def _end(number: int, frame: object) -> NoReturn:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # a second one must not cut the clean end short
    raise SystemExit(0)


def _log_to_stderr(on_terminal: bool) -> None:
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s %(message)s", datefmt="%H:%M:%S")
    level = os.environ.get("LOG_LEVEL", "INFO").upper()
    logging.getLogger("local").setLevel(level if level in logging.getLevelNamesMapping() else "INFO")
    if on_terminal:
        logging.getLogger("local.gateway.answered").setLevel("WARNING")


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    status = main()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    sys.exit(status)
