"""Replacing parts of moto, and putting them back.

moto is pinned: each replacement was written against the source of one version, so another version is refused
rather than patched half.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

MOTO = "5.2.5"
INHERITED = object()


class UnsupportedMoto(RuntimeError):
    """The installed moto is not the one that the adapter was written for."""


def require_pinned_moto() -> None:
    installed = version("moto")
    if installed != MOTO:
        raise UnsupportedMoto(f"local/aws closes the traps of moto {MOTO}, but moto {installed} is installed")


class Patches:
    """Attributes replaced on classes and modules; `undo` puts the originals back in reverse order."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Fails if `owner` itself has no such attribute: then moto is not what it was when the patch was written."""
        self._originals.append((owner, name, owner.__dict__[name]))
        setattr(owner, name, value)

    def add(self, owner: Any, name: str, value: Any) -> None:
        """Override on a class what it inherits."""
        self._originals.append((owner, name, INHERITED))
        setattr(owner, name, value)

    def undo(self) -> None:
        while self._originals:
            owner, name, original = self._originals.pop()
            if original is INHERITED:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
