"""Webhook receivers that are not dialled."""

from __future__ import annotations

import socket

import pytest

# What a name stands for. No line is opened in these tests: a connection to what is refused fails them.


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses to which a connection was tried; none is made."""
    tried: list[str] = []

    def connect(_: socket.socket, place: tuple[str, int]) -> None:
        tried.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried
