"""`make bootstrap`: the operator, the first super admin and the bank account of a deployed stack.

    make bootstrap STACK=batua-dev EMAIL=you@example.com
    make bootstrap STACK=batua-prod EMAIL=you@example.com ARGS="--name 'Asha Rao' --operator 'Example Retail' \\
        --bank 'HDFC Bank' --account-name 'Example Retail Pvt Ltd' --account-number 50200012345678 --ifsc HDFC0001234"

    make bootstrap STACK=batua-prod EMAIL=asha@example.com ARGS=--reset-mfa

The last turns the two-step sign-in of anybody off who has lost it, and does nothing else.

Tables, secrets and address come from the stack's outputs; the region from --region, from the answers of `make deploy`,
or from AWS_REGION. Run again it changes nothing that exists; it prints a new link as long as no password has been set.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.host import ROOT

OUTPUTS = {
    "LEDGER_TABLE": "LedgerTableName",
    "DIRECTORY_TABLE": "DirectoryTableName",
    "VERIFIER_SECRET": "VerifierSecretArn",
    "SIGNING_SECRET": "SigningSecretArn",
    "PUBLIC_URL": "Url",
}
"""Variable of a function -> output of the root stack."""

_ACCOUNT = ("bank", "account_name", "account_number", "ifsc")


class BootstrapError(Exception):
    """The stack can't be begun; the message is for the person at the terminal."""


def main(arguments: list[str] | None = None) -> int:
    """0 when everything is there, 1 where the stack or AWS refused, 2 where the arguments can't be used."""
    asked = _parser().parse_args(arguments)
    given = [name for name in _ACCOUNT if getattr(asked, name)]
    if given and len(given) < len(_ACCOUNT):
        missing = ", ".join(f"--{name.replace('_', '-')}" for name in _ACCOUNT if name not in given)
        print(f"A bank account needs {missing} too.", file=sys.stderr)
        return 2
    try:
        region = region_of(asked.stack, asked.region)
        lines = _begin(asked, stack_variables(asked.stack, region))
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bootstrap", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stack", required=True, help="name of the root stack, such as batua-dev")
    parser.add_argument("--email", required=True, help="address of the first super admin")
    parser.add_argument("--name", default="Administrator", help="their name")
    parser.add_argument("--operator", default="Operator", help="name of the company that runs the deployment")
    parser.add_argument("--region", help="AWS region of the stack")
    parser.add_argument("--bank", help="bank of the account that tenants send prefund money to")
    parser.add_argument("--account-name", help="holder of that account")
    parser.add_argument("--account-number")
    parser.add_argument("--ifsc", help="such as HDFC0001234")
    parser.add_argument("--branch")
    parser.add_argument("--reset-mfa", action="store_true", help="turn this person's two-step sign-in off, and no more")
    return parser


def region_of(stack: str, given: str | None) -> str:
    """The stack's region: as given, else as `make deploy` was told, else of the environment. Raises BootstrapError."""
    return given or _kept_region(stack) or _environment_region()


def _kept_region(stack: str) -> str | None:
    """The region that `make deploy` was told for this stack, if it ran on this machine."""
    for file in sorted((ROOT / ".local").glob("deploy-*.json")):
        environment = file.stem.removeprefix("deploy-")
        if stack == f"batua-{'dev' if environment == 'default' else environment}":
            return str(json.loads(file.read_text()).get("region") or "") or None
    return None


def _environment_region() -> str:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise BootstrapError("No region: give --region, or set AWS_REGION.")
    return region


def stack_outputs(stack: str, region: str) -> dict[str, str]:
    """Outputs of a root stack by their names, and its parameter `Stage`. Raises BootstrapError."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("cloudformation", region_name=region)
        [described] = client.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise BootstrapError(f"Stack {stack} in {region} can't be read: {message}. Run `make deploy` first.") from error
    except BotoCoreError as error:
        raise BootstrapError(
            f"AWS can't be reached: {error}. Check credentials (`aws sts get-caller-identity`)."
        ) from error
    if not described["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in described["StackStatus"].split("_")[0]:
        raise BootstrapError(f"Stack {stack} is {described['StackStatus']}: wait, or deploy again.")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    stage = [each["ParameterValue"] for each in described.get("Parameters", []) if each["ParameterKey"] == "Stage"]
    return {**outputs, **({"Stage": stage[0]} if stage else {})}


def stack_variables(stack: str, region: str) -> dict[str, str]:
    """What a function of the stack finds in its environment. Raises BootstrapError."""
    outputs = stack_outputs(stack, region)
    missing = sorted(name for name in OUTPUTS.values() if name not in outputs)
    if missing:
        raise BootstrapError(f"Stack {stack} has no output {', '.join(missing)}: is it the root stack of Batua?")
    variables = {variable: outputs[name] for variable, name in OUTPUTS.items()}
    return {**variables, "STAGE": outputs.get("Stage", "dev"), "AWS_REGION": region, "AWS_DEFAULT_REGION": region}


@contextmanager
def pointed_at(variables: Mapping[str, str]) -> Iterator[None]:
    """Lets the library work as a function with these variables."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    forget()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        forget()


