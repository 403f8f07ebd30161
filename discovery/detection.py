"""The detection as an installation uses it: set up as the settings say, and remembering from one scan to the next."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from pii.analyzer import Analyzer

if TYPE_CHECKING:
    from office import Office

MOST = 500_000  # texts and paragraphs remembered
_FORGET_EVERY = 20_000  # so many are written before the oldest are looked for
_COLUMN = "pii.memory"
_AT_ONCE = 500  # values in one statement
_SEAL = 8  # bytes before each value that tell whether it was changed


def analyzer(office: Office) -> Analyzer:
    """The analyzer of an installation; one per process, shared."""
    key = b"".join(office.vault.blind_many(_COLUMN, ("key", "key, second half")))
    return _analyzer(office.settings.pii.model_dump_json(), office.settings.home / "detected.db", key)


@lru_cache(maxsize=2)
def _analyzer(chosen: str, file: Path, key: bytes) -> Analyzer:
    from settings import Pii

    return Analyzer.configured(Pii.model_validate_json(chosen), FileMemory(file, key))


class FileMemory:
    """What was found under each keyed hash, in a file that any scan of this home may use, and that may be deleted.

    It holds 16-byte hashes under a key of the vault, entity types and offsets: no text, and nothing that tells a text to
    who lacks the key. At most `most` entries; the longest unused go first. A file that cannot be read is begun anew.
    """

    def __init__(self, file: Path, key: bytes, most: int = MOST) -> None:
        self.key = key
        self._file, self._most = file, most
        self._written = 0
        self._lock = Lock()
        try:
            self._open()
        except sqlite3.DatabaseError:
            for part in file.parent.glob(f"{file.name}*"):
                part.unlink()
            self._open()

    def recall(self, hashes: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """What is known of these hashes; nothing while the file is busy. What was changed on the disk is not known."""
        rows: list[tuple[bytes, bytes, int]] = []
        today = int(time.time() // 86_400)
        with suppress(sqlite3.Error), self._lock:
            for start in range(0, len(hashes), _AT_ONCE):
                some = hashes[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                rows += self._database.execute(f"SELECT hash, found, used FROM detected WHERE hash IN ({marks})", some)
            self._database.executemany(
                "UPDATE detected SET used = ? WHERE hash = ?",
                [(today, hashed) for hashed, _, used in rows if used != today],
            )
        return {hashed: kept[_SEAL:] for hashed, kept, _ in rows if kept[:_SEAL] == self._seal(hashed, kept[_SEAL:])}

    def remember(self, found: Mapping[bytes, bytes]) -> None:
        """Keep what was found under each hash; nothing while the file is busy."""
        today = int(time.time() // 86_400)
        rows = [(hashed, self._seal(hashed, data) + data, today) for hashed, data in found.items()]
        with suppress(sqlite3.Error), self._transaction() as database:
            database.executemany("INSERT OR REPLACE INTO detected VALUES (?, ?, ?)", rows)
            self._written += len(rows)
            if self._written >= min(_FORGET_EVERY, self._most):
                self._written = 0
                self._forget(database)

    def _seal(self, hashed: bytes, data: bytes) -> bytes:
        return blake2b(hashed + data, key=self.key, digest_size=_SEAL, person=b"redress seal").digest()

    def _forget(self, database: sqlite3.Connection) -> None:
        (count,) = database.execute("SELECT count(*) FROM detected").fetchone()
        database.execute(
            "DELETE FROM detected WHERE hash IN (SELECT hash FROM detected ORDER BY used LIMIT ?)",
            (max(0, count - self._most),),
        )

    def _open(self) -> None:
        self._database = sqlite3.connect(self._file, timeout=1, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")  # losing it costs time only
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS detected (hash BLOB PRIMARY KEY, found BLOB, used INTEGER) WITHOUT ROWID"
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
