"""What each function imports while it starts, in counts that no slow machine can change.

A module that is heavy and needed by few stands in `HEAVY`; a function that needs one all the same is named beside it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

import pytest

from .conftest import ROOT, Layers

HEAVY: dict[str, Collection[str]] = {
    "boto3": (),
    "s3transfer": (),
    "botocore.docs.service": (),
    "cryptography.x509": (),
    "pydantic.v1": (),
    "pydantic.networks": (),
    "pydantic.deprecated": (),
    "aws_xray_sdk": (),
    "importlib.metadata": (),
    "html.parser": (),
    "html.entities": ("auth/deliver_message",),
    "asyncio": (),
    "multiprocessing": (),
    "unittest": (),
    "phonenumbers": (),
    "segno": (),
    "argon2": (),
    "pyotp": (),
    "pydyf": (),
    "defusedxml": (),
}
SIGNED = {"key", "user", "tenant", "customer"}
"""Kinds of callers whose requests bear a token of ours."""

MOST_MODULES = 556
"""What is loaded before a request comes: admission, limits and the audit trail of every route included."""

MOST_MODELS = 60
"""Each is a class that pydantic looks through while it starts: half a millisecond."""

# Forks after what all of them import: a fifth of a second for each function would add up.
PROGRAM = """
import gc, importlib, importlib.util, json, os, sys
sys.modules["OpenSSL"] = None  # a function's layers have none; botocore would import cryptography with it
importlib.import_module(sys.argv[1])
from batua.store.store import store
store()
gc.freeze()
gc.disable()  # a third of the time of making models; before they are counted, what is left of making them goes
def started(file):
    spec = importlib.util.spec_from_file_location("handler", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    gc.collect()
    declaration = getattr(module.handler, "declaration", None)
    classes = [sys.modules["pydantic"].BaseModel] if "pydantic" in sys.modules else []
    for each in classes:
        classes += each.__subclasses__()
    return sorted(sys.modules), len(classes), declaration and declaration.caller.kind
for file in sys.argv[2:]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(writing, "w") as told:
            json.dump(started(file), told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        print(told.read(), flush=True)
    os.waitpid(child, 0)
"""


@dataclass(frozen=True)
class Started:
    """The modules of a function that could serve, how many models there are, and who may call it by HTTP."""

    modules: set[str]
    models: int
    caller: str | None


@pytest.fixture(scope="module")
def functions(layers: Layers) -> dict[str, Started]:
    files = sorted(ROOT.glob("functions/*/*.py"))
    endpoints = [file for file in files if "batua.api.endpoint" in file.read_text()]
    others = [file for file in files if file not in endpoints]
    found: dict[str, Started] = {}
    for before, these in (("batua.api.endpoint", endpoints), ("batua.store.store", others)):
        output = layers.run(PROGRAM, before, *map(str, these)).splitlines()
        for file, (modules, models, caller) in zip(these, map(json.loads, output), strict=True):
            found[f"{file.parent.name}/{file.stem}"] = Started(set(modules), models, caller)
    return found


def test_no_function_imports_what_is_heavy_unless_it_says_so(functions: dict[str, Started]) -> None:
    importing = {
        heavy: {name for name, started in functions.items() if heavy in started.modules} - set(needing)
        for heavy, needing in HEAVY.items()
    }
    assert not {heavy: names for heavy, names in importing.items() if names}


def test_whoever_serves_signed_callers_imports_signatures_at_its_start_and_nobody_else(
    functions: dict[str, Started],
) -> None:
    importing = {name for name, started in functions.items() if "jwt" in started.modules}
    assert importing == {name for name, started in functions.items() if started.caller in SIGNED}


def test_no_function_imports_more_than_the_budget_allows(functions: dict[str, Started]) -> None:
    over = {
        name: (len(started.modules), started.models)
        for name, started in functions.items()
        if len(started.modules) > MOST_MODULES or started.models > MOST_MODELS
    }
    assert not over
