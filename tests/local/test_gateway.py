"""The gateway answers as API Gateway's HTTP APIs do."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from local.gateway import Turns
from local.host import LocalPlatform

from .conftest import run


def echoed(response: requests.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    event: dict[str, Any] = response.json()["event"]
    return event


def raw(platform: LocalPlatform, data: bytes) -> bytes:
    """What the server sends to a connection that sends `data` and then nothing more."""
    address = urlsplit(platform.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def replied(platform: LocalPlatform, result: Any) -> requests.Response:
    return requests.post(f"{platform.url}/reply", json={"result": result}, timeout=10)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("POST", "/greet"),
        ("HEAD", "/greet"),
        ("OPTIONS", "/greet"),
        ("HEAD", "/nowhere"),
        ("OPTIONS", "/nowhere"),
        ("BREW", "/greet"),
        ("GET", "/greet/"),
        ("GET", "//greet"),
        ("GET", "/things/"),
        ("GET", "/things/1/"),
        ("GET", "/files/"),
        ("GET", "/"),
    ],
)
def test_an_unknown_route_or_method_or_a_trailing_slash_is_404(served: LocalPlatform, method: str, path: str) -> None:
    response = requests.request(method, served.url + path, timeout=10)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    if method != "HEAD":
        assert response.json() == {"message": "Not Found"}


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("KMN%40123", "KMN@123"),
        ("a%2Fb", "a/b"),
        ("%E0%A4%AC%E0%A4%9F%E0%A5%81%E0%A4%86", "बटुआ"),
        ("one%20two+three", "one two+three"),
        ("100%25", "100%"),
    ],
)
def test_path_parameters_and_the_raw_path_are_decoded(served: LocalPlatform, sent: str, received: str) -> None:
    event = echoed(requests.get(f"{served.url}/things/{sent}", timeout=10))
    assert event["pathParameters"] == {"source_id": received}
    assert event["rawPath"] == f"/things/{received}"
    assert event["routeKey"] == "GET /things/{source_id}"


def test_an_encoded_slash_does_not_separate_segments(served: LocalPlatform) -> None:
    event = echoed(requests.put(f"{served.url}/things/a%2Fb/parts/c", timeout=10))
    assert event["pathParameters"] == {"owner": "a/b", "part": "c"}


def test_a_literal_segment_beats_a_parameter(served: LocalPlatform) -> None:
    assert requests.get(f"{served.url}/things/special", timeout=10).text == "special"


def test_a_greedy_parameter_takes_the_rest_of_the_path(served: LocalPlatform) -> None:
    event = echoed(requests.get(f"{served.url}/files/a/b%20c/d", timeout=10))
    assert event["pathParameters"] == {"path": "a/b c/d"}
    assert event["routeKey"] == "GET /files/{path+}"


def test_the_routes_are_those_that_sam_cli_finds(served: LocalPlatform) -> None:
    from samcli.lib.providers.api_provider import ApiProvider
    from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

    from local.routes import RouteTable

    stacks, _ = SamLocalStackProvider.get_stacks(str(served.root / "template.yaml"))
    every = ["GET", "DELETE", "PUT", "POST", "HEAD", "OPTIONS", "PATCH"]
    ours = set()
    for route in RouteTable(served.platform).routes:
        method, path = route.key.split(" ")
        ours |= {(each, path, route.function) for each in (every if method == "ANY" else [method])}
    theirs = {
        (method, route.path, str(route.function_name).rpartition("/")[2])
        for route in ApiProvider(stacks).api.routes
        for method in route.methods
    }
    assert ours == theirs


def test_repeated_query_parameters_are_joined_and_the_raw_query_is_kept(served: LocalPlatform) -> None:
    event = echoed(requests.get(f"{served.url}/echo?a=1&b=%F0%9F%AA%99+x&a=2&empty=", timeout=10))
    assert event["queryStringParameters"] == {"a": "1,2", "b": "🪙 x", "empty": ""}
    assert event["rawQueryString"] == "a=1&b=%F0%9F%AA%99+x&a=2&empty="


def test_what_is_empty_is_left_out_of_the_event(served: LocalPlatform) -> None:
    event = echoed(requests.get(f"{served.url}/echo", timeout=10))
    assert not {"queryStringParameters", "pathParameters", "cookies", "body", "stageVariables"} & set(event)
    assert event["rawQueryString"] == ""
    assert event["isBase64Encoded"] is False


def test_header_names_are_lower_case_and_repeated_headers_joined(served: LocalPlatform) -> None:
    request = b"GET /echo HTTP/1.1\r\nHost: shop.example:80\r\nX-Tag: a\r\nx-tag: b\r\nConnection: close\r\n\r\n"
    event = json.loads(raw(served, request).partition(b"\r\n\r\n")[2])["event"]
    assert event["headers"]["x-tag"] == "a,b"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert all(name == name.lower() for name in event["headers"])


def test_cookies_are_a_list_and_no_header(served: LocalPlatform) -> None:
    event = echoed(requests.get(f"{served.url}/echo", headers={"Cookie": 'a=1; b="x,y"; a=2'}, timeout=10))
    assert event["cookies"] == ["a=1", 'b="x,y"', "a=2"]
    assert "cookie" not in event["headers"]


def test_the_request_context_names_caller_stage_and_time(served: LocalPlatform) -> None:
    headers = {"User-Agent": "till/1.0", "Host": "shop.example:3000"}
    before = int(time.time() * 1000)
    first, second = (echoed(requests.get(f"{served.url}/echo?x=1", headers=headers, timeout=10)) for _ in range(2))
    context = first["requestContext"]
    assert first["version"] == "2.0"
    assert context["http"] == {
        "method": "GET",
        "path": "/echo",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "till/1.0",
    }
    assert (context["stage"], context["domainName"], context["routeKey"]) == ("$default", "shop.example", "ANY /echo")
    assert context["requestId"] != second["requestContext"]["requestId"]
    assert before <= context["timeEpoch"] <= int(time.time() * 1000)
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])


@pytest.mark.parametrize("content_type", ["application/json", "text/csv; charset=utf-8", "application/xml"])
def test_text_bodies_arrive_as_they_are(served: LocalPlatform, content_type: str) -> None:
    body = '{"name": "बटुआ"}'
    response = requests.post(
        f"{served.url}/echo", data=body.encode(), headers={"Content-Type": content_type}, timeout=10
    )
    event = echoed(response)
    assert (event["body"], event["isBase64Encoded"]) == (body, False)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("image/png", b"\x89PNG\x00\xff"),
        ("application/octet-stream", b"plain"),
        ("application/x-www-form-urlencoded", b"a=1&b=2"),
        (None, b"no type"),
        ("application/json", b"\xff\xfe"),
    ],
)
def test_other_bodies_arrive_in_base64(served: LocalPlatform, content_type: str | None, body: bytes) -> None:
    event = echoed(requests.post(f"{served.url}/echo", data=body, headers={"Content-Type": content_type}, timeout=10))
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


def test_a_base64_response_is_decoded(served: LocalPlatform) -> None:
    body = base64.b64encode(b"\x89PNG\x00\xff").decode()
    response = replied(
        served,
        {"statusCode": 201, "isBase64Encoded": True, "body": body, "headers": {"content-type": "image/png"}},
    )
    assert (response.status_code, response.content) == (201, b"\x89PNG\x00\xff")
    assert response.headers["Content-Type"] == "image/png"


def test_each_cookie_of_a_response_becomes_a_header(served: LocalPlatform) -> None:
    cookies = ["session=1; HttpOnly; Path=/", "csrf=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"]
    response = replied(served, {"statusCode": 204, "cookies": cookies})
    assert response.raw.headers.getlist("Set-Cookie") == cookies


def test_a_result_without_a_status_is_200_and_json(served: LocalPlatform) -> None:
    response = replied(served, {"coins": 5})
    assert (response.status_code, response.json()) == (200, {"coins": 5})
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "abc"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": None},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "cookies": "a=1"},
    ],
)
def test_a_malformed_response_is_500(served: LocalPlatform, result: Any) -> None:
    response = replied(served, result)
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("asked", [{"raise": "secret detail"}, {"not_json": True}])
def test_a_handler_that_fails_is_500_without_detail(
    served: LocalPlatform, asked: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    response = requests.post(f"{served.url}/reply", json=asked, timeout=10)
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert "Reply" in caplog.text
    if "raise" in asked:
        assert "secret detail" in caplog.text
        assert "Traceback" in caplog.text


def test_a_function_beyond_its_timeout_is_an_error(served: LocalPlatform) -> None:
    assert requests.get(f"{served.url}/nap/1100", timeout=10).status_code == 500


def test_a_body_over_ten_megabytes_is_413(served: LocalPlatform) -> None:
    response = requests.post(f"{served.url}/echo", data=b"x" * (10 * 1024 * 1024 + 1), timeout=30)
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


def test_a_chunked_body_is_read_whole(served: LocalPlatform) -> None:
    def parts() -> Any:
        yield b'{"a":'
        yield b" 1}"

    headers = {"Content-Type": "application/json"}
    assert echoed(requests.post(f"{served.url}/echo", data=parts(), headers=headers, timeout=10))["body"] == '{"a": 1}'


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_broken_request_is_400_and_ends_its_connection(served: LocalPlatform, request_bytes: bytes) -> None:
    answer = raw(served, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer
    assert "message" in json.loads(answer.partition(b"\r\n\r\n")[2])


def test_a_client_that_leaves_in_the_middle_is_forgotten(served: LocalPlatform) -> None:
    assert raw(served, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc") == b""
    assert requests.get(f"{served.url}/echo", timeout=10).status_code == 200


def test_one_connection_serves_many_requests(served: LocalPlatform) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
    connection.connect()
    used = connection.sock
    for path, status in [("/echo", 200), ("/nowhere", 404), ("/echo", 200)]:
        connection.request("POST", path, body=b"{}", headers={"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        assert (response.status, response.version, connection.sock) == (status, 11, used)
    connection.close()


def test_a_head_request_to_an_any_route_has_no_body(served: LocalPlatform) -> None:
    answer = raw(served, b"HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")


def test_ten_requests_run_at_once_beside_a_client_that_never_finishes(served: LocalPlatform) -> None:
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port)) as slow, ThreadPoolExecutor(10) as pool:
        slow.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        started = time.monotonic()
        answers = list(pool.map(lambda _: requests.get(f"{served.url}/nap/500", timeout=10).text, range(10)))
        assert answers == ["rested"] * 10
        assert time.monotonic() - started < 2.5  # one after another they would take 5 seconds


def test_so_many_functions_run_at_once_and_who_waited_long_enough_is_let_through() -> None:
    turns, running, most = Turns(2, patience=30), [], []

    def run_one(_: int) -> None:
        with turns.one():
            running.append(1)
            most.append(len(running))
            time.sleep(0.001)
            running.pop()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run_one, range(40)))
    assert max(most) <= 2
    turns = Turns(1, patience=0)
    with turns.one(), turns.one():
        pass  # a function that waits for another request to this machine does not wait for ever
    with Turns(1, patience=0).one():
        pass


def test_a_default_route_answers_what_no_other_route_does(project: Any) -> None:
    file = project / "functions/shop/template.yaml"
    anchor = "        Http: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /greet, Method: GET}}"
    default = "        Rest: {Type: HttpApi, Properties: {ApiId: !Ref Api}}"
    file.write_text(file.read_text().replace(anchor, f"{anchor}\n{default}"))
    with run(project) as platform:
        assert requests.post(f"{platform.url}/some/where", timeout=10).text == "hello"
        assert requests.get(f"{platform.url}/echo", timeout=10).json()["event"]["routeKey"] == "ANY /echo"
