"""`make restore-tables`: both tables of a stack as they were at a moment, as copies, verified; nothing at work changes.

    make restore-tables STACK=batua-prod MOMENT=2026-11-21T09:29:00Z ARGS=--rehearsal
    make restore-tables STACK=batua-prod MOMENT=2026-11-21T09:29:00Z

Point-in-time recovery makes copies under new names. They get what a restore leaves out (point-in-time recovery, the
stream, TTL, and protection from deletion), then every tenant's ledger is verified on them. A rehearsal removes the
copies at its end and prints how long each part took; else the command that points the stack at them is printed.
docs/runbooks/restore.md says what comes before and after.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local import bootstrap

_PAUSE_SECONDS = 10.0
_LONGEST_SECONDS = 12 * 3600
"""DynamoDB restores a table in 20 minutes to a few hours."""

TABLES = {"LEDGER_TABLE": "LedgerTableName", "DIRECTORY_TABLE": "DirectoryTableName"}
"""Variable of a function -> output of the root stack."""


class RestoreError(Exception):
    """Nothing can be restored so; the message is for the person at the terminal."""


@dataclass(slots=True)
class Copy:
    """A table at work, and its copy."""

    variable: str
    source: str
    target: str
    stream: str = ""


@dataclass(slots=True)
class Restoring:
    """One restore. `say` prints; `sleep` waits between two looks at a table."""

    dynamodb: Any
    moment: datetime
    copies: list[Copy]
    say: Callable[[str], None] = print
    sleep: Callable[[float], None] = time.sleep
    archive: tuple[str, ...] = ()
    """Arguments of the audit that name the archive, where entries have left the table."""
    took: dict[str, float] = field(default_factory=dict)

    def run(self, *, keep: bool) -> bool:
        """Restores, completes and verifies. Returns whether nothing was found. Copies that are not kept are removed."""
        self._require_moment()
        with self._timed("restore"):
            for copy in self.copies:
                self._restore(copy)
            for copy in self.copies:
                self._wait(copy.target)
        with self._timed("complete"):
            for copy in self.copies:
                self._complete(copy, protected=keep)
        with self._timed("verify"):
            clean = self._verify()
        if not keep:
            with self._timed("clean up"):
                for copy in self.copies:
                    self.dynamodb.delete_table(TableName=copy.target)
        return clean

    def _require_moment(self) -> None:
        for copy in self.copies:
            described = self.dynamodb.describe_continuous_backups(TableName=copy.source)
            window = described["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
            if window.get("PointInTimeRecoveryStatus") != "ENABLED":
                raise RestoreError(f"{copy.source} has no point-in-time recovery: it can't be restored.")
            earliest, latest = window.get("EarliestRestorableDateTime"), window.get("LatestRestorableDateTime")
            if earliest and latest and not earliest <= self.moment <= latest:
                raise RestoreError(
                    f"{copy.source} can be restored to a moment from {earliest:%Y-%m-%dT%H:%M:%SZ} to "
                    f"{latest:%Y-%m-%dT%H:%M:%SZ}, not to {self.moment:%Y-%m-%dT%H:%M:%SZ}."
                )

    def _restore(self, copy: Copy) -> None:
        self.say(f"Restoring {copy.source} to {copy.target} ...")
        self.dynamodb.restore_table_to_point_in_time(
            SourceTableName=copy.source,
            TargetTableName=copy.target,
            RestoreDateTime=self.moment,
            SSESpecificationOverride={"Enabled": True},
        )

    def _wait(self, table: str) -> Mapping[str, Any]:
        ends = time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < ends:
            described: Mapping[str, Any] = self.dynamodb.describe_table(TableName=table)["Table"]
            indexes = described.get("GlobalSecondaryIndexes", [])
            if {described["TableStatus"], *(each["IndexStatus"] for each in indexes)} == {"ACTIVE"}:
                return described
            self.sleep(_PAUSE_SECONDS)
        raise RestoreError(
            f"{table} is not there after {_LONGEST_SECONDS // 3600} hours. It goes on; look at it in the console."
        )

    def _complete(self, copy: Copy, *, protected: bool) -> None:
        """What a restore leaves out. The stream is empty until the copy is at work."""
        target = copy.target
        self.dynamodb.update_continuous_backups(
            TableName=target, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self.dynamodb.update_table(TableName=target, StreamSpecification=stream)
        copy.stream = str(self._wait(target)["LatestStreamArn"])
        expiry = self.dynamodb.describe_time_to_live(TableName=copy.source)["TimeToLiveDescription"]
        if expiry.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
            wanted = {"Enabled": True, "AttributeName": expiry["AttributeName"]}
            self.dynamodb.update_time_to_live(TableName=target, TimeToLiveSpecification=wanted)
        if protected:
            self.dynamodb.update_table(TableName=target, DeletionProtectionEnabled=True)
            self._wait(target)

    def _verify(self) -> bool:
        """Every tenant's ledger on the copies, in both modes. What is found is printed by the audit."""
        from batua.audit.verify import verify_main
        from batua.store.store import store
        from batua.tenants import tree

        with bootstrap.pointed_at({copy.variable: copy.target for copy in self.copies}):
            key = _platform_key()
            platform = store().read([key])[key]
            if platform is None:
                raise RestoreError("The copies hold no platform: the moment lies before `make bootstrap`.")
            tenants = [(tenant.id, tenant.name) for _, tenant in tree.subtree(store(), str(platform["operator"]))]
            found = []
            for id, name in tenants:
                arguments = ["--tenant", id, "--as-of", f"{self.moment:%Y-%m-%dT%H:%M:%SZ}", *self.archive]
                status = verify_main(arguments, out=sys.stdout)
                self.say(f"{'ok   ' if status == 0 else 'LOOK '} {name} ({id})")
                found += [id] if status else []
        if found:
            self.say(f"Something was found with {len(found)} of {len(tenants)} tenants. Choose an earlier moment.")
        return not found

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.took[part] = time.monotonic() - begun


