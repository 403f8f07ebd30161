"""Johanna Brückner, who asks what the company knows about her, and all that it does know."""

from __future__ import annotations

from datetime import date, datetime

from cli.demo import papers
from cli.demo.cast import KINDERGARTEN
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
    Plot,
    tel,
)
from cli.demo.threads import desk, forwarded, html, invite, party, quoted, signature
from cli.demo.traffic import paper

PETRA, JONAS, LIN, TOBIAS, EMILY, SABINE = STAFF
SALES, SUPPORT, OFFICE = desk("sales"), desk("support"), desk("office")


def write(plot: Plot) -> None:
    """Plant everything; the people must have their customer numbers by now."""
    _rows(plot)
    _rows_of_others(plot)
    _enquiry(plot)
    _complaint(plot)
    _company_life(plot)
    _said_by_others(plot)
    _hidden_in_markup(plot)
    _files(plot)
    _without_address(plot)
    _namesake(plot)


def _rows(plot: Plot) -> None:
    me, before = plot.records
    ralf, holger, _, su = plot.others
    owner = PETRA.email
    plot.row(me, "deals", OWN, deal("Bewässerung Lindenhof", "won", 4280, date(2025, 6, 12), me))
    plot.row(me, "deals", OWN, deal("Erweiterung Teich", "open", 1950, None, me))
    plot.row(before, "deals", OWN, deal("Regentonnen", "lost", 310, date(2024, 3, 1), before))
    notes = (
        "Möchte nur per E-Mail angeschrieben werden. Hat eine Latexallergie, keine Gummihandschuhe beilegen.",
        f"Bauleiter vor Ort ist {ralf.name}, {tel(ralf)}. Rechnungen an ihren Mann {holger.name}, {holger.email}.",
        f"Schlüssel liegt bei Frau Albers in der Kita ({KINDERGARTEN[0]}, {KINDERGARTEN[1]}).",
    )
    for body in notes:
        plot.row(me, "notes", OWN, {"author": owner, "body": body})
    plot.row(before, "notes", OWN, {"author": JONAS.email, "body": f"中文同事{su.name}（{tel(su)}）负责她的水泵。"})
    ticket = {"number": "T-JB00001", "requester_email": me.email, "status": "closed", "subject": "Pumpe läuft nicht an"}
    plot.row(me, "tickets", OWN, ticket | {"body": f"Seit gestern Störung. Rückruf bitte unter {tel(me)}."})
    unlinked = {
        "number": "T-JB00002",
        "requester_email": "Jo.Brueckner@Post.example",
        "status": "open",
        "subject": "Rechnung fehlt",
    }
    plot.row(me, "tickets", OWN, unlinked | {"body": "Mir fehlt die Rechnung vom Juni."}, linked=False)
    plot.row(me, "calls", OWN, {"number": "+49 171 3920097", **call("in", 340, "Fragte nach dem Liefertermin.", owner)})
    plot.row(
        me, "calls", OWN, {"number": "030/23125907", **call("out", 35, "Nicht erreicht, Mailbox besprochen.", owner)}
    )
    plot.row(me, "calls", OWN, {"number": "0049 171 3920 097", **call("in", 12, None, owner)}, linked=False)


def _rows_of_others(plot: Plot) -> None:
    me, _ = plot.records
    ralf, holger, tom, su = plot.others
    owner = PETRA.email
    body = f"Arbeitet für Johanna Brückner ({me.email}); bei Fragen sie selbst anrufen: 0171 3920 097."
    plot.row(ralf, "notes", MENTIONED, {"author": owner, "body": body})
    plot.row(
        tom,
        "notes",
        NAME_ONLY,
        {"author": EMILY.email, "body": "Recommended to us by Johanna Brückner at the Berlin fair."},
    )
    plot.row(
        su, "notes", MENTIONED, {"author": LIN.email, "body": "德国客户Johanna Brückner的手机是+491713920097请勿外传。"}
    )
    ticket = {"number": "T-JB00003", "requester_email": ralf.email, "status": "waiting", "subject": "Zugang Baustelle"}
    plot.row(
        ralf, "tickets", MENTIONED, ticket | {"body": f"Schlüssel hat Frau Brückner, {tel(me)}, sonst {tel(holger)}."}
    )
    summary = f"Ihr Mann rief an, Kundennummer {me.customer_no}, will die Rechnung selbst zahlen."
    plot.row(holger, "calls", MENTIONED, {"number": tel(holger), **call("in", 95, summary, owner)})


