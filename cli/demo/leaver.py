"""欧阳志远 (Ouyang Zhiyuan), who asks to be erased, and all that must go, stay, or be blacked out in place."""

from __future__ import annotations

from datetime import date, datetime

from cli.demo import papers
from cli.demo.crm import call, deal
from cli.demo.mime import File, Party
from cli.demo.people import DOMAIN, STAFF
from cli.demo.plot import (
    IN_FILE,
    MENTIONED,
    NAME_ONLY,
    NAMESAKE_MENTIONED,
    NAMESAKES,
    NAMESAKES_MAIL,
    OWN,
    TAKES_PART,
    Planted,
    Plot,
    tel,
)
from cli.demo.threads import desk, forwarded, html, invite, party, quoted, signature
from cli.demo.traffic import paper

PETRA, JONAS, LIN, TOBIAS, EMILY, SABINE = STAFF
SALES, SUPPORT, OFFICE = desk("sales"), desk("support"), desk("office")
CHINA = "sales/.Kunden.&Ti1W,Q-"
KEPT = Planted("own", retained=True)


def write(plot: Plot) -> None:
    """Plant everything; the people must have their customer numbers by now."""
    _rows(plot)
    _rows_of_others(plot)
    _quote(plot)
    _delivery(plot)
    _english(plot)
    _company_life(plot)
    _said_by_others(plot)
    _files(plot)
    _without_address(plot)
    _namesake(plot)


def _rows(plot: Plot) -> None:
    him, latin = plot.records
    ruolan, henrik, _ = plot.others
    owner = LIN.email
    plot.row(him, "deals", KEPT, deal("TX-40水泵200台", "won", 186000, date(2025, 9, 18), him))
    plot.row(him, "deals", OWN, deal("滴灌套件500套", "open", 74000, None, him))
    plot.row(latin, "deals", OWN, deal("Pressure switches", "lost", 5400, date(2024, 8, 9), latin))
    plot.row(
        him,
        "notes",
        OWN,
        {"author": owner, "body": f"欧阳先生出差时由{ruolan.name}代理电话{tel(ruolan)}合同找他本人签字。"},
    )
    plot.row(him, "notes", OWN, {"author": owner, "body": "喜欢喝龙井，女儿今年上小学，春节前后不要打电话。"})
    body = f"Speaks English and German. Introduced by {henrik.name}, {tel(henrik)}."
    plot.row(latin, "notes", OWN, {"author": EMILY.email, "body": body})
    ticket = {"number": "T-OY00001", "requester_email": him.email, "status": "closed", "subject": "压力开关漏水"}
    plot.row(him, "tickets", OWN, ticket | {"body": f"三号仓库的压力开关漏水，请尽快回电{tel(him)}。欧阳志远"})
    unlinked = {"number": "T-OY00002", "requester_email": latin.email, "status": "open", "subject": "Invoice copy"}
    plot.row(him, "tickets", OWN, unlinked | {"body": "Please send the invoice again."}, linked=False)
    plot.row(him, "calls", OWN, {"number": "+86 138 0013 9017", **call("in", 410, "询问交货日期，语气很急。", owner)})
    plot.row(latin, "calls", OWN, {"number": "13800139017", **call("out", 22, "No answer.", EMILY.email)})
    plot.row(him, "calls", OWN, {"number": "１３８００１３９０１７", **call("in", 18, None, owner)}, linked=False)


def _rows_of_others(plot: Plot) -> None:
    him, latin = plot.records
    ruolan, henrik, dana = plot.others
    body = f"她的上司是欧阳志远手机13800139017邮箱{him.email}报价都要抄送给他。"
    plot.row(ruolan, "notes", MENTIONED, {"author": LIN.email, "body": body})
    body = f"Kennt Herrn Ouyang Zhiyuan (+86 138 0013 9017, {latin.email}) von der Messe. Lieferung über {dana.name}."
    plot.row(henrik, "notes", MENTIONED, {"author": JONAS.email, "body": body})
    plot.row(
        dana, "notes", NAME_ONLY, {"author": EMILY.email, "body": "Shares a container with Zhiyuan Ouyang from Ningbo."}
    )
    ticket = {"number": "T-OY00003", "requester_email": ruolan.email, "status": "waiting", "subject": "更换收货人"}
    plot.row(ruolan, "tickets", MENTIONED, ticket | {"body": "收货人由欧阳志远（138 0013 9017）改为沈若兰，地址不变。"})
    summary = f"Asked about the order of customer {him.customer_no}; told her to write."
    plot.row(dana, "calls", MENTIONED, {"number": tel(dana), **call("in", 130, summary, EMILY.email)})