def _begin(asked: argparse.Namespace, variables: Mapping[str, str]) -> list[str]:
    with pointed_at(variables):
        return _write_platform(asked, variables["PUBLIC_URL"])


def _write_platform(asked: argparse.Namespace, url: str) -> list[str]:
    from botocore.exceptions import BotoCoreError, ClientError

    from batua import clock, errors
    from batua.store.store import store
    from batua.tenants.bootstrap import bootstrap_deployment

    now = clock.system()
    if asked.reset_mfa:
        return _reset_mfa(asked.email, now)
    try:
        begun = bootstrap_deployment(store(), email=asked.email, name=asked.name, operator_name=asked.operator, now=now)
        account = _account(asked, begun.operator.id, begun.admin.id, now) if asked.bank else _any_account()
    except errors.Problem as problem:
        wrong = [f"{field}: {', '.join(said)}" for field, said in problem.fields.items()]
        raise BootstrapError(" ".join([problem.message, *wrong])) from problem
    except ValueError as error:
        raise BootstrapError(f"The bank account can't be used: {error}.") from error
    except (BotoCoreError, ClientError) as error:
        raise BootstrapError(f"AWS refused: {error}") from error
    lines = [
        f"operator         {begun.operator.id}  {begun.operator.name}",
        f"super admin      {begun.admin.id}  {begun.admin.email}",
        f"bank account     {account or 'none yet: give --bank, --account-name, --account-number and --ifsc'}",
        "",
        "Next:",
    ]
    if begun.link:
        lines.append(f"  1. Set your password within a day: {begun.link}")
    else:
        lines.append(f"  1. Your password is set: sign in at {url}")
    return [
        *lines,
        "  2. Turn on the second factor: decisions on money ask for it.",
        f"  3. Create a coin program (POST {url}/api/v1/rewards/programs): merchants issue coins of a program.",
        f"  4. Create tenants (POST {url}/api/v1/tenant/tree) and invite their administrators.",
        f"  5. Check the deployment from outside: make doctor URL={url}",
    ]


def _reset_mfa(email: str, now: int) -> list[str]:
    from botocore.exceptions import BotoCoreError, ClientError

    from batua import errors
    from batua.auth.mfa_reset import reset_mfa
    from batua.store.store import store

    try:
        user = reset_mfa(store(), email, now)
    except errors.Problem as problem:
        raise BootstrapError(problem.message) from problem
    except (BotoCoreError, ClientError) as error:
        raise BootstrapError(f"AWS refused: {error}") from error
    return [
        f"Two-step sign-in of {user.email} ({user.tenant}) is off, and all sessions have ended. The audit trail has it."
    ]


def _account(asked: argparse.Namespace, operator: str, admin: str, now: int) -> str:
    """The account, added where it is missing. Its id follows from its number, so that there is one of it."""
    from batua import ids
    from batua.prefund.models import ReceiverAccount
    from batua.prefund.receivers import add_receiver_account
    from batua.store.store import ConditionFailed, store

    account = ReceiverAccount(
        id=ids.derived_id("rcv", asked.ifsc, asked.account_number),
        bank=asked.bank,
        name=asked.account_name,
        number=asked.account_number,
        ifsc=asked.ifsc,
        branch=asked.branch,
        active=True,
    )
    try:
        add_receiver_account(store(), account, operator=operator, by=admin, now=now)
    except ConditionFailed:
        return f"{account.id}  {account.bank} {account.number} (was there)"
    return f"{account.id}  {account.bank} {account.number}"


def _any_account() -> str | None:
    from batua.prefund.receivers import receiver_account_from
    from batua.store import prefund_keys
    from batua.store.store import store

    found: Any = store().query_all("directory", prefund_keys.receiver_accounts_partition(), consistent=True)
    active = [receiver_account_from(record) for record in found if record["active"]]
    return f"{active[0].id}  {active[0].bank} {active[0].number}" if active else None


def forget() -> None:
    """What the library keeps of an environment: settings, clients, secrets."""
    from batua import aws, settings
    from batua.identity import secrets
    from batua.store import store

    settings.reset_settings()
    aws.reset_clients()
    secrets.reset_secrets()
    store.reset_store()


if __name__ == "__main__":
    sys.exit(main())
