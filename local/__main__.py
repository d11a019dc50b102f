"""`python -m local`: serves Batua on 127.0.0.1 until it is interrupted.

Environment: `PORT` (3000), `STORE` (file, kept in `.local/store.sqlite`; memory; dynoxide, another engine), `LOG_LEVEL`
(INFO), `WORKERS` (how many processes run the functions of requests: one a processor; 0 runs them in this process).
Behind a proxy also `HOST` (127.0.0.1), `PUBLIC_URL` (where the proxy is reached), `ORIGIN_SECRET` (proves the
proxy), `DATA` (the folder of store and credentials) and `SEED` (demo; operator, with `ADMIN_EMAIL`: no sample tenants).
One line on stdout says that it is ready; everything else goes to stderr.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from local.host import CREDENTIALS, ROOT, LocalPlatform, NotStartedError, plant_operator, processors_to_use
from local.intrinsics import TemplateError
from local.schedules import Schedules
from local.terminal import TerminalLog, log_to_stderr

STORES = ("file", "memory", "dynoxide")
SEEDS = ("demo", "operator")
MOST_WORKERS = 64
_DATA_FILES = {"file": "store.sqlite", "dynoxide": "dynoxide.sqlite"}


def main(**options: Any) -> int:
    """Runs until SIGINT or SIGTERM, which end it with 0. `options` are those of `LocalPlatform`."""
    port, store = os.environ.get("PORT") or "3000", os.environ.get("STORE") or ""
    if not port.isdigit() or int(port) > 65535:
        return _refuse(f"PORT is '{port}', not a port number")
    if store and store not in STORES:
        return _refuse(f"STORE is '{store}', not one of {', '.join(STORES)}")
    workers = os.environ.get("WORKERS") or str(processors_to_use())
    if not workers.isdigit() or int(workers) > MOST_WORKERS:
        return _refuse(f"WORKERS is '{workers}', not a number from 0 to {MOST_WORKERS}")
    try:
        options = {"workers": int(workers), **_from_environment(), **options}
    except ValueError as error:
        return _refuse(str(error))
    ready_line = sys.stdout
    on_terminal = sys.stderr.isatty()
    # Functions log to stdout, as on Lambda; here that is for the ready line alone.
    sys.stdout = TerminalLog(sys.stderr) if on_terminal else sys.stderr
    log_to_stderr(on_terminal)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit_once)
    root = options.get("root", ROOT)
    folder = Path(os.environ.get("DATA") or root / ".local")
    own_credentials = _credentials_file(folder, port)
    options.setdefault("credentials", own_credentials)
    if not store:
        # A store has one platform at a time. Who did not ask for it gets a platform all the same, beside the first.
        first = own_credentials.name == CREDENTIALS.name
        store = "file" if first else "memory"
        if not first:
            print("It keeps its data in memory alone; with DATA=<folder> it has a store of its own.", file=sys.stderr)
    data_file = folder / _DATA_FILES[store] if store in _DATA_FILES else None
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


def _from_environment() -> dict[str, Any]:
    """What a server behind a proxy sets. Raises ValueError with what is wrong."""
    options: dict[str, Any] = {"host": os.environ.get("HOST") or "127.0.0.1"}
    seed, url = os.environ.get("SEED") or "demo", (os.environ.get("PUBLIC_URL") or "").rstrip("/")
    if seed not in SEEDS:
        raise ValueError(f"SEED is '{seed}', not one of {', '.join(SEEDS)}")
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(f"PUBLIC_URL is '{url}': give it with https://")
    if url:
        options["public_url"] = url
    if seed == "operator":
        email = os.environ.get("ADMIN_EMAIL") or ""
        if "@" not in email:
            raise ValueError("SEED=operator needs ADMIN_EMAIL, the address of the first administrator")
        options["seed"] = partial(plant_operator, email)
    return options


def _credentials_file(folder: Path, port: str) -> Path:
    """`credentials.json`, or one of our own where a platform that runs in this checkout already has that."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "credentials.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends
    except OSError:
        os.close(lock)
        own = folder / f"credentials-{port if port != '0' else os.getpid()}.json"
        print(f"Another platform runs in this checkout. The credentials of this one are in {own}.", file=sys.stderr)
        return own
    return folder / CREDENTIALS.name


def _schedules(platform: LocalPlatform) -> contextlib.AbstractContextManager[Any]:
    aws = platform.embedded_aws
    return Schedules(platform.platform, aws.run_schedule) if aws else contextlib.nullcontext()


def _wait_for_signal() -> None:
    # The kernel may hand a signal to any thread; the byte that comes with it wakes this one, which runs `_exit_once`.
    awakened, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    awakened.recv(1)


def _exit_once(number: int, frame: object) -> NoReturn:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # a second one must not cut the clean end short
    raise SystemExit(0)


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    status = main()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    sys.exit(status)
