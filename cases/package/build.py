"""Build the access answer as a stream of bytes (GDPR Art. 12(1), 15(3), 20; CCPA 11 CCR 7024; PIPL Art. 45).

The items are read once per kind of file, so that no personal data is ever written to disk on the way and memory holds
one page, one mail or one piece of a file at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cases.package.archive import Archive
from cases.package.content import Facts, Item, PackageError, StoreCoverage, Withheld
from cases.package.pages import Pages
from cases.package.shelves import Shelf, Source, survey
from cases.package.tables import as_object, csv_head, csv_row, document, line
from cases.package.verify import CONTEXT, MANIFEST, SCHEMA, SIGNATURE, fingerprint, signature_file
from cases.package.view import Shown, files, headers, message, sent_at, show
from cases.package.words import WORDS
from connectors.contract import Attachment
from connectors.mail import mbox_entry

ANSWER_SCHEMA = "redress.answer/1"
OpenAttachment = Callable[[Item, Attachment], Iterator[bytes]]
Part = tuple[str, Iterable[bytes], int]  # path, content, upper bound of its size


def build(
    facts: Facts,
    items: Callable[[], Iterator[Item]],
    coverage: Sequence[StoreCoverage],
    withheld: Sequence[Withheld],
    open_attachment: OpenAttachment,
    sign: Callable[[bytes], bytes],
    public_key: bytes,
) -> Iterator[bytes]:
    """The ZIP in chunks, for the caller to seal; the same bytes for the same input.

    `items` gives a fresh iterator over the same items each time, grouped by store and collection; `sign` makes the
    Ed25519 signature that `public_key` (32 raw bytes) verifies. Raises `PackageError`, also in the middle of the
    stream: what came before is then worthless. Errors of `items` and `open_attachment` pass through.
    """
    _check_facts(facts)
    source = Source(items)
    shelves = survey(source)
    if not {store for store, _ in shelves} <= {one.store for one in coverage if one.status == "searched"}:
        raise PackageError("A store gave records but is not listed as searched. Complete the coverage.")
    archive = Archive()
    answer = _Answer(facts, source, shelves, coverage, withheld, open_attachment, fingerprint(public_key))
    for part in answer.parts():
        yield from archive.add(*part)
    manifest = document(
        {
            "schema": SCHEMA,
            "reference": facts.reference,
            "answer_schema": ANSWER_SCHEMA,
            "public_key": public_key.hex(),
            "fingerprint": fingerprint(public_key),
            "files": [asdict(entry) for entry in sorted(archive.entries, key=lambda entry: entry.path)],
        }
    )
    signature = sign(CONTEXT + manifest)
    _check_signature(public_key, signature, manifest)
    yield from archive.add(MANIFEST, [manifest])
    yield from archive.add(SIGNATURE, [signature_file(public_key, signature)])
    yield from archive.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    facts: Facts
    source: Source
    shelves: Mapping[tuple[str, str], Shelf]
    coverage: Sequence[StoreCoverage]
    withheld: Sequence[Withheld]
    open_attachment: OpenAttachment
    fingerprint: str

    def parts(self) -> Iterator[Part]:
        """Every file but manifest and signature, in the order of the archive."""
        pages = Pages(self.facts, self.fingerprint)
        shelves = list(self.shelves.values())
        coverage = [asdict(one) for one in self.coverage]
        withheld = [asdict(one) for one in self.withheld]
        yield "README.txt", [pages.readme()], 0
        yield "index.html", pages.index(shelves, self.coverage, self.withheld), 0
        yield from self.pages(pages)
        yield from self.tables()
        yield from self.mails()
        yield from self.attachments()
        yield "answer.json", self.answer(coverage, withheld), sum(map(_bound, shelves))
        yield "coverage.json", [document(coverage)], 0
        yield "withheld.json", [document(withheld)], 0

    def groups(self) -> Iterator[tuple[Shelf, Iterator[tuple[int, Item]]]]:
        for key, group in self.source.groups():
            if key not in self.shelves:
                raise PackageError("The data changed while the package was built. Build it again.")
            yield self.shelves[key], group

    def pages(self, pages: Pages) -> Iterator[Part]:
        for shelf, group in self.groups():
            for number, count in enumerate(shelf.pages, 1):
                records = _take(group, count)
                yield shelf.page(number), pages.page(shelf, number, records), _bound(shelf)

    def tables(self) -> Iterator[Part]:
        for shelf, group in self.groups():
            yield f"data/{shelf.folder}.jsonl", (line(as_object(shelf, one)) for one in _shown(group)), _bound(shelf)
        for shelf, group in self.groups():
            yield f"data/{shelf.folder}.csv", self.csv(shelf, group), _bound(shelf)

    def csv(self, shelf: Shelf, group: Iterator[tuple[int, Item]]) -> Iterator[bytes]:
        language = self.facts.language
        yield csv_head(shelf, WORDS[language], language)
        for one in _shown(group):
            yield csv_row(shelf, one, language)

    def mails(self) -> Iterator[Part]:
        for shelf, group in self.groups():
            if shelf.mbox:
                yield shelf.mbox, (_entry(item) for _, item in group if item.record.native), _bound(shelf)

    def attachments(self) -> Iterator[Part]:
        for shelf, group in self.groups():
            for number, item in group:
                for position, file in enumerate(files(item), 1):
                    if file.source is not None:
                        path = shelf.attachment(number, position, file)
                        yield path, self.open_attachment(item, file.source), file.size

    def answer(self, coverage: object, withheld: object) -> Iterator[bytes]:
        """`answer.json` as its schema says, the records one by one."""
        facts = self.facts
        head = {
            "schema": ANSWER_SCHEMA,
            "reference": facts.reference,
            "regime": facts.regime,
            "right": facts.right,
            "language": facts.language,
            "controller": asdict(facts.controller),
            "subject": facts.subject,
            "received": facts.received.isoformat(),
            "answered": facts.answered.isoformat(),
            "information": [{"topic": key, **asdict(one)} for key, one in facts.checklist.items()],
            "collections": [
                {"store": shelf.store, "collection": shelf.collection, "records": shelf.records}
                for shelf in self.shelves.values()
            ],
            "coverage": coverage,
            "withheld": withheld,
        }
        yield document(head).rstrip(b"}\n") + b',\n "records": ['
        separator = b"\n"
        for shelf, group in self.groups():
            for one in _shown(group):
                yield separator + line(as_object(shelf, one)).rstrip(b"\n")
                separator = b",\n"
        yield b"\n ]\n}\n"


def _shown(group: Iterable[tuple[int, Item]]) -> Iterator[Shown]:
    return (show(item, number) for number, item in group)


def _take(group: Iterator[tuple[int, Item]], count: int) -> Iterator[Shown]:
    return _shown(islice(group, count))


def _entry(item: Item) -> bytes:
    raw = message(item)
    return mbox_entry(raw, received=sent_at(headers(raw).get("date", "")))


def _bound(shelf: Shelf) -> int:
    """More bytes than any file of the collection can have: six for a character as JSON writes the worst of them."""
    return shelf.bytes * 6


def _check_facts(facts: Facts) -> None:
    if facts.language not in WORDS:
        raise PackageError(f"There is no answer in this language. Choose one of: {', '.join(WORDS)}.")
    if lacking := sorted(key for key in facts.required if key not in facts.checklist):
        raise PackageError(f"The answer must also tell: {', '.join(lacking)}. Complete the settings of the controller.")


def _check_signature(public_key: bytes, signature: bytes, manifest: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, CONTEXT + manifest)
    except (InvalidSignature, ValueError):
        raise PackageError("The signing key and the public key do not belong together. Check the key ring.") from None
