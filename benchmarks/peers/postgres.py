"""PostgreSQL for the time of a run: a cluster of its own in a temporary folder, reached by a socket in it.

Debian's packages are enough (`apt-get install postgresql`); no service runs before or after. PostgreSQL refuses to run
as root, so there its own user runs it. Settings are the defaults, every commit durable, but for what a run needs.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

SETTINGS = {"listen_addresses": "''", "max_connections": "100", "shared_buffers": "256MB", "max_wal_size": "2GB"}


class PostgresMissing(RuntimeError):
    """PostgreSQL is optional: who asks for it is told how to install it."""


def programs() -> Path:
    """The folder of initdb and pg_ctl. Debian keeps them off the PATH; the newest version counts."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    found = newest[-1] if newest else shutil.which("initdb")
    if not found:
        raise PostgresMissing("PostgreSQL is not installed: apt-get install postgresql")
    return Path(found).resolve().parent


class Cluster:
    """A context manager. `dsn(name)` is where a database of it is reached, over a Unix socket."""

    def __init__(self) -> None:
        self._programs = programs()
        self._as_user = _other_than_root()
        # A socket's path may have 107 characters, so the folder is one of the system's, not one inside a test's.
        self.folder = Path(tempfile.mkdtemp(prefix="batua-pg-", dir="/tmp"))

    def __enter__(self) -> Cluster:
        if self._as_user:
            shutil.chown(self.folder, *self._as_user)
        try:
            self._run("initdb", "--pgdata", self._data, "--username=peers", "--auth=trust", "--encoding=UTF8")
            with (self._data / "postgresql.conf").open("a") as conf:
                conf.writelines(f"{name} = {value}\n" for name, value in SETTINGS.items())
                conf.write(f"unix_socket_directories = '{self.folder}'\n")
            self._run("pg_ctl", "--pgdata", self._data, "--wait", "--log", self.folder / "log", "start")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._run("pg_ctl", "--pgdata", self._data, "--wait", "--mode=fast", "stop")
        finally:
            self._remove()

    def create(self, name: str) -> str:
        """Makes a database and returns its address."""
        self._run("psql", "--quiet", "--dbname", self.dsn("postgres"), "--command", f'CREATE DATABASE "{name}"')
        return self.dsn(name)

    def dsn(self, name: str) -> str:
        return f"postgresql://peers@/{name}?host={self.folder}"

    @property
    def pid(self) -> int:
        """The server's process; those of its connections are its children."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        user = {"user": self._as_user[0], "group": self._as_user[1], "extra_groups": ()} if self._as_user else {}
        # pg_ctl hands its output on to the server, so it must not be a pipe that somebody waits on.
        with (self.folder / "commands").open("ab") as output:
            ended = subprocess.run(command, cwd=self.folder, stdout=output, stderr=output, check=False, **user)  # type: ignore[call-overload]
        if ended.returncode:
            said = (self.folder / "commands").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{program} ended with {ended.returncode}:\n{said}")

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _other_than_root() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid
