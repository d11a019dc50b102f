"""Workers: processes that run the functions of requests, one request at a time each, as Lambda's environments do.

One Python process computes on one core at a time. The main process keeps the gateway, the services, what follows from a
change and the schedules; a worker has the code and the tables (`local.aws.worker`), so that requests use every core.

| module | what |
|---|---|
| `pool` | the main process's side: starts workers, gives them requests, answers their calls, replaces those that end |
| `process` | the worker's side: `python -m local.workers.process` |
| `messages` | what goes between them |
"""

from .pool import Workers

__all__ = ["Workers"]
