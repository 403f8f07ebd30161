"""Accounts, documents, births, vehicles, devices, credentials and postal addresses: one table per recogniser."""

import random

from stdnum import iban

from pii.recognizers import accounts, births, credentials, documents, postal, vehicles
from tests.pii.marked import check, table

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+IBAAKCAQEAabc/\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@table(
    "IBAN «DE89 3704 0044 0532 0130 00» and more",
    "«DE89370400440532013000», «gb82 west 1234 5698 7654 32»; «NO93 8601 1117 947».",
    "账号«FR14 2004 1010 0505 0001 3M02 606»，",
    "«NL91-ABNA-0417-1643-00» «MT84 MALT 0110 0001 2345 MTLC AST0 01S»",
    "DE89 3704 0044 0532 0130 01, DE89 3704 0044 0532 0130 000, XX89 3704 0044 0532 0130 00, FR14 2004",
    "«DE89370400440532013000» «DE89370400440532013000»",
)
def test_iban(marked: str) -> None:
    check(accounts.IbanRecognizer(), marked)


def test_iban_as_python_stdnum_says() -> None:
    recognizer, r, valid = accounts.IbanRecognizer(), random.Random(1), 0
    for _ in range(20000):
        number = f"{r.choice(('DE', 'AT', 'BE', 'NO', 'PL'))}{r.randint(2, 98):02}" + "".join(
            r.choices("0123456789", k=r.choice((11, 12, 16, 18, 24)))
        )
        ours = bool(recognizer.analyze(number, ["IBAN_CODE"]))
        theirs = iban.is_valid(number, check_country=False)
        valid += ours
        assert ours == theirs, number
    assert valid > 20


@table(
    "Visa «4111 1111 1111 1111», «4111-1111-1111-1111», «4111111111111111»",
    "«5555555555554444» «2223003122003222» «378282246310005» «3782 822463 10005» «6011111111111117» «3530111333300000»",
    "«30569309025904»",
    "卡号«6200000000000005»，", "Maestro «6759649826438453»",
    "4111111111111112 4444444444444444 41111111111111111 1111111111111117 4111 1111-1111 1111", "FR49 4088 6334 6001 7804 5212 033",
)  # fmt: skip
def test_card(marked: str) -> None:
    check(accounts.CardRecognizer(), marked)


@table("Kto. «1234567», sort code «20-00-00 55779911»", "12345 123-45-67")
def test_account_number(marked: str) -> None:
    check(accounts.AccountNumberRecognizer(), marked)


@table("Reisepass «C01X00T47», «C01X00T478», «C01X00T478D»", "C01X00T479 G12345678 C01X00A47 CCCCCCCCC")
def test_de_passport(marked: str) -> None:
    check(documents.DePassportRecognizer(), marked)


@table("Ausweis «L01X00T471» «T22000129» «T220001293»", "L01X00T472 L12345678 LLLLLLLLL")
def test_de_id_card(marked: str) -> None:
    check(documents.DeIdCardRecognizer(), marked)


@table("passport «12AB34567» «AB1234567» «AAA123456» «X1234567»", "12345678 ABCDEFGHI")
def test_passport(marked: str) -> None:
    check(documents.PassportRecognizer(), marked)


@table("Führerschein «B072RRE2I55»", "B072RRE2I5 b072rre2i55")
def test_de_driving_licence(marked: str) -> None:
    check(documents.DeDrivingLicenceRecognizer(), marked)


@table(
    "«1990-01-02» «02.01.1990» «1/2/1990» «31/12/1990» «12/31/1990» «1990/1/2» «19900102» «02.01.90»",
    "«1990年1月2日»出生，«1990 年 1 月 2 日»",
    "«2 January 1990», «2nd Jan 1990», «2. Januar 1990», «January 2, 1990», «3. März 1991», «4. Dezember 1990», «2-Jan-1990»",
    "«2 mai 1990», «1er janvier 1990», «2 de mayo de 1990», «3 maart 1990», «4 maggio 1990», «5 de março de 1990», «6 maja 1990»",
    "1990-13-41 31.02.1990 1790-01-01 30 February 1990 99/1990 1.2.1990.3",
)
def test_date_of_birth_candidates(marked: str) -> None:
    check(births.DateOfBirthRecognizer(), marked)


@table(
    "VIN «1HGCM82633A004352», «WVWZZZ1JZ3W386752», «1m8gdm9axkp042788»",
    "1HGCM82633A004353 11111111111111111 1HGCM82633A00435 WVWZZZ1JZ3W38675O ABCDEFGHJKLMNPRST",
    "车架号«LSVAA4182E2184847»".replace("«LSVAA4182E2184847»", "LSVAA4182E2184848"),
)
def test_vin(marked: str) -> None:
    check(vehicles.VinRecognizer(), marked)


@table("«B-MA 1234», «M AB 12», «HH-XY 99E», «KA-E-1234»", "b-ma 1234 XB-MA 12345 RN-204-WJ B-MA 0123")
def test_de_plate(marked: str) -> None:
    check(vehicles.DePlateRecognizer(), marked)


@table("«AB12 CDE», «AB-123-CD», «1234 BCD», «1-ABC-123», «AA 123 BB», «12-AB-34», «ZH 123456»", "ab12 cde 粤BD02899")
def test_plate(marked: str) -> None:
    check(vehicles.PlateRecognizer(), marked)


@table("IMEI «490154203237518» «49-015420-323751-8»", "490154203237519 000000000000000 4901542032375180")
def test_imei(marked: str) -> None:
    check(vehicles.ImeiRecognizer(), marked)


