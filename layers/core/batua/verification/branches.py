"""The directory of bank branches by IFSC, offline: Razorpay's list (MIT), packed with the function that looks it up."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from .providers import Details, Outcome, canonical_details, check_locally


def check_with_directory(kind: str, details: Details, directory: Path) -> Outcome:
    """What `check_locally` says; and rejected where no branch has the IFSC."""
    outcome = check_locally(kind, details)
    if outcome.status != "verified":
        return outcome
    canonical, _, _ = canonical_details(kind, details)
    if not is_branch(canonical["ifsc"], directory):
        return Outcome("rejected", "directory", "unknown_branch")
    return replace(outcome, level="directory")


def is_branch(ifsc: str, directory: Path) -> bool:
    """Whether a branch has this IFSC, given in canonical form."""
    code = ifsc[5:]
    # In the file, codes that are digits alone are numbers.
    return (int(code) if code.isdigit() else code) in _banks(directory).get(ifsc[:4], ())


@lru_cache(maxsize=1)
def _banks(directory: Path) -> dict[str, list[int | str]]:
    content: dict[str, list[int | str]] = json.loads(gzip.decompress(directory.read_bytes()))
    return content
