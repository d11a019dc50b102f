"""The whole platform on one machine: templates, embedded AWS, seed data, gateway, workers. Tests use it too."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from local import templates
from local.model import REGION, Platform
from local.runner import Runner
from local.server import Server

LOG = logging.getLogger("local.host")
ROOT = Path(__file__).resolve().parents[1]
CREDENTIALS = Path(".local") / "credentials.json"

# Keys that no AWS account knows, and no look at the machine's own configuration or at the network for others.
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_DISABLED": "true",  # nobody collects them here
    "SAM_CLI_TELEMETRY": "0",
}

# Mail stays on this machine: `/local/outbox` shows it.
PARAMETERS = {
    "MailFrom": "wallet@local.example",
    "MailFromIdentity": "create",
    "InboundMailDomain": "reply.local.example",
}

# What CloudFormation replaces when it deploys: a secret's value, or one key of it where it is JSON.
_SECRET_REFERENCE = re.compile(
    r"\{\{resolve:secretsmanager:(?P<id>arn(?::[^:}]+){6}|[^:}]+)(?::SecretString)?(?::(?P<key>[^:}]+))?:*\}\}"
)

StartAws = Callable[..., Any]
Plant = Callable[[Platform, str, Path], Any]


def processors_to_use() -> int:
    """How many workers this machine has processors for: with a single one they would only take turns."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors if processors > 1 else 0


class NotStartedError(Exception):
    """The platform can't start on this machine; the message says what is missing."""


def start_aws(platform: Platform, invoke: Callable[[str, Any], Any], **options: Any) -> Any:
    """The embedded AWS of this repository, imported when it is wanted: it is the larger part of the start."""
    from local import aws

    try:
        return aws.start(platform, invoke, **options)
    except (aws.DynoxideMissing, aws.DatabaseInUse, aws.DatabaseUnreadable) as error:
        raise NotStartedError(str(error)) from error


def plant_seed(platform: Platform, base_url: str, credentials: Path) -> None:
    """The tenants, users and keys that the file of credentials then lists."""
    from local.seeds.plant import plant

    plant(platform, base_url, credentials)


def plant_operator(email: str, platform: Platform, base_url: str, credentials: Path) -> None:
    """The operator and its first administrator alone, with a link that sets the password."""
    from local.seeds.operator import plant

    plant(platform, email, credentials)


def _list_customers() -> None:
    """Customers of a store that is older than the lists of customers are found by name and number too."""
    from batua.customers.relisting import list_all_once
    from batua.store.store import store

    try:
        list_all_once(store())
    except Exception:
        LOG.exception("customers could not be listed; the next start tries again")


