"""IAM on this machine: each call of a function is judged by that function's own role, as AWS would judge it."""

from .authorizer import Authorizer
from .policies import UnsupportedPolicy

__all__ = ["Authorizer", "UnsupportedPolicy"]
