"""A person's authenticator application, and turning two-step sign-in on."""

from __future__ import annotations

import time

import pyotp

from tests.api.auth_fixtures import Person


class Authenticator:
    """What an app does with the address from the QR code. Each code that is asked for is a later one."""

    def __init__(self, uri: str) -> None:
        totp = pyotp.parse_uri(uri)
        assert isinstance(totp, pyotp.TOTP)
        self.totp = totp
        self._last = 0

    def code(self) -> str:
        """A code that was not shown before, at most one step ahead."""
        step = max(int(time.time()) // 30 - 1, self._last + 1)
        self._last = step
        return self.totp.generate_otp(step)


def turn_on(person: Person) -> tuple[str, Authenticator, list[str]]:
    token = person.token()
    setup = person.device("StartMfaSetup", token=token, proven=True).data
    app = Authenticator(setup["otpauth_uri"])
    done = person.device("FinishMfaSetup", {"code": app.code()}, token=token, proven=True)
    assert done.status == 200, done.body
    return token, app, done.data["recovery_codes"]
