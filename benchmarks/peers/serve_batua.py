"""Batua as a contestant: the local platform in a process of its own, its store in a file, as `STORE=file make run`.

Prints one JSON line with its address and key. A line on stdin asks for the books, which it answers with another; the
end of stdin ends it. DynamoDB's network is not in it: the engine answers from this machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from local.host import LocalPlatform, processors_to_use


def main() -> int:
    answers = sys.stdout
    sys.stdout = sys.stderr  # functions log to stdout
    with tempfile.TemporaryDirectory() as folder:
        credentials = Path(folder) / "credentials.json"
        data_file = Path(folder) / "store.sqlite"
        with LocalPlatform(
            store="file", data_file=data_file, credentials=credentials, workers=processors_to_use()
        ) as platform:
            known = json.loads(credentials.read_text())
            print(json.dumps({"url": platform.url, "key": known["merchant_live_key"]}), file=answers)
            answers.flush()
            for _ in sys.stdin:
                print(json.dumps(_findings(known["merchant_live_key"])), file=answers)
                answers.flush()
    return 0


def _findings(key: str) -> list[str]:
    """What `batua.audit.verify` finds in the scope of the key's tenant."""
    import jwt

    from batua.audit.verify import verify_scope
    from batua.store import keys
    from batua.store.store import store

    owner = jwt.decode(key, options={"verify_signature": False})["own"]
    report = verify_scope(store(), keys.scope("live", owner))
    return [f"{finding.subject}: {finding.invariant}" for finding in report.findings]


if __name__ == "__main__":
    sys.exit(main())
