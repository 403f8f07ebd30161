"""SIGKILL before every statement, commit and change of a file, on the whole way of a request; then the promises are checked.

The points are counted by hooks of SQLAlchemy and of the interpreter, so nothing in the code under test knows of them.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event
from sqlmodel import col, select

from cases.states import TRANSITIONS, State
from cases.tables import ActionRow, Case, Finding, Package, Step
from law.clock import due
from ledger import verify_database
from ledger.tables import LedgerLeaf
from notices.tables import Notice
from office import Office, open_office
from tests.faults import company as sample
from tests.faults import journey
from tests.faults.company import ASKER, LEAVER, Company, Person
from tests.faults.markers import lying_about

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

CHANGES = frozenset({"os.rename", "os.remove", "os.link", "os.utime", "os.chmod", "os.truncate", "os.mkdir"})
SAMPLED = 12
DOUBLE = 40
SEED = 20260301


@dataclass
class Scene:
    """One place where the same story is played again and again: the paths must not change, for they are sealed."""

    folder: Path
    person: Person
    right: str
    reference: Outcome | None = None
    points: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def company(self) -> Company:
        return Company(self.folder / "company" / "crm.db", self.folder / "company" / "mail")

    def prepare(self) -> None:
        """Company and installation, scanned once; kept as a copy beside."""
        due("gdpr", "access", "DE", datetime.now(UTC), ZoneInfo("Europe/Berlin"))  # the children share what it loads
        made = sample.build(self.folder / "company")
        journey.settle_in(self.home, made)
        os.environ["REDRESS_HOME"] = str(self.home)
        office = open_office(self.home)
        journey.scan(office)
        office.close()
        for name in ("home", "company"):
            shutil.copytree(self.folder / name, self.folder / f"fresh-{name}")

    def reset(self) -> None:
        for name in ("home", "company"):
            shutil.rmtree(self.folder / name)
            shutil.copytree(self.folder / f"fresh-{name}", self.folder / name)

    def play(self, kill_at: int = 0) -> bool:
        """The journey in a process that is killed at a point (0: never). True when it came to its end."""
        child = os.fork()
        if child == 0:
            self._child(kill_at)
        status = os.waitpid(child, 0)[1]
        assert status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL), "see stderr"
        return status == 0

    def _child(self, kill_at: int) -> None:
        code = 1
        try:
            counter = _Counter(kill_at, self.folder)
            counter.listen()
            journey.travel(self.home, self.person, self.right)
            (self.folder / "points").write_text(str(counter.seen))
            code = 0
        except BaseException as error:  # noqa: BLE001 - a forked child must never return into pytest
            import traceback

            traceback.print_exception(error, file=sys.__stderr__)
        finally:
            os._exit(code)


@dataclass
class _Counter:
    """Counts what can be told apart from outside: statements, commits, changes of files. Dies at `kill_at`."""

    kill_at: int
    folder: Path
    seen: int = 0
    pid: int = field(default_factory=os.getpid)

    def listen(self) -> None:
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, self.step)
        sys.addaudithook(self.audit)

    def step(self, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.kill_at:
            os.kill(self.pid, signal.SIGKILL)

    def audit(self, name: str, arguments: tuple[object, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (name in CHANGES or writes) and str(self.folder) in str(arguments[0]):
            self.step()


@dataclass(frozen=True)
class Outcome:
    """Everything that must be the same however often the process died."""

    rows: dict[str, list[tuple[object, ...]]]
    mails: dict[str, list[bytes]]
    events: Counter[str]
    path: list[str]
    letters: Counter[str]
    packages: Counter[str]
    actions: Counter[tuple[str, str]]


def outcome(scene: Scene) -> tuple[Outcome, list[str]]:
    """What became of a story, and what is wrong with it in itself."""
    office = open_office(scene.home)
    try:
        wrong = list(_wrong(scene, office))
        with office.unit() as unit:
            session = unit.session
            bodies = [json.loads(body) for body in session.exec(select(LedgerLeaf.body).order_by(col(LedgerLeaf.seq)))]
            letters = Counter(session.exec(select(Notice.kind)))
            packages = Counter(session.exec(select(Package.kind)))
            actions = Counter(session.exec(select(ActionRow.store, ActionRow.kind)).all())
        moves = [body["object"].split("/", 1)[1] for body in bodies if "/" in body["object"]]
        events = Counter(body["action"].replace("notice.unknown", "notice.sent") for body in bodies)
        mails = {key: [_unstamped(raw) for raw in raws] for key, raws in scene.company.mails().items()}
        return Outcome(scene.company.rows(), mails, events, moves, letters, packages, actions), wrong
    finally:
        office.close()


def _wrong(scene: Scene, office: Office) -> Iterator[str]:
    """Promises that are broken in the end state, whatever the way to it was."""
    with office.unit() as unit:
        session = unit.session
        case = session.exec(select(Case)).one()
        steps = session.exec(select(Step)).all()
        actions = session.exec(select(ActionRow)).all()
        notices = session.exec(select(Notice)).all()
        packages = session.exec(select(Package)).all()
        rounds = session.exec(select(Finding.round, Finding.store, Finding.ref_hash)).all()
    with office.unit() as unit:
        verified = verify_database(unit.session, office.vault)
    if not verified.ok:
        yield f"I6 the ledger does not verify: {verified.reason}"
    if case.state != State.COMPLETE:
        yield f"the request ended as {case.state} {case.note}"
    if any(step.done_at is None for step in steps):
        yield "I11 a step is left over"
    if {action.state for action in actions} - {"done", "already"} or len({a.finding_id for a in actions}) != len(
        actions
    ):
        yield f"I3 actions: {Counter(action.state for action in actions)}"
    if len(rounds) != len(set(rounds)):
        yield "a record was found twice in one round"
    yield from _wrong_letters(office, notices)
    files = {path.name for path in office.settings.packages.iterdir()}
    if files != {package.file for package in packages} or not all(package.sha256 for package in packages):
        yield f"packages: {len(packages)} rows, {len(files)} files"
    office.engine.dispose()
    markers = [*scene.person.markers, journey.EVIDENCE]
    for place in lying_about(markers, [scene.home], besides=[office.settings.letters]):
        yield f"I8 a marker lies in {place}"
    if scene.right == "erasure":
        for place in lying_about(scene.person.names, [scene.folder / "company"]):
            yield f"I10 a marker is left in {place}"


def _wrong_letters(office: Office, notices: Any) -> Iterator[str]:
    if {notice.state for notice in notices} - {"sent", "unknown"}:
        yield f"I5 letters are neither sent nor given up: {Counter(notice.state for notice in notices)}"
    if sum(notice.state == "unknown" for notice in notices) > 1:
        yield "I5 one kill made more than one letter doubtful"
    sent = {notice.message_id for notice in notices if notice.state == "sent"}
    files = list(office.settings.letters.glob("*.eml"))
    there = Counter(sample.message_id(path.read_bytes()) for path in files)
    if set(there) != sent or any(number > 1 for number in there.values()):
        yield f"I5 {len(sent)} letters are said to be sent, {sum(there.values())} lie there"


def _unstamped(raw: bytes) -> bytes:
    """A mail without the id of its redaction, which is another one in every story; how many stamps there are stays."""
    return b"\n".join(b"stamp" if line.startswith(b"X-Privacy-Redaction:") else line for line in raw.splitlines())


def halfway(scene: Scene, untouched: Any) -> Iterator[str]:
    """Promises that hold at the very moment of death."""
    office = open_office(scene.home)
    try:
        with office.unit() as unit:
            case = unit.session.exec(select(Case)).first()
            intended = unit.session.exec(select(ActionRow.id).where(ActionRow.state != "pending")).all()
            done = unit.session.exec(select(Package).where(Package.kind == "certificate")).all()
        early = case is None or State(case.state) not in {State.FULFILLING, State.CONFIRMING, State.COMPLETE}
        now = (scene.company.rows(), scene.company.mails())
        if (early or not intended) and now != untouched:
            yield "I4 something changed before it was approved and intended"
        if done and lying_about(scene.person.names, [scene.folder / "company"]):
            yield "promise 4: a certificate was issued although something is left"
    finally:
        office.close()


def differences(story: Outcome, told: Outcome) -> Iterator[str]:
    """How the end of a story with a kill differs from the one without."""
    for name in ("rows", "mails", "path", "letters", "packages", "actions", "events"):
        if getattr(story, name) != getattr(told, name):
            yield f"{name} are not those of the story without a kill"


def killed_story(scene: Scene, untouched: Any, *kills: int) -> list[str]:
    """Play the story with kills; gives what is wrong afterwards."""
    scene.reset()
    wrong: list[str] = []
    for kill_at in kills:
        if scene.play(kill_at):
            break
        wrong += halfway(scene, untouched)
    assert scene.play(), "the story must come to its end"
    story, broken = outcome(scene)
    assert scene.reference is not None
    return [f"killed at {kills}: {text}" for text in (*wrong, *broken, *differences(story, scene.reference))]


@pytest.fixture(scope="module", params=["erasure", "access"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The story played once without a kill."""
    before = os.environ.get("REDRESS_HOME")
    made = Scene(tmp_path_factory.mktemp("story"), {"erasure": LEAVER, "access": ASKER}[request.param], request.param)
    made.prepare()
    assert made.play()
    made.points = int((made.folder / "points").read_text())
    made.reference, wrong = outcome(made)
    assert wrong == []
    yield made
    os.environ.pop("REDRESS_HOME") if before is None else os.environ.update(REDRESS_HOME=before)


