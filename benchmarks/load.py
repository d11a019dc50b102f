"""`make load URL=https://… KEY=…`: asks a deployment for issues, redemptions and balances, within bounds.

Rate, time and clients are bounded, whatever is asked for. A live key is refused unless `--live` is given: with a test
key everything happens in the sandbox. The key comes from the environment (`LOAD_KEY`), so that no list of processes
shows it. Some requests are sent twice with the same idempotency key and must give the same answer.

Exit codes: 0 as expected, 1 too few succeeded or a replay differed, 2 refused.
"""

from __future__ import annotations

import os
import sys

from benchmarks.load_options import LoadRefused, load_of


def main() -> int:
    try:
        load = load_of(sys.argv[1:], dict(os.environ), __doc__)
    except LoadRefused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    # Not before: importing Locust replaces the sockets of the standard library.
    from benchmarks.load_clients import run

    outcome = run(load)
    print(outcome.table())
    return 0 if outcome.success >= load.expect and not outcome.differing else 1


if __name__ == "__main__":
    sys.exit(main())
