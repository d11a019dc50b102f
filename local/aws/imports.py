"""Leaves out what the libraries of the embedded AWS import and nobody here uses: a third of the time of their import.

moto's Step Functions want one enumeration of `moto.batch`, whose package imports EC2 with all its tables. botocore asks
first for pyOpenSSL and for the AWS Common Runtime, which SAM CLI brings along. Where they are missing it does the same
with Python's own `ssl`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_MISSING = ("urllib3.contrib.pyopenssl", "awscrt")
_BATCH = "moto.batch"


def leave_out_unused() -> None:
    """To be called before any of them is imported. What is imported already stays."""
    for name in _MISSING:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # as documented: its import fails
    if _BATCH not in sys.modules:
        sys.modules[_BATCH] = _package(_BATCH)


def _package(name: str) -> ModuleType:
    """The package with its modules, which are imported when they are asked for, without running its own code."""
    parent, _, child = name.rpartition(".")
    found = find_spec(parent)
    assert found
    package = ModuleType(name)
    package.__spec__ = ModuleSpec(name, None, is_package=True)
    package.__path__ = [str(Path(each, child)) for each in found.submodule_search_locations or ()]

    def of_models(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(import_module(f"{name}.models"), attribute)

    package.__getattr__ = of_models  # type: ignore[method-assign]
    return package
