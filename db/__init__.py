"""Engine, unit of work, column types and migrations. Knows no table: those live with the package that owns them."""

from db.engine import make_engine
from db.types import UtcDateTime
from db.unit import Unit

__all__ = ["Unit", "UtcDateTime", "make_engine"]
