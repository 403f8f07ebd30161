"""Other people's data in records that are handed out."""

from __future__ import annotations

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from cases.masking import Masker
from cases.matching import Matcher, Role
from cases.redaction import again
from cases.subject import Subject
from connectors.contract import Attachment, Field, FieldType, Participant, Record, Ref, Text, TextKind, Unreadable
from connectors.errors import Unsupported
from discovery.identifiers import Kind, Normal
from office import Office
from pii.analyzer import Analyzer
from tests.cases.conftest import EMAIL, NAME, PHONE

OURS = (Normal(Kind.EMAIL, EMAIL), Normal(Kind.PHONE, PHONE), Normal(Kind.NAME, NAME))
N, E, P, T = FieldType.NAME, FieldType.EMAIL, FieldType.PHONE, FieldType.TEXT


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture
def masker(office: Office, analyzer: Analyzer) -> Masker:
    return Masker(office, analyzer, Matcher(Subject(OURS), office.settings.policy.shared_addresses), "en")


def no_file(path: str) -> bytes:
    raise AssertionError(path)


def hidden(masker: Masker, record: Record, role: Role = Role.OWN) -> dict[str, str]:
    """What is masked, by path."""
    texts = {text.path: text.text for text in record.readable()}
    found = masker.foreign(record, role, no_file, wrote=False).masks
    return {mask.path: texts[mask.path][mask.start : mask.end] for mask in found}


def row(**values: tuple[str, FieldType]) -> Record:
    return Record(Ref("c", "1"), "1", tuple(Field(name, value, kind) for name, (value, kind) in values.items()))


def test_it_works(masker: Masker) -> None:
    record = row(email=(EMAIL, E), remarks=("Ask boris@example.com, not anna.schmidt@example.com", T))
    assert hidden(masker, record) == {"field:remarks": "boris@example.com"}


def test_their_second_address_is_theirs(masker: Masker) -> None:
    assert (
        hidden(masker, row(email=(EMAIL, E), email_2=("anna.private@example.org", E), last_name=("Schmidt-Weber", N)))
        == {}
    )


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("spouse_email", "karl@example.org", E),
        ("emergency_contact_name", "Karl Weber", N),
        ("owner_name", "Li", N),
        ("manager_phone", "030 23125-222", P),
    ],
)
def test_columns_for_other_people_are_masked_whole(masker: Masker, column: str, value: str, kind: FieldType) -> None:
    assert hidden(masker, row(email=(EMAIL, E), **{column: (value, kind)})) == {f"field:{column}": value}


def test_in_rows_that_hang_off_theirs_only_what_is_theirs_stays(masker: Masker) -> None:
    record = row(
        contact_name=("Anna Schmidt", N), seller_name=("Li", N), contact_email=(EMAIL, E), desk=("info@x.example", E)
    )
    assert hidden(masker, record, Role.LINKED) == {"field:seller_name": "Li"}


def test_a_number_of_somebody_else_beside_their_own(masker: Masker) -> None:
    record = row(email=(EMAIL, E), remarks=("Her number: 030 23125-111. His number: 030 23125-222.", T))
    assert hidden(masker, record) == {"field:remarks": "030 23125-222"}


def mail(text: str, *, unreadable: bool = False, maskable: bool = False) -> Record:
    path = "part:2"
    return Record(
        Ref("INBOX", "1"), "1",
        texts=(Text(path, text, TextKind.ATTACHMENT, maskable=maskable),) if text else (),
        participants=(Participant("to", EMAIL),),
        attachments=(Attachment(path, "list", "application/octet-stream", 9),),
        unreadable=(Unreadable(path, "encrypted"),) if unreadable else (),
    )  # fmt: skip


def pdf(text: str) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 700, text)
    canvas.save()
    return target.getvalue()


HERS = f"Only {EMAIL}"
HIS = f"boris@example.com owes {EMAIL}"


@pytest.mark.parametrize(
    ("record", "data", "goes"),
    [
        (mail("Nothing about anybody."), b"", "as it is"),
        (mail(HERS), b"", "as it is"),
        (mail(HIS), HIS.encode(), "masked"),
        (mail(HIS, maskable=True), HIS.encode(), "masked"),
        (mail(HIS), pdf(HIS), "masked"),
        (mail(HIS), pdf(HIS)[:500], "not at all"),
        (mail(HIS), b"\0\1" + HIS.encode(), "not at all"),
        (mail(HIS, unreadable=True), HIS.encode(), "not at all"),
        (mail("", unreadable=True), b"", "not at all"),
    ],
)
def test_attachments(masker: Masker, record: Record, data: bytes, goes: str) -> None:
    found = masker.foreign(record, Role.PARTICIPANT, lambda path: data, wrote=False)
    assert found.held_back == (("part:2",) if goes == "not at all" else ())
    assert set(found.files) == ({"part:2"} if goes == "masked" else set())
    assert found.masks == ()
    theirs = masker.foreign(record, Role.PARTICIPANT, no_file, wrote=True)
    assert (theirs.held_back, theirs.files) == ((), {})


def test_what_a_recipe_makes(masker: Masker) -> None:
    data = f"Ask Mr Boris Petrov (boris@example.com) or {EMAIL}. Petrov knows.".encode()
    found = masker.foreign(mail(data.decode()), Role.PARTICIPANT, lambda path: data, wrote=False)
    made = again(data, "list", "application/octet-stream", found.files["part:2"])
    mark = "[another person]"
    assert made.decode() == f"Ask Mr {mark} ({mark}) or {EMAIL}. {mark} knows."


def test_a_recipe_is_for_one_file_only(masker: Masker) -> None:
    data = b"Ask boris@example.com."
    found = masker.foreign(mail(data.decode()), Role.PARTICIPANT, lambda path: data, wrote=False)
    with pytest.raises(Unsupported):
        again(data + b" More.", "list", "", found.files["part:2"])