def _platform_key() -> Any:
    from batua.store import keys

    return keys.platform_key()


def main(arguments: list[str] | None = None, *, sleep: Callable[[float], None] = time.sleep) -> int:
    """0 where the copies are clean, 1 where something was found or AWS refused, 2 where the arguments can't be used."""
    from botocore.exceptions import BotoCoreError, ClientError

    asked = _parser().parse_args(arguments)
    try:
        region = bootstrap.region_of(asked.stack, asked.region)
        outputs = bootstrap.stack_outputs(asked.stack, region)
        restoring = _restoring(asked, outputs, region, sleep)
        with bootstrap.pointed_at({"AWS_REGION": region, "AWS_DEFAULT_REGION": region}):
            clean = restoring.run(keep=not asked.rehearsal)
    except (RestoreError, bootstrap.BootstrapError) as error:
        print(error, file=sys.stderr)
        return 1
    except (ClientError, BotoCoreError) as error:
        print(f"AWS refused: {error}", file=sys.stderr)
        return 1
    print(", ".join(f"{part} {seconds:,.0f} s" for part, seconds in restoring.took.items()))
    if asked.rehearsal:
        print(
            "Rehearsed: the copies are gone. Write down the times." if clean else "Rehearsed, and something was found."
        )
    elif clean:
        print("The copies are clean. To put them in the place of the stack's tables (see the runbook first):")
        print(_deploy_command(restoring.copies))
    return 0 if clean else 1


def _restoring(
    asked: argparse.Namespace, outputs: Mapping[str, str], region: str, sleep: Callable[[float], None]
) -> Restoring:
    import boto3

    missing = sorted(name for name in TABLES.values() if name not in outputs)
    if missing:
        raise RestoreError(f"Stack {asked.stack} has no output {', '.join(missing)}: is it the root stack of Batua?")
    suffix = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    copies = [Copy(variable, outputs[name], f"{outputs[name]}-{suffix}") for variable, name in TABLES.items()]
    archive = ("--archive", outputs["ArchiveBucketName"]) if asked.archive else ()
    client = boto3.client("dynamodb", region_name=region)
    return Restoring(client, asked.moment, copies, sleep=sleep, archive=archive)


def _deploy_command(copies: list[Copy]) -> str:
    ledger, directory = copies
    return (
        'make deploy ARGS="--config-env <environment>'
        f" --ledger-table {ledger.target} --ledger-stream {ledger.stream}"
        f' --directory-table {directory.target} --directory-stream {directory.stream}"'
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be an instant such as 2026-11-21T09:29:00Z") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("must have a time zone, such as 2026-11-21T09:29:00Z")
    return moment.astimezone(UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make restore-tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stack", required=True, help="name of the root stack, such as batua-prod")
    parser.add_argument("--moment", required=True, type=_moment, help="the last minute that was right")
    parser.add_argument("--region", help="AWS region of the stack")
    parser.add_argument("--archive", action="store_true", help="entries of old months are in the archive alone")
    parser.add_argument("--rehearsal", action="store_true", help="remove the copies once they are verified")
    return parser


if __name__ == "__main__":
    sys.exit(main())
