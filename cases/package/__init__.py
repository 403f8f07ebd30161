"""The access answer: one signed ZIP that a normal person can read, and its verifier.

`build` writes it, `verify.py` checks it (also alone, without the rest of Redress), `content` says what goes in.
"""

from cases.package.build import build
from cases.package.content import (
    Controller,
    Facts,
    Item,
    PackageError,
    Statement,
    StoreCoverage,
    Withheld,
)
from cases.package.verify import Verdict, verify

__all__ = [
    "Controller",
    "Facts",
    "Item",
    "PackageError",
    "Statement",
    "StoreCoverage",
    "Verdict",
    "Withheld",
    "build",
    "verify",
]
