"""Were the promises kept? Judged by the truth about the sample company and by reading what is on disk now."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.demo.truth import Company, Place, Subject
from cli.reading import Wanted, texts_of

if TYPE_CHECKING:
    from discovery.tables import ScanRun

Key = tuple[str, str, str]
"""Store, collection, key of a record as the plan names it."""


@dataclass(frozen=True, slots=True)
class Check:
    """A promise and whether it was kept."""

    promise: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Snapshot:
    """The company at one moment: digests of every mail and row, and where each Message-ID lies."""

    mails: Mapping[Path, str]
    rows: Mapping[Key, str]
    keys: Mapping[tuple[str, str], tuple[Key, Path]]


def snapshot(company: Company) -> Snapshot:
    """Read the company as it is now."""
    mails, keys = {}, {}
    for path in sorted(company.mail.rglob("cur/*")):
        data = path.read_bytes()
        mails[path] = sha256(data).hexdigest()
        folder = path.parent.parent.relative_to(company.mail).as_posix()
        message_id = str(message_from_bytes(data)["Message-ID"])
        keys[folder, message_id] = (("mail", folder, path.name.partition(":")[0]), path)
    return Snapshot(mails, _rows(company), keys)


def _rows(company: Company) -> dict[Key, str]:
    found = {}
    with closing(sqlite3.connect(f"file:{company.crm}?mode=ro", uri=True)) as db:
        for table in company.counts.keys() - {"messages"}:
            for row in db.execute(f"SELECT * FROM {table}"):
                found["crm", table, f"[{row[0]}]"] = sha256(repr(row).encode()).hexdigest()
    return found


def scanned(company: Company, runs: Sequence[ScanRun]) -> Check:
    """Every row and every mail was read."""
    read, there = sum(run.records for run in runs), sum(company.counts.values())
    ok = read == there and all(run.state == "finished" for run in runs)
    return Check("Every record of every store is read", ok, f"{read} of {there} records in {len(runs)} stores")


def planned(company: Company, subject: Subject, plan: Mapping[str, Any], wanted: Collection[str]) -> list[Check]:
    """The plan names every place where the person stands, and nobody else's."""
    keys = snapshot(company).keys
    lines = {(line["store"], line["collection"], line["record"]): line["action"] for line in plan["lines"]}
    missed, unsure = Counter[str](), Counter[str]()
    for place in subject.places:
        action = lines.get(_key(place, keys))
        if place.kind == "name-only":
            unsure["left to a person" if action == "leave" else f"{action}"] += 1
        elif action not in ({"keep"} if place in subject.retained and "delete" in wanted else wanted):
            missed[f"{place.store}/{place.kind}: {action}"] += 1
    proven = [place for place in subject.places if place.kind != "name-only"]
    others = [place for place in subject.lookalikes if lines.get(_key(place, keys), "leave") != "leave"]
    what = ", ".join(f"{count} {action}" for action, count in sorted(Counter(lines.values()).items()))
    return [
        Check("Every place is found", not missed, f"{len(proven)} places known; plan: {what} {_told(missed)}".strip()),
        Check("A name alone never decides", set(unsure) == {"left to a person"}, _told(unsure)),
        Check("The namesake is left alone", not others, f"{len(subject.lookalikes)} records of somebody of that name"),
    ]


def answered(subject: Subject, package: Path, public_key: bytes) -> list[Check]:
    """The answer is signed and whole, for its reader only, and tells nothing about anybody else."""
    from cases.package.verify import verify

    verdict = verify(package, public_key)
    data = package.read_bytes()
    texts = list(texts_of(package.name, data))
    leaked = sum(1 for canary in subject.canaries if any(Wanted.other(canary).stands_in(text) for _, text in texts))
    told = sum(1 for email in subject.identifiers.emails if any(email in text for _, text in texts))
    mode = package.stat().st_mode & 0o777
    return [
        Check("The answer is as it was signed", verdict.ok, f"{verdict.files} files {' '.join(verdict.problems)}"),
        Check("The answer tells what is known", told == len(subject.identifiers.emails), f"{len(data)} bytes"),
        Check(
            "Nobody else's data leaves",
            not leaked,
            f"{len(subject.canaries)} addresses and numbers of others looked for in {len(texts)} texts, {leaked} found",
        ),
        Check("Only its owner can read the file", mode == 0o600, f"mode {mode:04o}"),
    ]


