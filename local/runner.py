"""Calls functions in this process, as Lambda would: JSON in, JSON out, a context, errors that don't reach the caller.

Code is picked up as it changes: a handler's file is looked at on every call, the core library at most twice a second.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import sys
import threading
import time
import traceback
import types
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from local.json_text import read_json
from local.model import PAYLOAD_LIMIT, FreshEvent, Function, Platform

LOG = logging.getLogger("local.runner")
_LOOK_EVERY = 0.5  # seconds between two looks at the core library
_LONGEST_WAIT = 5.0  # seconds that new code waits for what runs with the old

RUNNING: ContextVar[str | None] = ContextVar("RUNNING", default=None)
"""The logical id of the function that runs: what it calls is judged by its role."""

DENIED = "access denied, as AWS would"
"""How the log begins to tell that a role lacks a right."""

Handler = Callable[[Any, "Context"], Any]


class UnknownFunctionError(LookupError):
    """No template declares a function of this logical id."""


class FunctionError(Exception):
    """A function failed. `kind` is what Lambda calls errorType: the exception's class, or `Runtime.…`, `Function.…`."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.trace = kind, message, trace or []

    def payload(self) -> dict[str, Any]:
        """What Lambda answers its caller with."""
        return {"errorMessage": self.message, "errorType": self.kind, "stackTrace": self.trace}


class FunctionTimeoutError(FunctionError):
    """A function took longer than its template allows. Threads can't be stopped, so it is told when it has returned."""

    def __init__(self, function: Function, seconds: float) -> None:
        super().__init__("Sandbox.Timedout", f"Task timed out after {function.timeout:.2f} seconds")
        self.seconds = seconds


class Context:
    """The context object of Lambda's Python runtime."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, function: Function) -> None:
        self.function_name = function.logical_id
        self.invoked_function_arn = function.arn
        self.memory_limit_in_mb = str(function.memory)
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{function.logical_id}"
        self.log_stream_name = "local"
        self._ends = time.monotonic() + function.timeout

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends - time.monotonic()) * 1000))


class LoadedCode:
    """Who runs the code that is loaded. It is replaced while nobody does: functions import as they run, and one that
    found half of a new library beside its own old half would fail."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.users = 0
        self.awaited = False
        """Whether a change waits for the users to end."""

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self.awaited)
            self.users += 1
        try:
            yield
        finally:
            with self._changed:
                self.users -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def replaced(self) -> Iterator[None]:
        """Waits for those who run it, but not for ever: one may wait for another function, which waits here."""
        with self._changed:
            self.awaited = True
            self._changed.wait_for(lambda: not self.users, _LONGEST_WAIT)
        try:
            yield
        finally:
            with self._changed:
                self.awaited = False
                self._changed.notify_all()


