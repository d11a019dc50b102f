"""`python -m local` as a process: its one line, its signals, its refusals. And `python -m local.invoke`."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from local import invoke
from local.__main__ import _credentials_file
from local.host import LocalPlatform

from .conftest import REPOSITORY, run, subprocess_environment, write

SERVE = """
import sys
from pathlib import Path
from local.__main__ import main
root = Path(sys.argv[1])
sys.exit(main(root=root, aws=None, seed=None, core=root / "layers/core/purse"))
"""


SERVE_WITH_AWS = """
import sys
from pathlib import Path
from unittest.mock import MagicMock
from local.__main__ import main
def aws(platform, invoke, *, store, data_file):
    print("store:", store, data_file, file=sys.__stderr__, flush=True)
    return MagicMock()
root = Path(sys.argv[1])
sys.exit(main(root=root, aws=aws, seed=None, core=root / "layers/core/purse"))
"""


def serve(project: Path, program: str = SERVE, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(project)],
        env=subprocess_environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )


def test_a_second_run_in_a_checkout_keeps_the_credentials_of_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from local.__main__ import _credentials_file as file;"
            "print(file(Path(sys.argv[1]) / '.local', '3000'), flush=True); sys.stdin.read()",
            str(tmp_path),
        ],
        env=subprocess_environment(),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == str(tmp_path / ".local/credentials.json")
    own = tmp_path / ".local/credentials-3001.json"
    assert _credentials_file(tmp_path / ".local", "3001") == own
    assert str(own) in capsys.readouterr().err
    holder.communicate(timeout=10)
    assert _credentials_file(tmp_path / ".local", "3001") == tmp_path / ".local/credentials.json"


def test_data_is_kept_in_a_file_and_a_second_run_beside_it_says_that_it_keeps_none(project: Path) -> None:
    file = project / ".local/store.sqlite"
    first = serve(project, SERVE_WITH_AWS, PORT="0", WORKERS="0")
    assert first.stdout is not None
    try:
        assert first.stdout.readline().startswith("Batua is ready")
        second = serve(project, SERVE_WITH_AWS, PORT="0", WORKERS="0")
        assert second.stdout is not None
        assert second.stdout.readline().startswith("Batua is ready")
        second.terminate()
        told = second.communicate(timeout=20)[1]
        assert "store: memory None\n" in told
        assert "It keeps its data in memory alone; with DATA=<folder> it has a store of its own.\n" in told
        own = project / "mine"
        third = serve(project, SERVE_WITH_AWS, PORT="0", WORKERS="0", DATA=str(own))
        assert third.stdout is not None
        assert third.stdout.readline().startswith("Batua is ready")
        third.terminate()
        assert f"store: file {own}/store.sqlite\n" in third.communicate(timeout=20)[1]
    finally:
        first.terminate()
        told = first.communicate(timeout=20)[1]
    assert f"store: file {file}\n" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_line_says_ready_and_a_signal_ends_it_cleanly(project: Path, number: signal.Signals) -> None:
    greet = project / "functions/shop/greet.py"
    greet.write_text("print('loaded')\n" + greet.read_text())
    process = serve(project, PORT="0")
    assert process.stdout is not None
    ready = process.stdout.readline()
    match = re.fullmatch(r"Batua is ready at (http://127\.0\.0\.1:\d+) \(docs: \1/api/v1/docs\)\n", ready)
    assert match, ready
    assert requests.get(f"{match[1]}/greet", timeout=10).text == "hello"
    assert requests.get(f"{match[1]}/nothing", timeout=10).status_code == 404
    with socket.create_connection(("127.0.0.1", int(match[1].rpartition(":")[2]))):  # an idle client holds nothing up
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "")
    assert "loaded" in err
    logged = [json.loads(line)["message"] for line in err.splitlines() if line.startswith("{")]
    assert "GET /nothing 404, no route" in logged
    # Of a request that a function answered its own record tells: one line, no second one of the gateway.
    assert [line for line in err.splitlines() if "/greet" in line] == []
    assert "Traceback" not in err


def test_a_taken_port_is_one_clear_line(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = serve(project, PORT=port)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err == f"Port {port} can't be used (Address already in use); choose another one with PORT=...\n"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PORT": "http"}, "PORT is 'http', not a port number"),
        ({"STORE": "oracle"}, "STORE is 'oracle', not one of"),
        ({"WORKERS": "many"}, "WORKERS is 'many', not a number from 0 to 64"),
        ({"WORKERS": "65"}, "WORKERS is '65', not a number from 0 to 64"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_clear_line(
    project: Path, variables: dict[str, str], message: str
) -> None:
    process = serve(project, **variables)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(message)


def test_a_faulty_template_is_one_clear_line(project: Path) -> None:
    (project / "functions/shop/template.yaml").unlink()
    process = serve(project, PORT="0")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err == f"{project}/functions/shop/template.yaml: No such file or directory\n"


def test_a_closed_platform_leaves_no_trace(project: Path) -> None:
    before, path = dict(os.environ), list(sys.path)
    with run(project) as platform:
        assert os.environ["LEDGER_TABLE"] == "batua-local-Ledger"
        assert os.environ["PUBLIC_URL"] == platform.url
        assert os.environ["AWS_ACCESS_KEY_ID"] == "local"
    assert dict(os.environ) == before
    assert sys.path == path
    with pytest.raises(requests.ConnectionError):
        requests.get(platform.url, timeout=2)


def test_aws_and_seed_are_started_in_order_and_closed(project: Path) -> None:
    steps: list[str] = []

    class Aws:
        def close(self) -> None:
            steps.append("closed")

    def aws(platform: object, invoke: object, *, store: str, data_file: Path | None) -> Aws:
        steps.append(f"aws {store} {data_file} {os.environ['LEDGER_TABLE']}")
        return Aws()

    def seed(platform: object, base_url: str, credentials: Path) -> None:
        steps.append(f"seed {base_url} {credentials.relative_to(project)}")

    with LocalPlatform(project, aws=aws, seed=seed, core=project / "layers/core/purse") as platform:
        assert steps == ["aws memory None batua-local-Ledger", f"seed {platform.url} .local/credentials.json"]
    assert steps[-1] == "closed"


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("!Sub '{{resolve:secretsmanager:${Pepper}}}'", "whole:arn:aws:secretsmanager:ap-south-1:123456789012:secret:"),
        ("'<{{resolve:secretsmanager:pepper:SecretString:b}}>'", "<2>"),
        ("'{{resolve:secretsmanager:pepper:SecretString}}'", "whole:pepper"),
    ],
)
def test_variables_that_refer_to_a_secret_get_its_value(project: Path, reference: str, value: str) -> None:
    class Aws:
        def client(self, service: str) -> Aws:
            assert service == "secretsmanager"
            return self

        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's name
            return {"SecretString": '{"a": 1, "b": 2}' if reference.endswith(":b}}>'") else f"whole:{SecretId}"}

        def close(self) -> None:
            pass

    root, shop = project / "template.yaml", project / "functions/shop/template.yaml"
    root.write_text(root.read_text().replace("Topic: !GetAtt Talk.Outputs.TopicName", f"Topic: {reference}"))
    assert "TOPIC: !Ref Topic" in shop.read_text()
    with LocalPlatform(project, aws=lambda *_, **__: Aws(), seed=None, core=project / "layers/core/purse"):
        assert os.environ["TOPIC"].startswith(value)


def called(project: Path, *arguments: str) -> int:
    options = {"core": project / "layers/core/purse", "credentials": project / "credentials.json"}
    return invoke.main(list(arguments), root=project, aws=None, seed=None, **options)


def test_a_function_is_called_with_its_sample_event(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    credentials = {"merchant_live_key": "key_1", "rehook": {"username": "ann", "password": "s:1"}}
    write(project / "credentials.json", json.dumps(credentials))
    event = {
        "headers": {"authorization": "Bearer ${merchant_live_key}", "x-basic": "Basic ${basic:rehook}"},
        "list": ["${rehook.username}", 1],
    }
    write(project / "events/shop/echo.json", json.dumps(event))
    assert called(project, "Echo") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["statusCode"] == 200
    assert answer["body"]["event"] == {
        "headers": {"authorization": "Bearer key_1", "x-basic": "Basic YW5uOnM6MQ=="},
        "list": ["ann", 1],
    }


def test_a_function_is_called_with_the_event_that_is_given(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(project / "mine.json", '{"pathParameters": {"milliseconds": "1"}}')
    assert called(project, "Nap", str(file)) == 0
    assert json.loads(capsys.readouterr().out) == {"statusCode": 200, "body": "rested"}


def test_a_failed_function_shows_its_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(project / "mine.json", '{"routeKey": "", "body": "{\\"raise\\": \\"boom\\"}"}')
    assert called(project, "Reply", str(file)) == 1
    assert json.loads(capsys.readouterr().out)["errorMessage"] == "boom"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ecco"], "There is no function 'ecco'. Did you mean Echo"),
        (["zzzzzz"], "There is no function 'zzzzzz'.\n"),
        (["Echo"], "events/shop/echo.json: No such file or directory"),
        (["Echo", "bad.json"], "is not JSON"),
        (["Echo", "gap.json"], "${tenant.key} is not in the credentials; there are none"),
    ],
)
def test_what_cannot_be_called_is_said_clearly(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(project)
    write(project / "bad.json", "{")
    write(project / "gap.json", '{"a": "${tenant.key}"}')
    assert called(project, *arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
