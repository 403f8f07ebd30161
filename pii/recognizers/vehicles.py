"""Vehicles and devices: identification numbers, number plates, hardware and advertising ids."""

from __future__ import annotations

import re
from typing import ClassVar

from pii.recognizers.checksums import luhn
from pii.recognizers.groups import OTHER_NUMBERS, GroupRecognizer, Needs, NumberRecognizer, number

_PLATES = (
    "kennzeichen", "nummernschild", "number plate", "license plate", "licence plate", "plate", "registration", "vrm",
    "vehicle", "kfz", "pkw", "immatricul", "plaque", "kenteken", "matrícula", "matricula", "targa", "autokennzeichen",
    "rejestracyjny", "fahrzeug", "车牌", "車牌",
)  # fmt: skip


# A plate is no part of a longer one: neither after a hyphen, nor after the province of a Chinese or the district of a German one.
_NO_PART = r"(?<![\-京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼].)(?<![A-ZÄÖÜ] .)"


class VinRecognizer(NumberRecognizer):
    """Vehicle identification numbers (ISO 3779): 17 characters without I, O and Q. Alone only with the check digit of
    North America and China in ninth place."""

    ENTITY = "VIN"
    SCORE = 0.15
    CONTEXT = (
        "vin", "fin", "fahrgestell", "fahrzeug ident", "chassis", "vehicle identification", "numéro de série", "bastidor",
        "telaio", "车架号", "車架號", "车辆识别",
    )  # fmt: skip
    NEEDS = Needs(digits=3)
    EXPRESSIONS = (number("[0-9A-HJ-NPR-Za-hj-npr-z]", r"[0-9A-HJ-NPR-Za-hj-npr-z]{12}[0-9A-Za-z][0-9]{3}"),)
    _VALUES: ClassVar[dict[str, int]] = dict(
        zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True)
    )
    _WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)

    def valid(self, number: str) -> bool:
        """Letters and digits; in North America and China the check digit is law."""
        mixed = not number.isdigit() and sum(map(str.isdigit, number)) >= 4 and sum(map(str.isalpha, number)) >= 2
        return mixed and set(number) <= set(self._VALUES) and (number[0] not in "12345L" or self._checked(number))

    def score(self, value: str) -> float:
        """Enough alone with the check digit."""
        return 0.6 if self._checked(value.upper()) else self.SCORE

    def _checked(self, vin: str) -> bool:
        total = sum(self._VALUES[char] * weight for char, weight in zip(vin, self._WEIGHTS, strict=True))
        return "0123456789X"[total % 11] == vin[8]


class DePlateRecognizer(NumberRecognizer):
    """German number plates: district, letters, digits, E for electric and H for historic cars; only in context."""

    ENTITY = "DE_KFZ"
    SCORE = 0.2
    CONTEXT = _PLATES
    WITHIN_LINE = True
    NEEDS = Needs(digits=1, capital=True)
    EXPRESSIONS = (
        number("[A-ZÄÖÜ]", r"[A-ZÄÖÜ]{0,2}(?:[ \-:]{1,2}[A-Z]{1,2}[ \-]?|[ \-])[1-9]\d{0,3}[EH]?(?!-[A-Z])"),
    )


