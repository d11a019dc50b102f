"""SAM's own transformation of a template, without a network: what CloudFormation gets."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Mapping
from typing import Any

from local.model import ACCOUNT, REGION

_LOCAL_PATHS = ("CodeUri", "ContentUri", "DefinitionUri")


def transform(template: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Raises what SAM raises for a template that it refuses."""
    import boto3
    from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    given = {**(parameters or {}), "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::AccountId": ACCOUNT}
    chatty = logging.getLogger("samtranslator")
    level, chatty.level = chatty.level, logging.ERROR
    try:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # SAM's own
            # Metrics of a translator's own would make it complain that nobody publishes them.
            session, metrics = boto3.Session(region_name=REGION), MetricsMethodWrapperSingleton.get_instance()
            translator = Translator({}, Parser(), None, session, metrics)
            return dict(translator.translate(_uploaded(copy.deepcopy(dict(template))), given))
    finally:
        chatty.level = level


def _uploaded(part: Any) -> Any:
    """The template with a place in S3 for every local path, as `sam package` leaves it."""
    if isinstance(part, dict):
        return {
            name: "s3://bucket/key" if name in _LOCAL_PATHS and isinstance(value, str) else _uploaded(value)
            for name, value in part.items()
        }
    return [_uploaded(value) for value in part] if isinstance(part, list) else part
