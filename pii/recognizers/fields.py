"""Values of fields that are called after what they hold: a column `last_name`, 微信号 or `passport_no` needs no text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import regex
from presidio_analyzer import RecognizerResult

from pii.recognizers.groups import GroupRecognizer, Needs, words

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_SURE = words(
    """
    fullname nickname contactperson displayname personname employeename patientname recipientname sendername
    geburtsname ansprechpartner ansprechpartnerin kontaktperson nom prenom prénom nombre apellido apellidos cognome
    achternaam voornaam sobrenome imię nazwisko
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
    MULTILINE = True
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


class _FieldValueRecognizer(GroupRecognizer):
    """The whole value of a field whose squeezed name `FIELDS` matches."""

    SCORE = 0.01
    MULTILINE = True
    FIELDS: ClassVar[regex.Pattern[str]]

    def enhance_using_context(
        self,
        text: str,
        raw_recognizer_results: list[RecognizerResult],
        other_raw_recognizer_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """The candidate, where the first of `context`, the name of the field, says what it is."""
        if not context or not self.FIELDS.search(squeezed(context[0])):
            return []
        return [self.result(r.start, r.end, 0.8) for r in raw_recognizer_results]


class WeChatFieldRecognizer(_FieldValueRecognizer):
    """WeChat ids in fields of them."""

    ENTITY = "WECHAT_ID"
    FIELDS = regex.compile(r"wechat(?!pay)|weixin|微信")
    EXPRESSIONS = (regex.compile(r"\A\s{0,4}(?P<found>[A-Za-z][A-Za-z0-9_\-]{5,19}|1[3-9]\d{9})\s{0,4}\Z"),)


class QqFieldRecognizer(_FieldValueRecognizer):
    """QQ numbers in fields of them."""

    ENTITY = "QQ_ID"
    FIELDS = regex.compile(r"^qq|qq(?:id|no|number|号|号码)?$")
    NEEDS = Needs(digits=5)
    EXPRESSIONS = (regex.compile(r"\A\s{0,4}(?P<found>[1-9]\d{4,10})\s{0,4}\Z", regex.ASCII),)


class PasswordFieldRecognizer(_FieldValueRecognizer):
    """Passwords, PINs and secrets in fields of them."""

    ENTITY = "PASSWORD"
    FIELDS = regex.compile(
        r"password(?!changed|reset|date)|passwd|passphrase|passwort|kennwort|^pwd|^pin(?:code)?$|^secret$|secretanswer|securityanswer|密码|口令"
    )
    EXPRESSIONS = (regex.compile(r"\A\s{0,4}(?P<found>[^\s]{4,128})\s{0,4}\Z"),)


class ApiKeyFieldRecognizer(_FieldValueRecognizer):
    """Keys and tokens in fields of them."""

    ENTITY = "API_KEY"
    FIELDS = regex.compile(
        r"apikey|accesskey|secretkey|clientsecret|appsecret|(?:auth|access|refresh|api|bearer)token$|密钥"
    )
    NEEDS = Needs(digits=1)
    EXPRESSIONS = (regex.compile(r"\A\s{0,4}(?P<found>(?=[^\s\d]{0,200}\d)[!-~]{16,300})\s{0,4}\Z"),)


class AddressFieldRecognizer(_FieldValueRecognizer):
    """Postal addresses in fields of them; a street without a number too."""

    ENTITY = "POSTAL_ADDRESS"
    FIELDS = regex.compile(
        r"(?:postal|mailing|billing|shipping|home|street|delivery|post)address|^address(?:line)?\d?$|street(?:address)?\d?$|"
        r"stra(?:ß|ss)e$|anschrift|^adresse$|postadresse|lieferadresse|direccion|dirección|indirizzo|endereço|地址|住址"
    )
    EXPRESSIONS = (regex.compile(r"\A\s{0,4}(?P<found>(?=.{0,200}[\d\p{Han}])[\p{L}\d][^@\r\n<>{}]{4,200}?)\s{0,4}\Z"),)


class SerialFieldRecognizer(_FieldValueRecognizer):
    """Serial numbers of devices in fields of them."""

    ENTITY = "DEVICE_SERIAL"
    FIELDS = regex.compile(r"serialn|serial$|seriennummer|deviceserial|序列号")
    NEEDS = Needs(digits=1)
    EXPRESSIONS = (regex.compile(r"\A\s{0,4}(?P<found>(?=[A-Za-z\-]{0,30}\d)[0-9A-Za-z][0-9A-Za-z\-]{4,30})\s{0,4}\Z"),)


class PlateFieldRecognizer(_FieldValueRecognizer):
    """Number plates in fields of them, whatever their country."""

    ENTITY = "LICENSE_PLATE"
    FIELDS = regex.compile(
        r"licen[sc]eplate|numberplate|plateno|platenumber|kennzeichen|immatriculation|kenteken|matricula|targa"
    )
    NEEDS = Needs(digits=1)
    EXPRESSIONS = (
        regex.compile(
            r"\A\s{0,4}(?P<found>(?!\p{Lu}{1,3}-\p{Lu}{1,2}[ \-])(?=[^\d]{0,12}\d)[\p{Lu}\d][\p{Lu}\d \-·.]{2,11}[\p{Lu}\d])"
            r"\s{0,4}\Z"
        ),
    )


class PassportFieldRecognizer(_FieldValueRecognizer):
    """Passport numbers in fields of them, whatever their country; Chinese, German and American ones are left to others."""

    ENTITY = "PASSPORT"
    FIELDS = regex.compile(r"passport|reisepass|passeport|pasaporte|paspoort|passnummer|护照")
    NEEDS = Needs(digits=4)
    EXPRESSIONS = (
        regex.compile(
            r"\A\s{0,4}(?P<found>(?![EGDSP]\d{8}\b|\d{9}\b|[CFGHJK][0-9CFGHJ-NPRTV-Z]{8}\b)(?=(?:[A-Z]{0,8}\d){4})[0-9A-Z]{6,12})\s{0,4}\Z"
        ),
    )


def squeezed(field: str) -> str:
    """The name of a field without case and separators: `Last_Name` and `lastName` are `lastname`."""
    return "".join(char for char in field if char.isalnum()).lower()