class PlateRecognizer(NumberRecognizer):
    """Number plates of the UK, France, Italy, Spain, the Netherlands, Belgium, Austria, Switzerland, Portugal, Poland; only
    in context."""

    ENTITY = "LICENSE_PLATE"
    SCORE = 0.2
    CONTEXT = _PLATES
    WITHIN_LINE = True
    NEEDS = Needs(digits=1, capital=True)
    EXPRESSIONS = (
        number(
            "[A-Z]" + _NO_PART,
            r"(?:[A-Z]\d\d ?[A-Z]{3}|[A-Z][ \-]?\d{3}[ \-]?[A-Z]{2}|\d{1,3} ?[A-Z]{3})",
        ),
        number(
            "[A-Z]" + _NO_PART,
            r"(?:[A-Z]{1,2}[ \-]\d[0-9A-Z]{3,4}|[A-Z]?[ \-]\d{1,5}[ \-]?[A-Z]{1,3}|[A-Z][ \-]?\d{1,6})",
        ),
        number(
            "[0-9A-Z]" + _NO_PART,
            r"[0-9A-Z]{1,2}-(?:[0-9A-Z]{2}-[0-9A-Z]{2}|\d{2,3}-[A-Z]{1,2}|[A-Z]{2,3}-\d{1,3})",
        ),
        number(
            "[0-9]" + _NO_PART,
            r"(?:\d{3}[ \-]?[BCDFGHJ-NPR-TV-Z]{3}|-[A-Z]{3}-\d{3})",
        ),
    )

    def valid(self, number: str) -> bool:
        """Letters and digits."""
        return not number.isdigit() and not number.isalpha()


class ImeiRecognizer(NumberRecognizer):
    """Numbers of mobile devices (IMEI, 3GPP TS 23.003): 15 digits with a Luhn check digit."""

    ENTITY = "IMEI"
    SCORE = 0.2
    CONTEXT = ("imei", "meid", "device id", "设备号", "串号", "设备识别", "gerätenummer", "handy")
    NEEDS = Needs(digits=15)
    EXPRESSIONS = (number("[0-9]", r"(?:\d{14}|\d[\- ]?\d{6}[\- ]\d{6}[\- ]\d)"),)

    def valid(self, number: str) -> bool:
        """The check digit."""
        return luhn(number) and len(set(number)) > 1

    def score(self, value: str) -> float:
        """More with hyphens as a device shows it."""
        return 0.5 if value.count("-") >= 3 else self.SCORE


class SerialNumberRecognizer(GroupRecognizer):
    """What a text calls the serial number of a device."""

    ENTITY = "DEVICE_SERIAL"
    SCORE = 0.6
    NEEDS = Needs(
        digits=2,
        any_of=("serial", "serien", "s/n", "sn", "série", "serie", "序列", "geräte", "serie", "serij", "matricola"),
    )
    EXPRESSIONS = (
        re.compile(
            r"(?:(?<![a-z0-9])(?:s/n|sn)|serial(?: ?(?:number|num|no\.?|nr\.?|#))?|seriennummer|serien-?nr\.?|numéro de série|"
            r"n° de série|número de serie|numero di serie|serienummer|gerätenummer|geräte-?id|序列号|序列號)"
            r"(?: (?:is|ist|est|es|of (?:the|my) device(?: is)?))?"
            r"(?:(?<=[号號])|(?=[ \t:：#=】是为]))[】]?[ \t]{0,3}[:：#=是为]{0,2}[ \t]{0,3}"
            r"(?P<found>(?=[0-9A-Z\-]{0,30}\d[0-9A-Z\-]{0,30}\d)[0-9A-Z][0-9A-Z\-]{4,28}[0-9A-Z])(?![0-9A-Za-z])",
            re.IGNORECASE,
        ),
    )


class AdvertisingIdRecognizer(GroupRecognizer):
    """Advertising ids of phones (IDFA, GAID, OAID) and ids of devices: a UUID that the text or field calls so."""

    ENTITY = "ADVERTISING_ID"
    SCORE = 0.15
    CONTEXT = (
        "idfa", "gaid", "aaid", "adid", "oaid", "idfv", "ifa", "rida", "advertising", "ad id", "advertiser", "werbe id",
        "device id", "deviceid", "tracking id", "广告标识", "广告id", "设备标识", "设备id",
    )  # fmt: skip
    RIVALS = OTHER_NUMBERS
    NEEDS = Needs(any_of=("-",))
    EXPRESSIONS = (
        re.compile(
            r"(?P<found>[0-9A-Fa-f](?<![0-9A-Za-z\-].)[0-9A-Fa-f]{7}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})(?![0-9A-Za-z\-])"
        ),
    )

    def accepts(self, value: str) -> bool:
        """Not the nil value that stands for "tracking refused"."""
        return set(value) != {"0", "-"}
