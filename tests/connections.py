"""Connections to a platform that stay open between the requests of a thread: making one costs as much as asking."""

from __future__ import annotations

import threading
from http.cookiejar import DefaultCookiePolicy

import requests

_of_thread = threading.local()


def connections() -> requests.Session:
    """This thread's. They keep no cookies, so that requests know nothing of one another."""
    session: requests.Session | None = getattr(_of_thread, "session", None)
    if session is None:
        session = _of_thread.session = requests.Session()
        session.trust_env = False  # no look for proxies and passwords of this machine
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
