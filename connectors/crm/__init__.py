"""What stores of business records (contacts, deals, notes) behind an API have in common, whoever makes them.

`service` says what a connector must be able to ask of its API; `store` makes a `Store` of that: passes, versions, masks, and
the erasure chain scrub, delete, purge, verify.
"""

from connectors.crm.rows import Column, File, Module, Row
from connectors.crm.service import Batch, Service, TooMany, Trace
from connectors.crm.store import CrmStore

__all__ = ["Batch", "Column", "CrmStore", "File", "Module", "Row", "Service", "TooMany", "Trace"]