def _quote(plot: Plot) -> None:
    him, _ = plot.records
    ruolan, *_ = plot.others
    text = f"晓梅您好，\n\n我们需要TX-40水泵200台，请报价，九月前交货。\n\n{signature(him)}\n"
    first = plot.mail(TAKES_PART, CHINA, him, [SALES], "TX-40水泵询价", text, charset="gb18030", encoding="8bit")
    text = f"欧阳先生您好，\n\n报价单见附件，价格有效期三十天。\n\n{signature(LIN)}\n\n"
    lines = [
        "报价单 2025-207",
        "",
        "客户：欧阳志远",
        f"电话：{tel(him)}",
        f"邮箱：{him.email}",
        "TX-40水泵 200台  186000元",
    ]
    offer = File("报价单-欧阳志远.pdf", "application/pdf", papers.pdf(lines))
    second = plot.mail(
        TAKES_PART,
        "sales/.Sent",
        LIN,
        [him],
        "回复：TX-40水泵询价",
        text + quoted(first, "zh"),
        files=(offer,),
        answers=first,
    )
    text = f"价格可以，合同请寄给{ruolan.name}，电话{tel(ruolan)}。\n\n欧阳志远\n\n"
    third = plot.mail(
        TAKES_PART,
        (CHINA, "office/.Archiv"),
        him,
        [SALES, OFFICE],
        "回复：TX-40水泵询价",
        text + quoted(second, "zh"),
        cc=(party(ruolan),),
        charset="gb18030",
        encoding="base64",
        answers=second,
    )
    text = f"合同收到，谢谢。\n\n{signature(ruolan)}\n\n" + quoted(third, "zh")
    plot.mail(MENTIONED, CHINA, ruolan, [SALES], "合同已收到", text, charset="gb18030", encoding="8bit")
    plot.mail(
        TAKES_PART,
        "sales/.Sent",
        LIN,
        [him],
        "订单确认",
        "欧阳先生您好，订单已确认。\n",
        html=_confirmation(),
        encoding="base64",
    )


def _confirmation() -> str:
    return (
        "<html><body><table><tr><td>客户</td><td><b>欧阳</b>志远</td></tr>"
        "<tr><td>手机</td><td>138&#8209;0013&#8209;9017</td></tr></table></body></html>\n"
    )


def _delivery(plot: Plot) -> None:
    him, _ = plot.records
    text = f"您好，压力开关漏水，照片稍后发来。请回电１３８－００１３－９０１７。\n\n{signature(him)}\n"
    first = plot.mail(
        TAKES_PART,
        "support",
        him,
        [SUPPORT],
        "压力开关漏水",
        text,
        html=html(text, ("欧阳志远",)),
        charset="gb2312",
        encoding="base64",
    )
    text = f"Dear Mr Ouyang,\n\nwe will send a new switch.\n\n{signature(EMILY)}\n\n"
    second = plot.mail(
        TAKES_PART, "support/.Sent", EMILY, [him], "Re: 压力开关漏水", text + forwarded(first, "en"), answers=first
    )
    text = "谢谢，收到了。\n\n志远\n\n"
    plot.mail(
        TAKES_PART,
        "support/.Erledigt",
        him,
        [SUPPORT],
        "回复：压力开关漏水",
        text + quoted(second, "zh"),
        encoding="8bit",
        answers=second,
    )


def _english(plot: Plot) -> None:
    _, latin = plot.records
    henrik = plot.others[1]
    sender = Party("OUYANG Zhiyuan", latin.email or "")
    text = f"Hello Emily,\n\nmy colleague in Europe is {henrik.name} ({henrik.email}).\n\nBest\nZhiyuan\n"
    first = plot.mail(
        TAKES_PART, "sales", sender, [SALES], "Pressure switches", text, charset="us-ascii", encoding="7bit"
    )
    text = f"Dear Zhiyuan,\n\nthe switches are back in stock.\n\n{signature(EMILY)}\n\n" + quoted(first, "en")
    plot.mail(TAKES_PART, "sales/.Sent", EMILY, [latin], "Re: Pressure switches", text, answers=first)
    plot.mail(
        TAKES_PART, "sales/.Archiv.2025", sender, [SALES], "Address", "Please use my private address.\n", crlf=True
    )


def _company_life(plot: Plot) -> None:
    him, latin = plot.records
    ruolan, henrik, dana = plot.others
    text = "Dear customers,\n\nour office is closed until 22 April.\n"
    plot.mail(
        TAKES_PART, "office/.Sent", SABINE, [OFFICE], "Easter break", text, cc=tuple(map(party, (henrik, him, dana)))
    )
    start = datetime(2025, 5, 12, 9, 0)  # noqa: DTZ001 - a meeting is at local time
    event = invite(f"oy-1@{DOMAIN}", start, "Video call Ningbo", party(LIN), (party(him), party(ruolan)))
    plot.mail(TAKES_PART, "office/.Sent", LIN, [him, ruolan], "Video call Ningbo", "12 May, 9:00.\n", invite=event)
    text = "Zhiyuan Ouyang 您好，\n\n春季优惠开始了。\n"
    headers = (("List-Unsubscribe", f"<https://news.{DOMAIN}/out?u={latin.email}>"), ("Precedence", "bulk"))
    news = Party("Nordwind News", f"news@{DOMAIN}")
    plot.mail(TAKES_PART, "office/.Newsletter", news, [latin], "春季优惠", text, html=html(text), headers=headers)
    plot.mail(TAKES_PART, "office/.Entw&APw-rfe", LIN, [him], "端午问候", "欧阳先生您好，（草稿）\n", encoding="8bit")