class Runner:
    """Runs the functions of a platform. `core` is the package whose change makes every handler load anew."""

    def __init__(self, platform: Platform, core: Path | None = None) -> None:
        self._functions = platform.functions
        self._core = core or platform.root / "layers" / "core" / "batua"
        self._loaded: dict[str, tuple[int, Handler]] = {}
        self._loading = threading.RLock()
        self.code = LoadedCode()
        self._seen = _mtimes(self._core)
        self._looked = time.monotonic()
        self._path = str(self._core.parent)
        self._added = self._path not in sys.path
        if self._added:
            sys.path.insert(0, self._path)

    def invoke(self, logical_id: str, event: Any) -> Any:
        """The function's result, as JSON gives it back.

        Raises `UnknownFunctionError`, or `FunctionError` when the handler can't be loaded, raises, takes too long or
        returns what is not JSON; the traceback is on stderr then.
        """
        fresh = isinstance(event, FreshEvent)
        return read_json(self._run(logical_id, lambda: dict(event) if fresh else read_json(_to_json(event))))

    def load(self, kind: str) -> None:
        """The functions that this kind of event calls, so that their first calls don't wait for their code. One that
        can't be loaded fails when it is called."""
        for function in self._functions.values():
            if any(event.type == kind for event in function.events):
                with contextlib.suppress(Exception):
                    self._handler(function)

    def invoke_text(self, logical_id: str, event: str) -> str:
        """As `invoke`, with JSON as it comes and goes."""
        return self._run(logical_id, lambda: read_json(event))

    def _run(self, logical_id: str, event: Callable[[], Any]) -> str:
        function = self._functions.get(logical_id)
        if function is None:
            raise UnknownFunctionError(logical_id)
        context = Context(function)
        within = RUNNING.get() is not None
        if not within:
            self._look_at_core()
        try:
            with contextlib.nullcontext() if within else self.code.in_use():
                started = time.monotonic()
                handler = self._handler(function)
                running = RUNNING.set(logical_id)
                try:
                    result = handler(event(), context)
                finally:
                    RUNNING.reset(running)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise _failure(function, error) from error
        seconds = time.monotonic() - started
        if seconds > function.timeout:
            LOG.error("%s took %.2f s, its timeout is %d s", logical_id, seconds, function.timeout)
            raise FunctionTimeoutError(function, seconds)
        try:
            return _to_json(result)
        except (TypeError, ValueError) as error:
            LOG.error("%s returned what is not JSON: %s", logical_id, error)
            raise FunctionError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error

    def call(self, logical_id: str, event: Any) -> Any:
        """As `invoke`, but raises what the handler raised: workflows match errors by the class's name."""
        try:
            return self.invoke(logical_id, event)
        except FunctionError as error:
            cause = error.__cause__
            raise cause if isinstance(cause, Exception) and type(cause).__name__ == error.kind else error from None

    def close(self) -> None:
        if self._added and self._path in sys.path:
            sys.path.remove(self._path)

    def _handler(self, function: Function) -> Handler:
        changed = function.file.stat().st_mtime_ns
        loaded = self._loaded.get(function.logical_id)
        if loaded and loaded[0] == changed:
            return loaded[1]
        with self._loading:
            loaded = self._loaded.get(function.logical_id)
            if not loaded or loaded[0] != changed:
                loaded = self._loaded[function.logical_id] = changed, _load(function)
            return loaded[1]

    def _look_at_core(self) -> None:
        if time.monotonic() - self._looked < _LOOK_EVERY:
            return
        with self._loading:
            if time.monotonic() - self._looked < _LOOK_EVERY:
                return
            seen = _mtimes(self._core)
            self._looked = time.monotonic()
            if seen != self._seen:
                changed = [path for path, at in seen.items() if at != self._seen.get(path)]
                self._seen = seen
                with self.code.replaced():
                    self._forget(changed)

    def _forget(self, changed: list[str]) -> None:
        LOG.info("%s changed; every function loads anew", self._core.name)
        package = self._core.name
        for name in [name for name in sys.modules if name == package or name.startswith((f"{package}.", "functions."))]:
            del sys.modules[name]
        self._loaded.clear()
        importlib.invalidate_caches()
        # Bytecode is matched by second and size: a quick edit of the same length would not be seen.
        for path in changed:
            Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
        sys.dont_write_bytecode = True


def _load(function: Function) -> Handler:
    """The handler of a freshly executed module. Compiled from source, because bytecode may lag behind a quick edit."""
    name = f"functions.{function.domain}.{function.module}"
    module = types.ModuleType(name)
    module.__file__ = str(function.file)
    code = compile(function.file.read_bytes(), str(function.file), "exec")
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)  # noqa: S102 - running the project's own functions is what this module is for
    except BaseException:
        sys.modules.pop(name, None)
        raise
    handler: Handler = getattr(module, function.attribute)
    return handler


def _failure(function: Function, error: BaseException) -> FunctionError:
    LOG.error("%s failed", function.logical_id, exc_info=error)
    if isinstance(error, (SyntaxError, ImportError)):
        kind = "Runtime.UserCodeSyntaxError" if isinstance(error, SyntaxError) else "Runtime.ImportModuleError"
    elif isinstance(error, SystemExit):
        kind = "Runtime.ExitError"
    else:
        kind = type(error).__name__
    return FunctionError(kind, str(error), traceback.format_exception(error))


def _to_json(value: Any) -> str:
    text = json.dumps(value)
    if len(text) > PAYLOAD_LIMIT:
        raise ValueError(f"payload of {len(text)} bytes, at most {PAYLOAD_LIMIT} fit")
    return text


def _mtimes(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if entry.name != "__pycache__":
                            folders.append(entry.path)
                    else:
                        found[entry.path] = entry.stat().st_mtime_ns
        except FileNotFoundError:
            continue  # a file or folder that an editor replaces right now; the next look sees it
    return found
