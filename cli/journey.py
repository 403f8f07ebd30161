"""`redress demo`: a sample company, an access request and an erasure on it, and a check of every promise made.

Everything is real: the stores, the engine, the letters. What must be found is known from the generator of the company, and
what became of it is read with the standard library, not with our own connectors (`cli/proof.py`).
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import show
from cli.opening import home_of, opened

if TYPE_CHECKING:
    from cli.demo.truth import Company, Subject
    from cli.proof import Check
    from office import Office

MARKER = ".redress-demo"
PATIENCE = 600.0
"""Seconds that one stretch of work may take."""
_SETTINGS = """\
# Settings of the sample company of `redress demo`.
[controller]
name = "Nordwind Garten GmbH"
country = "DE"
contact = "datenschutz@nordwind-garten.example"
authority = "Berliner Beauftragte für Datenschutz und Informationsfreiheit, https://www.datenschutz-berlin.de"

[policy]
erasure_approvals = 2

[[policy.retention]]
id = "won-deals"
store = "crm"
collection = "deals"
field = "stage"
values = ["won"]
since_field = "closed_on"
years = 8
ground = "GDPR 17(3)(b)"
statute = "§ 147 AO, § 257 HGB"

[prefect]
port = {port}
"""


class NotOurs(OSError):
    """The folder holds something that `redress demo` did not put there."""


def demo(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Option(help="Folder to work in; default: demo under the home.")] = None,
    people: Annotated[int, typer.Option(min=60, help="Contacts of the company.")] = 2000,
    messages: Annotated[int, typer.Option(min=100, help="Mails of the company.")] = 5000,
    as_json: show.Json = False,
) -> None:
    """Try everything on an invented company: find, export, erase, prove. Ends with 1 when a promise was not kept."""
    from settings import load

    place = (folder or load(home_of(context)).home / "demo").absolute()
    began = time.monotonic()
    with show.progress(as_json) as report:
        prepare(place)
        report("building the sample company")
        journey = Journey.begin(place, people, messages, report)
        journey.travel()
    seconds = round(time.monotonic() - began)
    ok = all(check.ok for check in journey.checks)
    if as_json:
        checks = [asdict(check) for check in journey.checks]
        show.document({"ok": ok, "seconds": seconds, "folder": str(place), "checks": checks, "files": journey.files})
    else:
        rows = [("kept" if check.ok else "BROKEN", check.promise, check.detail) for check in journey.checks]
        show.table("What was promised", ("result", "promise", "detail"), rows, {"kept": "green", "BROKEN": "bold red"})
        show.table("Where to look", ("what", "where"), list(journey.files.items()))
        show.line(f"{'All promises were kept' if ok else 'NOT all promises were kept'}, {seconds} seconds.")
    raise typer.Exit(0 if ok else show.FINDING)


def prepare(folder: Path) -> None:
    """Make an empty folder; wipes one that an earlier demo made. Raises `NotOurs` for any other that holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / MARKER).is_file():
            raise NotOurs(f"{folder} holds something that no demo put there. Choose another --folder, or empty it.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MARKER).write_text("This folder was made by `redress demo`, which may delete it.\n", "utf-8")


@dataclass
class Journey:
    """One trip through the product; `checks` and `files` fill up on the way."""

    folder: Path
    company: Company
    report: Callable[[str], None]
    checks: list[Check] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path, people: int, messages: int, report: Callable[[str], None]) -> Journey:
        """Build the company and write the settings."""
        from cli.demo.company import build

        company = build(folder / "company", people, messages)
        (folder / "redress.toml").write_text(_SETTINGS.format(port=_free_port()), "utf-8")
        return cls(folder, company, report)

    def travel(self) -> None:
        """Everything, in the order of real life."""
        from flows import supervisor

        with opened(self.folder) as office:
            self.connect(office)
            with supervisor.engine(office.settings, self.report):
                self.scan(office)
                self.access(office)
                self.erasure(office)
            self.afterwards(office)

    def connect(self, office: Office) -> None:
        """The two stores of the company."""
        from discovery import stores

        self.report("connecting the stores")
        stores.add(office, "sql", "crm", {"url": f"sqlite:///{self.company.crm}"}, {}, "operator")
        stores.add(office, "maildir", "mail", {"path": str(self.company.mail)}, {}, "operator")
        self.files["sample company"] = str(self.company.folder)

    def scan(self, office: Office) -> None:
        """The nightly scan."""
        from cases import scans
        from cli import proof

        self.report("scanning the stores")
        asked = scans.ask_all(office)
        self.work(office)
        self.checks.append(proof.scanned(self.company, scans.ended(office, asked)))

    def access(self, office: Office) -> None:
        """Somebody asks what is known about them."""
        from cases import decisions
        from cli import proof
        from cli.handing import hand_out

        self.report("access request: looking for the person")
        before = proof.snapshot(self.company)
        reference, plan = self.asked(office, "access", self.company.asker, "de")
        self.checks += proof.planned(self.company, self.company.asker, plan, {"export"})
        self.report("access request: building the answer")
        decisions.approve(office, reference, "dpo@nordwind-garten.example", plan["hash"])
        self.work(office)
        out = self.folder / "answers" / f"{reference}.zip"
        out.parent.mkdir(mode=0o700, exist_ok=True)
        hand_out(office, reference, "answer", out, "dpo@nordwind-garten.example")
        self.files["answer to the access request"] = str(out)
        self.checks += proof.answered(self.company.asker, out, office.vault.public_key("package"))
        self.checks.append(proof.untouched(self.company, before, set(), "An access request changes nothing"))

    def erasure(self, office: Office) -> None:
        """Somebody wants to be forgotten."""
        from cases import decisions
        from cases.errors import Forbidden
        from cli import proof
        from cli.handing import hand_out

        self.report("erasure: looking for the person")
        before = proof.snapshot(self.company)
        leaver = self.company.leaver
        reference, plan = self.asked(office, "erasure", leaver, "zh")
        self.checks += proof.planned(self.company, leaver, plan, {"delete", "anonymise", "redact"})
        decisions.approve(office, reference, "dpo@nordwind-garten.example", plan["hash"])
        try:
            decisions.approve(office, reference, "DPO@nordwind-garten.example ", plan["hash"])
            refused = False
        except Forbidden:
            refused = True
        self.checks.append(proof.Check("Nobody approves an erasure twice", refused, "the second approval was refused"))
        decisions.approve(office, reference, "legal@nordwind-garten.example", plan["hash"])
        self.report("erasure: carrying out the plan and looking again")
        self.work(office)
        self.checks += proof.erased(self.company, plan, before)
        out = self.folder / "answers" / f"{reference}-certificate.json"
        self.checks.append(self.closed(office, reference))
        if self.checks[-1].ok:
            hand_out(office, reference, "certificate", out, "dpo@nordwind-garten.example")
            self.files["certificate of the erasure"] = str(out)
            self.checks.append(proof.certified(out, office.vault.public_key("package")))

    def asked(self, office: Office, right: str, subject: Subject, language: str) -> tuple[str, dict[str, Any]]:
        """Record a request, vouch for the person, search; gives reference and plan."""
        from cases import identity, plan
        from cases.intake import Asked, receive
        from discovery.identifiers import Kind

        known = subject.identifiers
        given = (
            *((Kind.EMAIL, value) for value in known.emails),
            *((Kind.PHONE, value) for value in known.phones),
            (Kind.NAME, known.names[0]),
            *((Kind.CUSTOMER_ID, value) for value in known.customer_numbers),
        )
        made = receive(office, Asked("gdpr", right, "DE", given, language), "operator")
        identity.attest(
            office, made.case.reference, "service@nordwind-garten.example", "Signed in to the customer area."
        )
        self.work(office)
        return made.case.reference, plan.describe(office, made.case.reference)

    def closed(self, office: Office, reference: str) -> Check:
        """Whether the request came to its end by itself."""
        from cases import view
        from cli.proof import Check

        shown = view.show(office, reference)
        kept = [line for line in shown["coverage"] if line["status"] != "searched"]
        detail = f"{shown['state'].replace('_', ' ')} {shown['attention']}".strip()
        actions = ", ".join(f"{count} {state}" for state, count in shown["actions"].items())
        return Check(
            "The request ends when all is done", shown["state"] == "complete" and not kept, f"{detail}: {actions}"
        )

    def afterwards(self, office: Office) -> None:
        """The record, checked by ourselves and by the verifier that needs nothing of ours; our own traces."""
        from cli import proof
        from ledger import checkpoint, export, verify_database
        from ledger.log import SIGNING_KEY

        self.report("checking the record")
        with office.unit() as unit:
            checkpoint(unit.session, office.vault, office.clock())
            unit.commit()
        out = self.folder / "ledger-export"
        with office.unit() as unit:
            export(unit.session, office.vault, out)
        with office.unit() as unit:
            result = verify_database(unit.session, office.vault)
        self.checks.append(proof.Check("The record is whole", result.ok, f"{result.leaves} entries {result.reason}"))
        key = office.vault.public_key(SIGNING_KEY).hex()
        command = [sys.executable, str(out / "verify.py"), "log", str(out), "--public-key", key, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        alone = json.loads(done.stdout) if done.returncode in {0, 1} else {"leaves": 0}
        detail = f"{alone['leaves']} entries, by verify.py beside them"
        self.checks.append(proof.Check("The record can be checked without us", done.returncode == 0, detail))
        office.engine.dispose()  # the last connection closed: nothing waits in the write-ahead log
        self.checks.append(proof.sealed(self.folder, self.company))
        self.checks.append(proof.lettered(office.settings.letters))
        self.files |= {"record for an auditor": str(out), "letters (.eml)": str(office.settings.letters)}
        self.files["home of the installation"] = str(self.folder)

    def work(self, office: Office) -> None:
        """Let the engine do all that is due."""
        from flows import supervisor

        supervisor.run_until_idle(office.settings, lambda line: None, PATIENCE)


def _free_port() -> int:
    """A port for the engine of the demo, so that it runs beside a real one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
