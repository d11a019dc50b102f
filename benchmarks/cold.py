"""Run by itself in a fresh interpreter: starts a function, lets it answer one request, prints what that took.

`python -S cold.py <handler's file> <request's file>`; without a handler's file, what functions are compared with:
boto3, one client, one call. Prints the CPU seconds until the first client is there, those of the request alone, and
the status of the answer. Nothing is imported before the measuring that a function would not import.
"""

import sys
import time


def function(file):
    import importlib

    folder, _, name = file.removesuffix(".py").rpartition("/")
    sys.path.insert(0, folder)
    handler = importlib.import_module(name).handler
    from batua.store.store import store

    store()
    return handler


def plain(_):
    import boto3

    client = boto3.client("dynamodb", region_name="ap-south-1")

    def call(event, context):
        return client.batch_get_item(RequestItems=event)["ResponseMetadata"]

    return call


class Context:
    function_name = aws_request_id = invoked_function_arn = "bench"
    memory_limit_in_mb = 512

    def get_remaining_time_in_millis(self):
        return 10_000


def play(answers):
    """Has botocore find the recorded answers instead of the network, each where the same operation asks for one."""
    import io

    from botocore import httpsession
    from botocore.awsrequest import AWSResponse

    class Body(io.BytesIO):
        def stream(self, **_):
            yield self.read()

    def send(session, request):
        target = request.headers.get("X-Amz-Target", b"")
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        found = next((each for each in answers if name in ("", each["operation"])), None)
        if found is None:
            return AWSResponse(request.url, 200, {}, Body(b"{}"))
        answers.remove(found)
        return AWSResponse(request.url, found["status"], found["headers"], Body(found["body"].encode("latin-1")))

    httpsession.URLLib3Session.send = send


def main(handler_file, request_file):
    handler = function(handler_file) if handler_file else plain(None)
    started = time.process_time()
    status, request = 0, 0.0
    if request_file:
        import json

        with open(request_file, encoding="utf-8") as file:  # noqa: PTH123 (nothing is imported here)
            measured = json.load(file)
        play(measured["answers"])
        began = time.process_time()
        try:
            answer = handler(measured["event"], Context())
            status = (
                answer.get("statusCode") or answer.get("HTTPStatusCode") or 200 if isinstance(answer, dict) else 200
            )
        except Exception as fault:
            print(repr(fault), file=sys.stderr)
            status = -1
        request = time.process_time() - began
    print()
    print(started, request, status)


main(*sys.argv[1:])
