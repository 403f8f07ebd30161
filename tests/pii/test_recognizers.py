"""One table per recogniser: a text with «findings» marked. Every number is invented, reserved or a published example."""

from pii.recognizers import addresses, people, people_zh
from tests.pii.marked import check, table


@table(
    "write to «anna@example.com», please",
    "请联系«anna.li@example.com»谢谢",
    "<mailto:«anna+news@mail.example.co.uk»>",
    "'«o'neill@example.org»'",
    "«müller@bücher.example»",
    "«root@mail.corp.local»",
    "«a@b.co»,«c@d.org»;«e@f.net»",
    "no@host, @example.com, a@b, x@1.2",
    "a..b «c@example.com».",
    "user@-bad.com",
)
def test_email(marked: str) -> None:
    check(addresses.EmailRecognizer(), marked)


@table(
    "see «https://example.com/a?b=c#d».",
    "(«http://www.example.org:8080/x»)",
    "看«www.example.cn/a»。",
    "example.com is only a host",
    "«https://anna:pw@example.com/»",
)
def test_url(marked: str) -> None:
    check(addresses.UrlRecognizer(), marked)


@table(
    "Tel:«+49 30 23125 123»",
    "Tel. «030 23125-123», Fax «(030) 23125 124»",
    "call «+1 (202) 555-0123» now",
    "电话«010-6552 1234»，手机«+86 138 0013 8000»。",
    "«020 7946 0123»",
    "ask Max («030 23125 123»)",
    "order 2026-01-15, 15.01.2026, 192.168.1.20, 3.14159265",
    "v1.2.3.4.5 and 8.12.1/8.11.3/23 and #1234567 and abc123456789",
)
def test_phone(marked: str) -> None:
    check(addresses.PhoneRecognizer(), marked)


def test_phone_of_the_region() -> None:
    found = [
        addresses.PhoneRecognizer(regions=regions).analyze("03-1234-5678", ["PHONE_NUMBER"])[0].score
        for regions in (("DE", "US"), ("JP", "DE", "US"))
    ]
    assert found[0] < 0.4 <= found[1]


@table(
    "Dear Ms «Anna Example»,",
    "Sehr geehrte Frau Dr. «Muster»,",
    "Liebe «Anna-Lena»,\nLieber Herr «Muster»!",
    "Hi «José»\nHello «Anna O’Neill»,",
    "> Hallo «Ümit Öztürk»,",
    "Dear Customer,\nDear Sir or Madam,\nHi all,\nHi There,\nLiebe Kolleginnen und Kollegen,",
    "Dear diary is not a greeting",
)
def test_salutation(marked: str) -> None:
    check(people.SalutationRecognizer(), marked)


@table(
    "Yesterday Mr «Example» met Frau Dr. «von Beispiel» and Prof. «Anna B. Muster».",
    "mit Herrn «Max Mustermann», und Herrn Dr. «Schmidt-Lang»",
    "Frau und Herr, Mr. and Mrs., Dr. med",
    "Msn Example, XDr Example",
)
def test_title(marked: str) -> None:
    check(people.TitleRecognizer(), marked)


@table(
    "Kind regards,\n«Anna Example»\nSales",
    "Mit freundlichen Grüßen\n\n«Max Muster»",
    "Viele Grüße\ni. A. «Max Muster»",
    "Best, «Anna»",
    "Thanks,\r\n«Anna B. Example» | Sales",
    "> Best regards\n> «Anna Example»",
    "Kind regards,\nThe Sales Team",
    "Thanks for all you did\nAnna",
    "Mit freundlichen Gruessen\n«Erika Beispiel»\n",
)
def test_signature(marked: str) -> None:
    check(people.SignatureRecognizer(), marked)


@table(
    "Name: «Anna Example»\nE-mail: x",
    "First name: «Anna»; Last name: «Example»",
    "Ansprechpartner: Herr «Max Muster»",
    "customer name：«Example, Anna»",
    "Filename: Report",
    "Name: anna",
)
def test_named(marked: str) -> None:
    check(people.NamedRecognizer(), marked)


@table(
    "On Mon, Mar 3, 2025 at 9:00 AM «Anna Example» <anna@example.com> wrote:",
    "On 3 March 2025, «Anna Example» wrote:",
    "> On 2025-03-03 10:00, «Anna Example» wrote:",
    "On Mon, Mar 3, 2025 at 9:00 AM «Anna Example»\n<anna@example.com> wrote:",
    "Am 3. Mai 2026 um 10:00 schrieb «Anna Example» <a@example.com>:",
    "Am Montag schrieb Frau «Beispiel»:",
    "Le 3 mai 2026 à 10:00, «Anne Exemple» <a@example.com> a écrit :",
    "«Anna Example» wrote:",
    "«Max Muster» <max@example.com> schrieb am 3.5.2026:",
    "On the other hand, nobody wrote: x",
    "She wrote: hello",
)
def test_attribution(marked: str) -> None:
    check(people.AttributionRecognizer(), marked)


@table(
    "From: «Anna Example» <anna@example.com>",
    'To: "«Example, Anna»" <anna@example.com>; «Max von Muster» <m@example.com>',
    "Cc: Newsletter <news@example.com>",
    "«Max Muster» [mailto:max@example.com]",
    "To: '«Erika Muster»' <e@example.com>",
    "Support Team <help@example.com>",
)
def test_mailbox(marked: str) -> None:
    check(people.MailboxRecognizer(), marked)


@table(
    "«张伟»先生，您好",
    "感谢«张伟»先生和«王芳»女士",
    "关于«王»经理的意见",
    "请转告«欧阳娜娜»老师",
    "向«李雷»主任汇报",
    "担任董事长，任系主任，史的教授，诸侯和大夫",
    "于是先生来了，老先生也来了",
)
def test_zh_title(marked: str) -> None:
    check(people_zh.ZhTitleRecognizer(), marked)


@table(
    "姓名：«张伟»，电话",
    "联系人: «欧阳娜»\n",
    "尊敬的«李雷»：",
    "亲爱的«王小明»您好",
    "尊敬的王经理，您好",
    "姓名：«买买提·阿卜杜拉»",
    "我叫«韩梅梅»。",
    "收货人：«王小明»，户名：«李雷»；Name: «张伟»\n",
    "姓名：未知，客户：很多人",
)
def test_zh_named(marked: str) -> None:
    check(people_zh.ZhNamedRecognizer(), marked)


@table(
    "此致\n敬礼\n«张伟»",
    "此致\n敬礼！\n\n«张伟»\n2026年3月5日",
    "祝好，\n«王芳» | 销售部",
    "谢谢！\n请尽快回复",
)
def test_zh_signature(marked: str) -> None:
    check(people_zh.ZhSignatureRecognizer(), marked)


@table(
    "«张伟» 写道：",
    "在 2026年3月5日，«王芳» <wang@example.com> 写道：",
    "发件人: «李雷» <li@example.com>",
    "他们写道：",
)
def test_zh_attribution(marked: str) -> None:
    check(people_zh.ZhAttributionRecognizer(), marked)
