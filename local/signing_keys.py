"""`make signing-keys`: shows the keys that sign tokens and API keys, rotates them, and revokes one that got out.

    make signing-keys STACK=batua-prod                       which there are, and what is next
    make signing-keys STACK=batua-prod ARGS=--rotate         begins a rotation now; ten minutes later again, to end it
    make signing-keys STACK=batua-prod ARGS="--revoke sig_…" ends everything that a key has signed

Rotations need nobody: a schedule takes the step that is due each day. This is for a key that got out: rotate, wait
until the new key signs, then revoke the old one. Everybody signs in again, and API keys that it signed have to be made
anew.
"""

from __future__ import annotations

import argparse
import sys

from local import bootstrap


def main(arguments: list[str] | None = None) -> int:
    """0 where it was done, 1 where the stack or AWS refused."""
    from botocore.exceptions import BotoCoreError, ClientError

    asked = _parser().parse_args(arguments)
    try:
        region = bootstrap.region_of(asked.stack, asked.region)
        variables = bootstrap.stack_variables(asked.stack, region)
        with bootstrap.pointed_at(variables):
            print("\n".join(_keys(asked)))
    except bootstrap.BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    except (ClientError, BotoCoreError) as error:
        print(f"AWS refused: {error}", file=sys.stderr)
        return 1
    return 0


def _keys(asked: argparse.Namespace) -> list[str]:
    from batua import clock
    from batua.identity import keyring

    said = []
    if asked.rotate:
        steps = keyring.rotate_keyring(clock.system(), at_once=True)
        said = [f"done: {step}" for step in steps] or [
            "Nothing is due yet: a new key signs ten minutes after it was published."
        ]
    elif asked.revoke:
        known = {key["kid"]: key["state"] for key in keyring.key_states()}
        if asked.revoke not in known:
            raise bootstrap.BootstrapError(f"There is no key {asked.revoke}; there are {', '.join(known)}.")
        if known[asked.revoke] != "retired":
            raise bootstrap.BootstrapError(
                f"{asked.revoke} is {known[asked.revoke]}: rotate first, until another one signs."
            )
        keyring.revoke_signing_key(asked.revoke)
        said = [f"revoked: {asked.revoke}. Functions follow within five minutes."]
    return [*said, *(f"{key['kid']}  {key['state']}" for key in keyring.key_states())]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make signing-keys", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stack", required=True, help="name of the root stack, such as batua-prod")
    parser.add_argument("--region", help="AWS region of the stack")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--rotate", action="store_true", help="take the next step of a rotation now")
    what.add_argument("--revoke", metavar="sig_…", help="end everything that a retired key has signed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