def _enquiry(plot: Plot) -> None:
    me, _ = plot.records
    ralf, *_ = plot.others
    text = f"Guten Tag,\n\nich plane eine Bewässerung für den Lindenhof. Bitte um ein Angebot.\n\n{signature(me)}\n"
    first = plot.mail(TAKES_PART, "sales", me, [SALES], "Anfrage Bewässerung Lindenhof", text)
    answer = f"Guten Tag Frau Brückner,\n\nsehr gern. Wie groß ist die Fläche?\n\n{signature(PETRA)}\n\n"
    second = plot.mail(
        TAKES_PART, "sales/.Sent", PETRA, [me], f"AW: {first.subject}", answer + quoted(first, "de"), answers=first
    )
    text = f"Etwa 800 m². {ralf.name} baut es ein, Sie erreichen ihn unter {tel(ralf)}.\n\nJohanna Brückner\n\n"
    third = plot.mail(
        TAKES_PART,
        ("sales", "office/.Archiv"),
        me,
        [SALES, OFFICE],
        f"AW: {first.subject}",
        text + quoted(second, "de"),
        cc=(party(ralf),),
        charset="iso-8859-1",
        answers=second,
    )
    lines = [
        "Angebot 2025-118",
        "",
        "Johanna Brückner",
        "Lindenallee 12",
        "10115 Berlin",
        f"Kundennummer {plot.records[0].customer_no}",
        "E-Mail johanna.brueckner@lindenhof.example",
        "",
        "1 x Tauchpumpe TX-40 (mit Schlauch)   4.280,00 €",
    ]
    offer = File("Angebot für Brückner.pdf", "application/pdf", papers.pdf(lines))
    text = "Guten Tag Frau Brückner,\n\nanbei das Angebot.\n\n"
    plot.mail(
        TAKES_PART,
        "sales/.Archiv",
        JONAS,
        [me],
        f"AW: {first.subject}",
        text + quoted(third, "de"),
        files=(offer,),
        charset="iso-8859-15",
        encoding="8bit",
        answers=third,
    )
    # Ralf quotes the whole thread to the company: she is in no header, only three quotation levels down.
    text = "Die Fläche stimmt so.\n\n" + quoted(third, "de")
    plot.mail(MENTIONED, "sales/.Archiv", ralf, [SALES], "Fläche Lindenhof", text, encoding="base64")


def _complaint(plot: Plot) -> None:
    me, before = plot.records
    _, holger, *_ = plot.others
    text = f"Guten Tag,\n\ndie Pumpe läuft nicht an. Bitte rufen Sie mich zurück.\n\nJohanna Brückner\n{tel(me)}\n"
    first = plot.mail(
        TAKES_PART,
        "support",
        me,
        [SUPPORT],
        "Störung Tauchpumpe",
        text,
        html=html(text, ("Johanna Brückner",)),
        charset="windows-1252",
    )
    text = f"Guten Tag Frau Brückner,\n\nwir schicken morgen jemanden.\n\n{signature(TOBIAS)}\n\n"
    second = plot.mail(
        TAKES_PART, "support/.Sent", TOBIAS, [me], "AW: Störung Tauchpumpe", text + quoted(first, "de"), answers=first
    )
    text = f"Danke! Ich bin nicht da, bitte bei meinem Mann klingeln, {tel(holger)}.\n\nGesendet vom Handy\n\n"
    plot.mail(
        TAKES_PART,
        "support/.Erledigt",
        before,
        [SUPPORT],
        "Re: AW: Störung Tauchpumpe",
        text + forwarded(second, "de"),
        answers=second,
    )
    note = Party("Mail Delivery Subsystem", f"mailer-daemon@{DOMAIN}")
    text = (
        "Undelivered: johanna.bruekner@lindenhof.example (host not found)\n\n"
        f"Frau Brückner, Ihre Kundennummer lautet {me.customer_no}. Der Techniker kommt um neun.\n"
    )
    plot.mail(MENTIONED, "support", note, [TOBIAS], "Undelivered Mail Returned to Sender", text, charset="utf-8")