@pytest.fixture
def untouched(scene: Scene) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, list[bytes]]]:
    """The company as it was."""
    fresh = Company(scene.folder / "fresh-company" / "crm.db", scene.folder / "fresh-company" / "mail")
    return fresh.rows(), fresh.mails()


def test_it_works(scene: Scene, untouched: Any) -> None:
    """The story without a kill does what it should, so that being the same as it means something."""
    told = scene.reference
    assert told is not None
    arrows = {f"{t.source}/{t.target}" for t in TRANSITIONS}
    assert set(told.path) <= arrows
    assert told.path[-1].endswith("/complete")
    assert set(told.letters.values()) == {1}
    if scene.right == "access":
        assert (told.rows, told.mails) == (
            untouched[0],
            {k: [_unstamped(m) for m in v] for k, v in untouched[1].items()},
        )
        assert told.packages == {"answer": 1}
        return
    assert told.packages == {"certificate": 1}
    assert told.actions["mail", "redact"] == 2
    assert told.actions["mail", "delete"] == 1
    redacted = {key for key, (raw,) in told.mails.items() if raw.splitlines().count(b"stamp") == 1}
    assert redacted == {"<leaver-mention@company.example>", "<leaver-attached@company.example>"}
    for key in told.mails.keys() - redacted:
        assert told.mails[key] == [_unstamped(untouched[1][key][0])]
    assert told.rows["contacts"][0] == untouched[0]["contacts"][0]
    assert told.rows["contacts"][2] == untouched[0]["contacts"][2]


def report(scene: Scene, played: int, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{scene.right}: {scene.points} points, {played} stories, {len(wrong)} violations")
    assert wrong == []


@pytest.mark.slow
def test_sampled(scene: Scene, untouched: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A few points spread over the whole way."""
    throw = random.Random(SEED)
    width = scene.points / (SAMPLED / 2)
    points = [int(width * i + throw.random() * width) + 1 for i in range(SAMPLED // 2)]
    wrong = [text for point in points for text in killed_story(scene, untouched, point)]
    report(scene, len(points), wrong, capsys)


@pytest.mark.faults
def test_every_point(scene: Scene, untouched: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them."""
    wrong = [text for point in range(1, scene.points + 1) for text in killed_story(scene, untouched, point)]
    report(scene, scene.points, wrong, capsys)


@pytest.mark.faults
def test_killed_twice(scene: Scene, untouched: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The second life ends early too: at any point from its start on."""
    throw = random.Random(SEED)
    pairs = [(throw.randrange(1, scene.points), throw.randrange(1, scene.points // 2)) for _ in range(DOUBLE)]
    wrong = [text for pair in pairs for text in killed_story(scene, untouched, *pair)]
    report(scene, len(pairs), wrong, capsys)