@table(
    "serial number: «C02XL0ABJGH5»",
    "S/N «4CE0460D0G», Seriennummer «DMPH1234F»",
    "序列号：«YJHW8701SIM»",
    "serial killer 1234567, serial number: unknown, sn ABCDEFG",
)
def test_serial(marked: str) -> None:
    check(vehicles.SerialNumberRecognizer(), marked)


@table(
    "IDFA «AEBE52E7-03EE-455A-B3C4-E57283966239», «38400000-8cf0-11bd-b23e-10b96e40000d»",
    "00000000-0000-0000-0000-000000000000 AEBE52E7-03EE-455A-B3C4-E572839662390",
)
def test_advertising_id(marked: str) -> None:
    check(vehicles.AdvertisingIdRecognizer(), marked)


@table(
    "password: «hunter22».",
    "Ihr Passwort lautet: «Geheim-9»",
    "密码：«abc123»，【密码】«Xk!27mZ8»，密码«xk!27mZ8H»，",
    "pin=«4711» mot de passe : «Été-2020», \"password\": \"«s3cr3t!»\"",
    "my password is «hunter22»", "postgres://app:«s3cr3t»@db.example.com/x",
    "the password is required; shopping: list; password: ******** password=${SECRET} your password is expired",
    "https://example.com:8080/a@b",
)  # fmt: skip
def test_password(marked: str) -> None:
    check(credentials.PasswordRecognizer(), marked)


@table(
    "«AKIAIOSFODNN7EXAMPLE» «ghp_16C7e42F292c6912E7710c838347Ae178B4a» «xoxb-123456789012-abcDEF123456»",
    "api_key = «aB3dE6gH9jK2mN5pQ8sT», client_secret: '«Zx9-Yw8_Vu7.Ts6Rq5»'",
    "密钥是«glpat-aB3dE6gH9jK2mN5pQ8sT»。",
    "token: aaaaaaaaaaaaaaaaaaaa1, secret: this-is-not-a-secret, key: /usr/local/share/data, AKIAIOSFODNN7EXAMPL, key ideas",
)
def test_api_key(marked: str) -> None:
    check(credentials.ApiKeyRecognizer(), marked)


@table(
    f"token «{JWT}».",
    "Authorization: Bearer «mF_9.B5f-4.1JqM7xYz»",
    "Authorization: Basic «QWxhZGRpbjpvcGVuIHNlc2FtZQ==»",
    "bearer of good news, eyJhbGci.x.y",
)
def test_access_token(marked: str) -> None:
    check(credentials.AccessTokenRecognizer(), marked.replace("».", "» ."))


@table(
    f"here:\n«{PEM}»\nbye",
    "«-----BEGIN PRIVATE KEY-----\nMIIEow+IBAAKCAQEAabc/\n»",
    "-----BEGIN CERTIFICATE-----\nMIIEow+IBAAKCAQEAabc/\n-----END CERTIFICATE-----",
)
def test_private_key(marked: str) -> None:
    check(credentials.PrivateKeyRecognizer(), marked)


@table(
    "Ich wohne in der «Musterstraße 12, 10115 Berlin».",
    "«Berliner Allee 5a, 40212 Düsseldorf»", "«Am Alten Markt 3, D-12345 Musterstadt»", "«Karl-Beispiel-Str. 7»\nTel.",
        "«Gartenweg 12\n10115 Musterstadt»",
    "«Keizersgracht 123, 1015 CJ Amsterdam»", "«Dorpsstraat 5»", "«Mariahilfer Straße 99, A-1060 Wien»",
    "Am Montag 12 Uhr, Version 12, Seite 12, im Jahr 2020", "Musterstraße 12.5",
)  # fmt: skip
def test_german_address(marked: str) -> None:
    check(postal.GermanAddressRecognizer(), marked)


@table(
    "at «10 Example Street, London SW1A 2AA».",
    "«Flat 2, 10 Church Lane, Leeds, LS1 4AP»", "«1600 Maple Avenue NW, Washington, DC 20500»",
        "«742 Elm St, Apt 4B, Springfield, IL 62704-1234»",
    "«221B Baker Street»", "«5 North Road\nBristol BS1 1AA»", "«12 Main Street, Dublin, D02 X285»",
        "«Level 3, 120 Collins Street, Melbourne VIC 3000»",
    "in 2020 Street art, 5 big roads, $10 Road tax, 3 Musketeers",
)  # fmt: skip
def test_english_address(marked: str) -> None:
    check(postal.EnglishAddressRecognizer(), marked)


@table(
    "«12 rue de l'Exemple, 75002 Paris»", "«3 bis avenue Victor Hugo, 69006 Lyon»",
        "«Via Garibaldi 12, 00153 Roma (RM)»", "«Calle de Alcalá, 45, 28014 Madrid»",
    "«Rua Augusta 12, 1100-053 Lisboa»", "«ul. Przykładowa 5/12, 00-001 Warszawa»",
        "«Avenida de América, 3, 2º B, 28002 Madrid»", "«C/ Mayor 5»",
    "via email, Via Roma, rue 12, 5 places to go",
)  # fmt: skip
def test_romance_address(marked: str) -> None:
    check(postal.RomanceAddressRecognizer(), marked)


@table("«P.O. Box 123, 12345 Town»; «PO Box 99»", "«Postfach 12 34 56, 10115 Berlin»", "box 12, Postfach leer")
def test_post_box(marked: str) -> None:
    check(postal.PostBoxRecognizer(), marked)