def _said_by_others(plot: Plot) -> None:
    him, latin = plot.records
    ruolan, henrik, dana = plot.others
    text = f"林姐，以后请直接联系欧阳志远13800139017我这边{tel(ruolan)}也可以。\n\n{signature(ruolan)}\n"
    plot.mail(MENTIONED, CHINA, ruolan, [LIN], "联系人变更", text, charset="gb18030", encoding="base64")
    text = f"Moin Jonas,\n\nHerr Ouyang ({latin.email}, +86-138-0013-9017) möchte Muster.\n\n{signature(henrik)}\n"
    plot.mail(MENTIONED, "sales", henrik, [JONAS], "Muster für Herrn Ouyang", text, charset="iso-8859-1")
    text = f"Hi,\n\nplease bill Zhiyuan Ouyang <{him.email}>, not me.\n\n{signature(dana)}\n"
    plot.mail(MENTIONED, "office", dana, [OFFICE], "Billing", text, html=html(text, ("Zhiyuan Ouyang",)))
    text = f"晓梅，客户{him.customer_no}的发票还没有付，请跟进。\n"
    plot.mail(MENTIONED, "sales/.Sent", PETRA, [LIN], "催款", text, encoding="base64")


def _files(plot: Plot) -> None:
    him, _ = plot.records
    ruolan, henrik, dana = plot.others
    lines = ["会议纪要", "", f"参加人：欧阳志远（{tel(him)}）、沈若兰（{tel(ruolan)}）", "结论：九月交货。"]
    minutes = File("会议纪要.pdf", "application/pdf", papers.pdf(lines))
    plot.mail(
        IN_FILE, CHINA, ruolan, [LIN], "会议纪要", "见附件。\n", files=(minutes,), charset="gb18030", encoding="base64"
    )
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    table = [["姓名", "邮箱"], ["欧阳志远", him.email or ""], [ruolan.name, ruolan.email or ""]]
    file = File("收货安排.docx", word, papers.docx(["收货安排", "收货人欧|阳志远"], table, ruolan.latin), "2047")
    plot.mail(IN_FILE, "office/.Archiv", ruolan, [OFFICE], "收货安排", "请看附件。\n", files=(file,))
    listed = paper("xlsx", "展会", [henrik, him, dana], LIN, "continued")
    plot.mail(IN_FILE, "office/.Sent", SABINE, [LIN], "Visitors", "The list is complete.\n", files=(listed,))


def _without_address(plot: Plot) -> None:
    _, henrik, _ = plot.others
    shared = Party("恒通阀门", "office@hengtong-valve.example")  # read by the whole firm
    plot.strangers.append(shared.address)
    plot.mail(
        NAME_ONLY,
        CHINA,
        shared,
        [SALES],
        "放假通知",
        "我们放假七天，急事找欧阳志远。\n",
        charset="gb2312",
        encoding="base64",
    )
    text = f"Hallo,\n\nOuyang Zhiyuan hat mir Ihre Pumpe empfohlen.\n\n{signature(henrik)}\n"
    plot.mail(NAME_ONLY, "sales/.Archiv", henrik, [SALES], "Empfehlung", text)


def _namesake(plot: Plot) -> None:
    he, (ruolan, *_) = plot.namesake, plot.others
    plot.row(he, "deals", NAMESAKES, deal("修枝锯60把", "won", 3900, date(2025, 5, 7), he))
    plot.row(he, "notes", NAMESAKES, {"author": LIN.email, "body": "成都的经销商，只买工具，与宁波公司无关。"})
    ticket = {"number": "T-OY00009", "requester_email": he.email, "status": "closed", "subject": "修枝锯退货"}
    plot.row(he, "tickets", NAMESAKES, ticket | {"body": "收到的修枝锯有锈。欧阳志远"})
    plot.row(he, "calls", NAMESAKES, {"number": tel(he), **call("in", 77, "询问退货。", LIN.email)})
    text = f"您好，\n\n修枝锯有锈，我要退货。\n\n{signature(he)}\n"
    first = plot.mail(
        NAMESAKES_MAIL, "support", he, [SUPPORT], "修枝锯退货", text, charset="gb18030", encoding="base64"
    )
    text = "可以退货，运费由我们承担。\n\n" + quoted(first, "zh")
    plot.mail(NAMESAKES_MAIL, "support/.Sent", LIN, [he], "回复：修枝锯退货", text, answers=first)
    text = f"成都的欧阳志远（{tel(he)}）不是我们公司的人，请不要弄错。\n\n{signature(ruolan)}\n"
    plot.mail(NAMESAKE_MENTIONED, "office", ruolan, [OFFICE], "重名", text, encoding="8bit")