def _company_life(plot: Plot) -> None:
    me, before = plot.records
    ralf, holger, tom, _ = plot.others
    guests = tuple(party(item) for item in (ralf, me, tom))
    text = "Liebe Kunden,\n\nwir laden herzlich zum Sommerfest ein.\n\nIhr Nordwind-Team\n"
    plot.mail(TAKES_PART, "office/.Sent", SABINE, [OFFICE], "Einladung zum Sommerfest", text, cc=guests)
    start = datetime(2025, 5, 5, 10, 0)  # noqa: DTZ001 - a meeting is at local time
    event = invite(f"jb-1@{DOMAIN}", start, "Ortstermin Lindenhof", party(PETRA), (party(me), party(ralf)))
    plot.mail(
        TAKES_PART,
        "office/.Sent",
        PETRA,
        [me, ralf],
        "Ortstermin Lindenhof",
        "Ortstermin am 5. Mai, 10 Uhr.\n",
        invite=event,
    )
    text = "Guten Tag Johanna Brückner,\n\nunsere Frühlingsangebote.\n"
    headers = (("List-Unsubscribe", f"<https://news.{DOMAIN}/out?u={before.email}>"), ("Precedence", "bulk"))
    news = Party("Nordwind News", f"news@{DOMAIN}")
    plot.mail(
        TAKES_PART, "office/.Newsletter", news, [before], "Frühlingsangebote", text, html=html(text), headers=headers
    )
    text = "Sehr geehrte Frau Brückner,\n\n(Entwurf, noch prüfen)\n"
    plot.mail(TAKES_PART, "office/.Entw&APw-rfe", SABINE, [me], "Ihre Reklamation", text, charset="iso-8859-1")
    text = f"Hallo zusammen,\n\n{holger.name} übernimmt die Zahlung.\n"
    plot.mail(TAKES_PART, "sales", holger, [SALES], "Zahlung Lindenhof", text, cc=(party(me),), charset="iso-8859-15")


def _said_by_others(plot: Plot) -> None:
    me, _ = plot.records
    ralf, holger, tom, su = plot.others
    text = (
        f"Moin,\n\nFrau Brückner ({me.email}) braucht noch einen Schlauch, mobil 0171/3920097.\n\n{signature(ralf)}\n"
    )
    plot.mail(MENTIONED, "sales", ralf, [SALES], "Schlauch für Lindenhof", text, encoding="8bit")
    text = f"Jonas, bitte Johanna Brückner anrufen: (0171) 3920-097. Ihr Mann hat {tel(holger)}.\n\nPetra\n"
    plot.mail(MENTIONED, "sales/.Sent", PETRA, [JONAS], "Rückruf Brückner +49 171 3920097", text, charset="iso-8859-1")
    text = f"Hi,\n\nJohanna Brückner's mobile is +49 (0)171 3920 097, mine is {tel(tom)}.\n\n{signature(tom)}\n"
    plot.mail(MENTIONED, "support", tom, [SUPPORT], "Contact in Berlin", text)
    text = (
        f"你好，德国客户Johanna Brückner的手机是+491713920097，邮箱{me.email}，请她确认水泵型号。\n\n{signature(su)}\n"
    )
    plot.mail(
        MENTIONED, "sales/.Kunden.&Ti1W,Q-", su, [LIN], "柏林客户的水泵", text, charset="gb18030", encoding="base64"
    )


def _hidden_in_markup(plot: Plot) -> None:
    ralf, _, tom, _ = plot.others
    page = (
        "<html><body><p>Bitte die Rechnung an <i>Johanna</i> <b>Br</b>&uuml;ckner,<br>"
        'mobil <span style="color:#333">0171</span>&nbsp;/&nbsp;39<span>200</span>97.</p></body></html>\n'
    )
    text = "Diese Nachricht ist nur in HTML lesbar.\n"
    plot.mail(MENTIONED, "office", ralf, [OFFICE], "Rechnung", text, html=page, charset="iso-8859-1")
    page = (
        "<html><body><p>Please copy johanna&#46;brueckner&#64;lindenhof.<wbr>example on the offer.</p>"
        f"<!-- {tom.email} --></body></html>\n"
    )
    plot.mail(
        MENTIONED, "sales/.Archiv.2025", tom, [SALES], "Copy on offer", "See HTML part.\n", html=page, encoding="base64"
    )