class LocalPlatform:
    """A context manager: `with LocalPlatform() as platform: requests.get(platform.url + "/api/v1/...")`.

    `port` 0 takes a free one. Without `serve` nothing listens and functions are called through `runner` alone.
    `aws` and `seed` may be None: a platform of functions that need neither. One platform at a time in a process: the
    functions read one environment. `credentials` is the file that the seed writes, else the repository's
    `.local/credentials.json`: give another where a platform of that repository may be running. `public_url` is where a
    proxy in front is reached: links lead there. `workers` is how many processes run the functions of requests; they
    start beside the first requests, and with 0 this process runs them.
    """

    def __init__(
        self,
        root: Path = ROOT,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        store: str = "memory",
        data_file: Path | None = None,
        serve: bool = True,
        aws: StartAws | None = start_aws,
        seed: Plant | None = plant_seed,
        core: Path | None = None,
        pages: Sequence[Callable[[Any], Any]] = (),
        credentials: Path | None = None,
        public_url: str | None = None,
        workers: int = 0,
    ) -> None:
        self.root, self._host, self._port, self._serve = root, host, port, serve
        self._store, self._data_file, self._aws, self._seed, self._core = store, data_file, aws, seed, core
        self._pages = tuple(pages)
        self.credentials = credentials or root / CREDENTIALS
        self._public_url = public_url
        self._number_of_workers = workers if serve and aws and store != "dynoxide" else 0
        self._open = ExitStack()
        self.url = f"http://{host}:{port}"
        self.platform: Platform
        self.runner: Runner
        self.embedded_aws: Any = None
        self.workers: Any = None

    def start(self) -> LocalPlatform:
        """Raises `OSError` when the port is taken, `TemplateError` when a template can't be read."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stops listening, ends the embedded AWS, puts the environment back."""
        self._open.close()

    def __enter__(self) -> LocalPlatform:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        server = self._bind() if self._serve else None
        self.platform = templates.load(self.root, PARAMETERS)
        declared = templates.environment(self.platform)
        level = os.environ.get("LOG_LEVEL") or declared.get("LOG_LEVEL", "INFO")
        ours = {"PUBLIC_URL": self.url, "FILES_ENDPOINT": f"{self.url}/local/s3", "LOG_LEVEL": level}
        if secret := os.environ.get("ORIGIN_SECRET"):
            ours["ORIGIN_SECRET"] = secret  # by which a proxy in front proves that it says who the caller is
        ours["IRP_URL"] = ours["IRP_SANDBOX_URL"] = f"{self.url}/local/irp"  # so does one for the tax portal
        ours["RAZORPAY_URL"] = f"{self.url}/local/razorpay"  # a page of ours stands for the payment provider
        ours["RAZORPAY_SCRIPT"] = f"{self.url}/local/razorpay/v1/checkout.js"
        ours["WEBHOOKS_TO_LOCAL"] = "1"  # receivers of events may run on this machine too
        # One process serves streams and queues here: what went from one to the other would only be more to do.
        ours["STREAMS_BEHIND_SECONDS"] = "86400"
        LOG.info("%d functions of %s", len(self.platform.functions), self.root)
        self._export({**declared, **_CREDENTIALS, **ours})
        self.runner = Runner(self.platform, self._core)
        self._open.callback(self.runner.close)
        if self._aws:
            options: dict[str, Any] = {"store": self._store, "data_file": self._data_file}
            if self._number_of_workers:
                options["shared"] = True
            self.embedded_aws = self._aws(self.platform, self.runner.call, **options)
            self._open.callback(self.embedded_aws.close)
            self._open.callback(self._write_usage)
            self._reveal_secrets()
        if self._seed:
            LOG.info("making what is missing of the sample data")
            self._seed(self.platform, self.url, self.credentials)
        if self.embedded_aws and self._store == "file":
            self.embedded_aws.resume()
            threading.Thread(target=_list_customers, name="customers", daemon=True).start()
        if server:
            self._answer(server)

    def _bind(self) -> Server:
        # First of all: a taken port is found before anything is started, and the address is known to the seed.
        server = Server(self._host, self._port)
        self._open.callback(server.server_close)
        self.url = self._public_url or f"http://{self._host}:{server.port}"
        return server

    def _answer(self, server: Server) -> None:
        from local.gateway import Gateway
        from local.guide import Guide
        from local.inbox import Inbox
        from local.irp import InvoicePortalPage
        from local.outbox import Outbox
        from local.payments import Payments
        from local.portal import Portal
        from local.routes import RouteTable

        outbox = Outbox(
            {
                "Portal": "/",
                "Guide": "/guide/",
                "API documentation": "/api/v1/docs",
                "Outbox: mail and text messages": "/local/outbox",
            }
        )
        self.irp = InvoicePortalPage()
        guide = Guide(self.root / ".local/site", self.root / "docs")
        pages = [outbox.page, Payments(self.url).page, self.irp.page, guide.page, *self._pages]
        if self.embedded_aws:
            pages.append(self._files().page)
            if bucket := os.environ.get("FILES_BUCKET"):
                pages.append(Inbox(lambda service: self.embedded_aws.client(service), bucket).page)
        if (portal := self.root / "portal").is_dir():
            pages.append(Portal(portal).page)
        server.application = Gateway(RouteTable(self.platform), self._invoke(), server.port, pages)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="gateway", daemon=True)
        thread.start()
        self._open.callback(thread.join)
        self._open.callback(server.shutdown)

    def _invoke(self) -> Callable[[str, Any], Any]:
        """What runs the functions of requests."""
        from local.gateway import AT_ONCE, PATIENCE, Turns

        here = Turns(AT_ONCE, PATIENCE).taking(self.runner.invoke)
        if not self._number_of_workers:
            return here
        from local.workers import Workers
        from local.workers.messages import Start

        aws = self.embedded_aws
        start = Start(self.platform, self._core, aws.database.path, aws.sequence.offset, sys.stderr.isatty())
        workers = self.workers = Workers(self._number_of_workers, start, aws, here, aws.database.claim)
        self._open.callback(workers.close)
        return workers.invoke

    def _files(self) -> Any:
        from botocore.credentials import ReadOnlyCredentials

        from local.files import Files

        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        credentials = ReadOnlyCredentials(*(_CREDENTIALS[name] for name in names))
        return Files(
            lambda service: self.embedded_aws.client(service),
            credentials,
            lambda *link: bool(self.embedded_aws.authorizer.allows_link(*link)),
        )

    def _reveal_secrets(self) -> None:
        """Puts secrets in for the dynamic references that variables hold; they exist once the embedded AWS does."""
        for name in templates.environment(self.platform):
            if _SECRET_REFERENCE.search(os.environ[name]):
                client = self.embedded_aws.client("secretsmanager")
                os.environ[name] = _SECRET_REFERENCE.sub(partial(_secret, client), os.environ[name])

    def _write_usage(self) -> None:
        """For `tests.unused_grants`, where the folder is named."""
        folder, authorizer = os.environ.get("GRANTS_USED"), getattr(self.embedded_aws, "authorizer", None)
        if folder and authorizer:
            authorizer.write_usage(Path(folder) / f"{os.getpid()}-{id(self)}.json")

    def _export(self, variables: dict[str, str]) -> None:
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        self._open.callback(_restore, before)


def _secret(client: Any, reference: re.Match[str]) -> str:
    value = str(client.get_secret_value(SecretId=reference["id"])["SecretString"])
    return str(json.loads(value)[reference["key"]]) if reference["key"] else value


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
