"""What a platform imports while it starts and serves, for the process from which `tests.served` forks them."""

from __future__ import annotations

import importlib
import pkgutil

import batua
import local.aws.embedded
import local.gateway
import local.host
import local.portal
import local.seeds.plant  # noqa: F401
from tests import cheap_passwords  # noqa: F401

for each in pkgutil.walk_packages(batua.__path__, "batua."):
    if not each.name.endswith("__main__"):
        importlib.import_module(each.name)