def _files(plot: Plot) -> None:
    me, _ = plot.records
    ralf, holger, tom, su = plot.others
    lines = ["Protokoll Ortstermin", "", f"Anwesend: Johanna Brückner (mobil {tel(me)}), {ralf.name} ({tel(ralf)})"]
    report = File("Protokoll.pdf", "application/pdf", papers.pdf(lines))
    plot.mail(IN_FILE, "sales", ralf, [SALES], "Protokoll", "Anbei das Protokoll.\n", files=(report,), encoding="7bit")
    table = [["Name", "E-Mail"], ["Johanna Brückner", me.email or ""], [holger.name, holger.email or ""]]
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    minutes = papers.docx(["Absprachen zum Lindenhof", "Es kümmert sich Johanna Br|ückner."], table, ralf.name)
    file = File("Absprachen für Büro.docx", word, minutes, "2047")
    plot.mail(
        IN_FILE, "office/.Archiv", ralf, [OFFICE], "Absprachen", "Siehe Anhang.\n", files=(file,), charset="iso-8859-1"
    )
    listed = paper("xlsx", "März", [ralf, me, tom, su], SABINE, "continued")
    plot.mail(IN_FILE, "office/.Sent", SABINE, [PETRA], "Teilnehmerliste", "Die Liste ist fertig.\n", files=(listed,))


def _without_address(plot: Plot) -> None:
    _, holger, *_ = plot.others
    shared = Party("Lindenhof Büro", "info@lindenhof.example")  # read by three people of the farm
    plot.strangers.append(shared.address)
    text = "Guten Tag,\n\nbitte liefern Sie erst im Mai.\n\nJohanna Brückner\n"
    plot.mail(NAME_ONLY, "sales", shared, [SALES], "Liefertermin", text)
    text = f"Guten Tag,\n\nmeine Frau Johanna Brückner ist bis Freitag verreist.\n\n{signature(holger)}\n"
    plot.mail(NAME_ONLY, "support/.Erledigt", holger, [SUPPORT], "Termin verschieben", text, charset="iso-8859-15")


def _namesake(plot: Plot) -> None:
    her, (*_, tom, _) = plot.namesake, plot.others
    plot.row(her, "deals", NAMESAKES, deal("Vereinsgarten", "won", 620, date(2025, 4, 2), her))
    plot.row(
        her, "notes", NAMESAKES, {"author": TOBIAS.email, "body": "Kassenwartin des Vereins, erreichbar nur abends."}
    )
    ticket = {"number": "T-JB00009", "requester_email": her.email, "status": "closed", "subject": "Umtausch Astsäge"}
    plot.row(her, "tickets", NAMESAKES, ticket | {"body": "Die Säge ist stumpf. Johanna Brückner"})
    plot.row(her, "calls", NAMESAKES, {"number": tel(her), **call("in", 61, "Fragte nach dem Umtausch.", TOBIAS.email)})
    text = f"Guten Tag,\n\ndie Astsäge ist stumpf, ich möchte sie umtauschen.\n\n{signature(her)}\n"
    first = plot.mail(NAMESAKES_MAIL, "support", her, [SUPPORT], "Umtausch Astsäge", text)
    text = f"Guten Tag Frau Brückner,\n\ndas geht in Ordnung.\n\n{signature(TOBIAS)}\n\n" + quoted(first, "de")
    plot.mail(NAMESAKES_MAIL, "support/.Sent", TOBIAS, [her], "AW: Umtausch Astsäge", text, answers=first)
    text = f"Hello,\n\nthe club treasurer is Johanna Brückner, {tel(her)}.\n\n{signature(tom)}\n"
    plot.mail(NAMESAKE_MENTIONED, "office", tom, [OFFICE], "Club garden", text)