def erased(company: Company, plan: Mapping[str, Any], before: Snapshot) -> list[Check]:
    """Nothing of the person is left; everything else is as it was."""
    wanted = Wanted.person(company.leaver.identifiers)
    after = snapshot(company)
    in_crm = [
        path.name
        for path in sorted(company.crm.parent.glob(f"{company.crm.name}*"))
        for _, text in texts_of("crm.db", path.read_bytes())
        if wanted.stands_in(text)
    ]
    in_mail = [
        path
        for path in after.mails
        if any(wanted.stands_in(text) for _, text in texts_of("mail.eml", path.read_bytes()))
    ]
    touched = {
        (line["store"], line["collection"], line["record"])
        for line in plan["lines"]
        if line["action"] in {"delete", "anonymise", "redact"}
    }
    kept = [_key(place, before.keys) for place in company.leaver.retained]
    still = sum(1 for key in kept if key in after.rows)
    namesake = [_key(place, before.keys) for place in company.leaver.lookalikes]
    changed = [key for key in namesake if _state(key, before) != _state(key, after)]
    return [
        Check("Nothing is left in the CRM", not in_crm, f"bytes of {company.crm.name} and its log {_told(in_crm)}"),
        Check(
            "Nothing is left in the mail", not in_mail, f"{len(after.mails)} mails read, {len(in_mail)} still name them"
        ),
        Check("What the law keeps is kept", still == len(kept) > 0, f"{still} won deal under GDPR 17(3)(b), § 147 AO"),
        Check("The namesake's records are as before", not changed, f"{len(namesake)} records compared"),
        untouched(company, before, touched, "Everything else is byte for byte as before"),
    ]


def untouched(company: Company, before: Snapshot, touched: set[Key], promise: str) -> Check:
    """Every mail and row that the plan did not touch is unchanged."""
    now = snapshot(company)
    mails = {
        ("mail", _folder(company, path), path.name.partition(":")[0]): digest for path, digest in now.mails.items()
    }
    states = {**now.rows, **mails}
    old = {("mail", _folder(company, path), path.name.partition(":")[0]): d for path, d in before.mails.items()}
    old.update(before.rows)
    changed = [key for key, digest in old.items() if key not in touched and states.get(key) != digest]
    return Check(promise, not changed, f"{len(old.keys() - touched)} records compared, {len(changed)} differ")


def certified(file: Path, public_key: bytes) -> Check:
    """The certificate carries our signature and names what was kept."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed = json.loads(file.read_bytes())
    body = signed["statement"].encode()
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            bytes.fromhex(signed["signature"]), b"redress certificate\n" + body
        )
        ok = True
    except InvalidSignature:
        ok = False
    kept = sum(entry["records"] for entry in json.loads(body)["kept"])
    return Check("The certificate of erasure is signed", ok and kept == 1, f"names {kept} record kept and its ground")


def sealed(home: Path, company: Company) -> Check:
    """No file of the installation itself names either person in plain text."""
    both = [Wanted.person(subject.identifiers) for subject in (company.asker, company.leaver)]
    outside = {company.folder, home / "answers", home / "outbox"}
    files = [path for path in home.rglob("*") if path.is_file() and not outside & set(path.parents)]
    telling = [
        path.relative_to(home).as_posix()
        for path in files
        if any(one.stands_in(text) for one in both for _, text in texts_of("bytes", path.read_bytes()))
    ]
    return Check("Our own files name nobody", not telling, f"{len(files)} files, databases and logs {_told(telling)}")


def lettered(folder: Path) -> Check:
    """Letters were written, and no subject line names anybody."""
    letters = [message_from_bytes(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
    return Check("The people were written to", len(letters) >= 4, f"{len(letters)} letters, as .eml files")


def _key(place: Place, keys: Mapping[tuple[str, str], tuple[Key, Path]]) -> Key:
    if place.store == "crm":
        return "crm", place.collection, f"[{place.key}]"
    return keys[place.collection, place.key][0]


def _state(key: Key, at: Snapshot) -> str | None:
    if key[0] == "crm":
        return at.rows.get(key)
    return next((at.mails[path] for known, path in at.keys.values() if known == key), None)


def _folder(company: Company, path: Path) -> str:
    return path.parent.parent.relative_to(company.mail).as_posix()


def _told(found: Counter[str] | Sequence[str]) -> str:
    if isinstance(found, Counter):
        return ", ".join(f"{count} {what}" for what, count in sorted(found.items()))
    return ", ".join(sorted(set(found)))
