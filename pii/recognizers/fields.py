"""Names of people in fields that are called so: a column `last_name` or 姓名 needs no language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex
from presidio_analyzer import RecognizerResult

from pii.recognizers.groups import GroupRecognizer, words

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_SURE = words(
    """
    fullname nickname contactperson displayname personname employeename patientname recipientname sendername
    geburtsname ansprechpartner ansprechpartnerin kontaktperson nom prenom prénom nombre apellido apellidos cognome
    姓名 名字 姓 名 联系人 聯絡人 聯繫人 客户姓名 联系人姓名 收件人 发件人 负责人 员工姓名
    """
)
_ENDINGS = (
    *("firstname", "lastname", "surname", "givenname", "familyname", "middlename", "maidenname", "contactname"),
    *("vorname", "nachname", "familienname"),
)
_PERHAPS = words(
    "name customername clientname ownername contact person owner customer client kunde kontakt 客户 客戶 名称"
)


class FieldNameRecognizer(GroupRecognizer):
    """The whole value of a field of names, where it has the shape of one: one short line, letters, at most six words.

    Certain fields score 0.85, fields that may also hold firms (`name`, `客户`) the threshold of 0.4.
    """

    ENTITY = "PERSON"
    SCORE = 0.01  # a candidate only, until the name of the field is known
    EXPRESSIONS = (
        regex.compile(
            r"\A\s{0,4}(?P<found>\p{L}[\p{L}\p{Mn}'’.\-·]{0,40}(?:,?[ \u00a0\u3000][\p{L}\p{Mn}'’.\-]{1,40}){0,5})"
            r"\s{0,4}\Z"
        ),
    )

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """The candidate with the score its field gives it; the first of `context` is the name of the field."""
        field = squeezed(context[0]) if context else ""
        score = 0.85 if field in _SURE or field.endswith(_ENDINGS) else 0.4 if field in _PERHAPS else 0.0
        return [self.result(r.start, r.end, score) for r in raw_recognizer_results if score]


def squeezed(field: str) -> str:
    """The name of a field without case and separators: `Last_Name` and `lastName` are `lastname`."""
    return "".join(char for char in field if char.isalnum()).lower()
