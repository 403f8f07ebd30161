"""What people write to a trader of pumps and garden tools, in English, German and Chinese.

Slots: `{order}` `{item}` `{day}` of the matter, `{other}` `{other_email}` `{other_phone}` of somebody else,
`{name}` of the person written about.
"""

from __future__ import annotations

ITEMS = {
    "en": (
        "submersible pump TX-40",
        "garden hose 25 m",
        "pressure switch",
        "rain barrel 300 l",
        "pruning saw",
        "drip kit",
    ),
    "de": (
        "Tauchpumpe TX-40",
        "Gartenschlauch 25 m",
        "Druckschalter",
        "Regentonne 300 l",
        "Astsäge",
        "Tropfschlauch-Set",
    ),
    "zh": ("潜水泵TX-40", "25米花园软管", "压力开关", "300升雨水桶", "修枝锯", "滴灌套件"),
}
SUBJECTS = {
    "en": (
        "Order {order}",
        "Delivery of {item}",
        "Question about {item}",
        "Invoice for {order}",
        "Return of {item}",
        "Quote {order}",
    ),
    "de": (
        "Bestellung {order}",
        "Lieferung {item}",
        "Rückfrage zu {item}",
        "Rechnung {order}",
        "Rückgabe {item}",
        "Angebot für {item}",
    ),
    "zh": ("订单{order}", "{item}的交货时间", "关于{item}的问题", "{order}发票", "{item}退货", "{item}报价"),
}
GREETINGS = {"en": "Hello {name},", "de": "Guten Tag {name},", "zh": "{name}您好，"}
CLOSINGS = {"en": "Kind regards", "de": "Mit freundlichen Grüßen", "zh": "此致\n敬礼"}
SENTENCES = {
    "en": (
        "We ordered the {item} on {day} under {order} and have not heard anything since.",
        "Could you please tell us when the {item} will be delivered?",
        "The parcel arrived, but one carton was damaged and the lid is missing.",
        "Please change the delivery address; the old yard is closed until spring.",
        "The invoice shows the wrong amount, we agreed on a discount of five per cent.",
        "Many thanks for your quick help last week.",
        "I will be away until {day}, so please do not call before that.",
        "Would a larger model fit the same socket?",
        "We would like to have the offer for {order} in writing.",
        "The driver could not find the gate; it is next to the church.",
    ),
    "de": (
        "Wir haben am {day} unter {order} bestellt ({item}) und seither nichts gehört.",
        "Bitte teilen Sie uns mit, wann die Ware geliefert wird.",
        "Das Paket ist angekommen, allerdings war ein Karton beschädigt und der Deckel fehlt.",
        "Bitte ändern Sie die Lieferanschrift, der alte Hof ist bis zum Frühjahr geschlossen.",
        "Auf der Rechnung steht ein falscher Betrag, vereinbart waren fünf Prozent Nachlass.",
        "Vielen Dank für die schnelle Hilfe in der letzten Woche.",
        "Bis {day} bin ich im Urlaub, bitte rufen Sie vorher nicht an.",
        "Würde auch das größere Modell auf denselben Sockel passen?",
        "Wir hätten das Angebot zu {order} gern schriftlich.",
        "Der Fahrer hat die Einfahrt nicht gefunden, sie liegt neben der Kirche.",
    ),
    "zh": (
        "我们{day}下了订单{order}，到现在还没有收到任何消息。",
        "请告知{item}什么时候可以发货。",
        "包裹已经收到，但是有一个纸箱破损，盖子也不见了。",
        "请修改收货地址，旧仓库春天之前不开放。",
        "发票金额有误，当时约定的折扣是百分之五。",
        "非常感谢上周的及时帮助。",
        "我{day}之前出差，请不要打电话。",
        "大一号的型号能不能装在同一个底座上？",
        "请把{order}的报价单发给我们。",
        "司机没有找到大门，大门在学校旁边。",
    ),
}
MENTIONS = {
    "en": (
        "Please talk to {other} about this, the number is {other_phone}.",
        "{other} ({other_email}) knows the details.",
        "I have copied nobody, but {other} should hear of it: {other_email}, {other_phone}.",
    ),
    "de": (
        "Bitte sprechen Sie dazu mit {other}, Telefon {other_phone}.",
        "{other} ({other_email}) kennt die Einzelheiten.",
        "Fragen dazu bitte an {other}: {other_email} oder {other_phone}.",
    ),
    "zh": (
        "具体情况请联系{other}，电话{other_phone}。",
        "详情{other}都清楚，邮箱{other_email}。",
        "这件事请找{other}，电话{other_phone}，邮箱{other_email}，谢谢。",
    ),
}
NOTES = {
    "en": (
        "Met at the fair, wants the {item} before {day}. Prefers to be called in the morning.",
        "Pays late but always pays. See {order}.",
        "Introduced by {other} ({other_email}).",
        "Deputy during holidays is {other}, {other_phone}.",
        "Has two dogs; the driver should ring first.",
    ),
    "de": (
        "Auf der Messe getroffen, möchte {item} vor {day}. Am besten vormittags anrufen.",
        "Zahlt spät, aber zuverlässig. Siehe {order}.",
        "Empfohlen von {other} ({other_email}).",
        "Urlaubsvertretung ist {other}, {other_phone}.",
        "Hat zwei Hunde, der Fahrer soll vorher klingeln.",
    ),
    "zh": (
        "展会上认识的，希望{day}之前拿到{item}，上午打电话比较方便。",
        "付款比较慢但是从不拖欠，参见{order}。",
        "由{other}介绍，邮箱{other_email}。",
        "休假期间由{other}代理，电话{other_phone}。",
        "仓库门口有两只狗，司机到了请先打电话。",
    ),
}
CALLS = {
    "en": ("Asked for the state of {order}.", "No answer, left a message.", "Wants a call back on {day}."),
    "de": (
        "Fragte nach dem Stand von {order}.",
        "Nicht erreicht, Nachricht hinterlassen.",
        "Bittet um Rückruf am {day}.",
    ),
    "zh": ("询问{order}的进度。", "无人接听，已留言。", "希望{day}回电。"),
}
NEWS = {
    "en": ("Spring offers", "Ten ways to save water", "New: the quiet pump"),
    "de": ("Frühlingsangebote", "Zehn Tipps zum Wassersparen", "Neu: die leise Pumpe"),
    "zh": ("春季优惠", "节水十个小窍门", "新品：静音水泵"),
}
