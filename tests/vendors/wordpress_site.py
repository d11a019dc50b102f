"""A real WordPress with WooCommerce and the plugin, on this machine: MariaDB, PHP's web server, the shop's own steps.

WooCommerce is in none of the registries that the tests may use, so the folder comes from whoever runs them:

    WORDPRESS=/path/to/wordpress make test ARGS="tests/api/test_real_woocommerce.py"

The folder is WordPress with WooCommerce in wp-content/plugins. It is copied, and never written to.
"""

from __future__ import annotations

import getpass
import html
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.waiting import until

HERE = Path(__file__).resolve().parent / "wordpress"
PLUGIN = HERE.parents[2] / "integrations/woocommerce-plugin/batua-wallet"
PASSWORD = "correct horse battery staple"
_KEYS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "NONCE_SALT")


def missing() -> str | None:
    """What is not here to try a real shop with."""
    folder = os.environ.get("WORDPRESS")
    if not folder:
        return "WORDPRESS names no folder with WordPress and WooCommerce"
    if not (Path(folder) / "wp-content/plugins/woocommerce/woocommerce.php").exists():
        return f"{folder} has no wp-content/plugins/woocommerce"
    tools = [name for name in ("php", "mariadbd", "mariadb-install-db", "mariadb") if shutil.which(name) is None]
    return f"not on this machine: {', '.join(tools)}" if tools else None


@dataclass
class RealShop:
    folder: Path
    url: str
    environment: dict[str, str]
    session: requests.Session = field(default_factory=requests.Session)
    nonce: str = ""

    def step(self, name: str, /, **arguments: Any) -> Any:
        command = ["php", str(HERE / "step.php"), str(self.folder / "site"), self.url, name, json.dumps(arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return json.loads(done.stdout.strip().rpartition("\n")[2])

    def sign_in(self) -> requests.Session:
        owner = requests.Session()
        owner.get(f"{self.url}/wp-login.php", timeout=60)
        form = {"log": "owner", "pwd": PASSWORD, "testcookie": "1"}
        owner.post(f"{self.url}/wp-login.php", data=form, timeout=60)
        return owner

    def connect(self, owner: requests.Session, values: dict[str, str]) -> str:
        """Fills in the plugin's page as its owner does. The page as it is then."""
        address = f"{self.url}/wp-admin/admin.php?page=batua-wallet"
        page = owner.get(address, timeout=60).text
        form = {
            name: html.unescape(value)
            for name, value in re.findall(r'type="hidden"[^>]*name="(\w+)" value="([^"]*)"', page)
        }
        saved = owner.post(f"{self.url}/wp-admin/admin-post.php", data={**form, **values}, timeout=60)
        assert saved.status_code == 200, saved.text[-1000:]
        return owner.get(address, timeout=60).text

    def store(self, method: str, path: str, content: Any = None, status: int = 200) -> Any:
        """A call of the checkout block's own API, in this customer's session."""
        answer = self.session.request(
            method,
            f"{self.url}/wp-json/wc/store/v1/{path}",
            json=content,
            headers={"Nonce": self.nonce} if self.nonce else {},
            timeout=60,
        )
        self.nonce = answer.headers.get("Nonce", self.nonce)
        assert answer.status_code in (status, 201), answer.text[:1000]
        return answer.json()


@contextmanager
def real_shop(folder: Path, batua: str) -> Iterator[RealShop]:
    port, sock = _free_port(), folder / "db.sock"
    data, site = folder / "db", folder / "site"
    with (folder / "mariadb.log").open("wb") as log:
        user = [f"--user={getpass.getuser()}"]  # MariaDB runs as root only where it is told to
        data.mkdir()
        made = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        subprocess.run([*made, *user], check=True, stdout=log, stderr=log, timeout=120)
        engine = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={sock}", "--skip-networking"]
        database = subprocess.Popen([*engine, *user], stdout=log, stderr=log)
    web: subprocess.Popen[bytes] | None = None
    try:
        until(sock.exists, otherwise="the database started")
        created = ["mariadb", f"--socket={sock}", "-u", "root", "-e", "create database shop"]
        subprocess.run(created, check=True, timeout=60)
        shutil.copytree(os.environ["WORDPRESS"], site, ignore=shutil.ignore_patterns(".git", "node_modules"))
        shutil.copytree(PLUGIN, site / "wp-content/plugins/batua-wallet", dirs_exist_ok=True)
        (site / "wp-content/mu-plugins").mkdir(exist_ok=True)
        shutil.copy(HERE / "local.php", site / "wp-content/mu-plugins")
        (site / "wp-config.php").write_text(_config(sock, folder / "wordpress.log"))
        environment = {**os.environ, "BATUA_PORT": batua.rpartition(":")[2], "PHP_CLI_SERVER_WORKERS": "4"}
        shop = RealShop(folder, f"http://127.0.0.1:{port}", environment)
        shop.step("install", password=PASSWORD)
        assert shop.step("activate") == []
        with (folder / "web.log").open("wb") as log:
            served = ["php", "-S", f"127.0.0.1:{port}", "-t", str(site)]
            web = subprocess.Popen(served, env=environment, stdout=log, stderr=log, start_new_session=True)
        until(lambda: _answers(shop.url), otherwise="the shop started")
        yield shop
    finally:
        if web:
            os.killpg(web.pid, 15)
            web.wait(10)
        database.terminate()
        database.wait(30)


def _config(sock: Path, log: Path) -> str:
    secrets = "".join(f"define('{key}', '{key.lower()}-of-the-tests');" for key in _KEYS)
    return (
        "<?php define('DB_NAME','shop');define('DB_USER','root');define('DB_PASSWORD','');"
        f"define('DB_CHARSET','utf8mb4');define('DB_HOST','localhost:{sock}');define('DB_COLLATE','');{secrets}$table_prefix='wp_';"
        f"define('WP_DEBUG',true);define('WP_DEBUG_LOG','{log}');define('WP_DEBUG_DISPLAY',false);"
        "define('DISABLE_WP_CRON',true);define('AUTOMATIC_UPDATER_DISABLED',true);"
        "define('WP_HTTP_BLOCK_EXTERNAL',true);define('WP_ACCESSIBLE_HOSTS','127.0.0.1');"
        "if(!defined('ABSPATH'))define('ABSPATH',__DIR__.'/');require_once ABSPATH.'wp-settings.php';"
    )


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).status_code < 500
    except requests.ConnectionError:
        return False
