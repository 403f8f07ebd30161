"""Common given names, family names, places and firms of three languages, to combine invented people from."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    """An underscore stands for a blank within a name."""
    return tuple(word.replace("_", " ") for word in text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, pinyin) for name, _, pinyin in (word.partition("/") for word in text.split()))


EN_GIVEN = _words(
    "John Mary James Patricia Robert Jennifer Michael Linda David Elizabeth William Barbara Richard Susan "
    "Joseph Jessica Thomas Karen Daniel Nancy Matthew Lisa Anthony Betty Mark Helen Andrew Sandra Paul "
    "Emma Oliver Amelia Harry Isla George Ava Charlotte Freya Alfie Grace Priya Kwame Siobhán Seán Zoë "
)
EN_FAMILY = _words(
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker "
    "White Roberts Green Hall Thomas Clarke Jackson Wood Harris Edwards Turner Martin Cooper Hill Ward "
    "Hughes Moore Clark King Harrison Lewis Baker O'Brien O'Neill McDonald Fitzgerald Okafor Singh "
    "Lloyd-Jones Price "
)
DE_GIVEN = _words(
    "Anna Peter Maria Michael Ursula Thomas Monika Andreas Petra Wolfgang Sabine Klaus Renate Jürgen "
    "Helga Stefan Karin Christian Brigitte Uwe Ingrid Frank Claudia Dieter Susanne Günter Andrea Bernd "
    "Jörg Sophie Lukas Leonie Felix Mia Jonas Lena Paul Käthe Björn Hans-Peter Anne-Marie Ayşe Mehmet "
    "Sören "
)
DE_FAMILY = _words(
    "Schmidt Müller Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer "
    "Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt "
    "Werner Krause Meier Lehmann Schmid Köhler Herrmann König Walter Kaiser Fuchs Peters Möller Weiß Jung "
    "Hahn Yılmaz von_der_Heide Groß "
)
# Name and pinyin; the last five have two characters.
ZH_FAMILY = _pairs(
    "张/Zhang 王/Wang 李/Li 刘/Liu 陈/Chen 杨/Yang 赵/Zhao 黄/Huang 周/Zhou 吴/Wu 徐/Xu 孙/Sun 胡/Hu 朱/Zhu "
    "高/Gao 林/Lin 何/He 郭/Guo 马/Ma 罗/Luo 梁/Liang 宋/Song 郑/Zheng 谢/Xie 韩/Han 唐/Tang 冯/Feng 于/Yu "
    "董/Dong 萧/Xiao 程/Cheng 吕/Lü 曾/Zeng 司马/Sima 上官/Shangguan 诸葛/Zhuge 东方/Dongfang 皇甫/Huangfu "
)
ZH_GIVEN = _pairs(
    "伟/Wei 芳/Fang 娜/Na 敏/Min 静/Jing 丽/Li 强/Qiang 磊/Lei 军/Jun 洋/Yang 勇/Yong 艳/Yan 杰/Jie 涛/Tao "
    "明/Ming 超/Chao 秀英/Xiuying 秀兰/Xiulan 桂英/Guiying 建国/Jianguo 建华/Jianhua 文静/Wenjing 子涵/Zihan "
    "浩然/Haoran 思远/Siyuan 雨桐/Yutong 晓明/Xiaoming 晓燕/Xiaoyan 国强/Guoqiang 海燕/Haiyan 志强/Zhiqiang "
    "丽华/Lihua 梦琪/Mengqi 天佑/Tianyou "
)
HOMONYMS = {"de": ("Anna", "Schmidt"), "en": ("John", "Smith"), "zh": ("张", "伟")}

# City, postcode, country; streets are made from the lists below.
EN_CITIES = (
    ("London", "EC1A 1BB", "GB"),
    ("Manchester", "M1 1AE", "GB"),
    ("Bristol", "BS1 4ST", "GB"),
    ("Leeds", "LS1 5AA", "GB"),
    ("Edinburgh", "EH1 1YZ", "GB"),
    ("New York", "10001", "US"),
    ("Austin", "78701", "US"),
    ("Denver", "80202", "US"),
    ("Boston", "02108", "US"),
    ("Portland", "97201", "US"),
)
DE_CITIES = (
    ("Berlin", "10115", "DE"),
    ("Hamburg", "20095", "DE"),
    ("München", "80331", "DE"),
    ("Köln", "50667", "DE"),
    ("Frankfurt am Main", "60311", "DE"),
    ("Lübeck", "23552", "DE"),
    ("Görlitz", "02826", "DE"),
    ("Gießen", "35390", "DE"),
)
ZH_CITIES = (
    ("上海市", "200001", "CN"),
    ("北京市", "100005", "CN"),
    ("深圳市", "518000", "CN"),
    ("杭州市", "310000", "CN"),
    ("成都市", "610000", "CN"),
    ("宁波市", "315000", "CN"),
)
STREETS = {
    "en": ("High Street", "Station Road", "Church Lane", "Mill Road", "Park Avenue", "Victoria Street", "Elm Drive"),
    "de": ("Hauptstraße", "Bahnhofstr.", "Gartenweg", "Am Mühlbach", "Lindenallee", "Schulstraße", "Goethestraße"),
    "zh": ("人民路", "中山东路", "建设大街", "解放路", "和平街", "长江西路", "文化巷"),
}
# Firm, domain, language. All domains are reserved for examples (RFC 2606).
FIRMS = (
    ("Harbour Garden Supplies Ltd", "harbour-garden.example", "en"),
    ("Bluebell Estates", "bluebell-estates.example", "en"),
    ("Prairie Irrigation Inc.", "prairie-irrigation.example", "en"),
    ("Oakfield & Sons", "oakfield.example", "en"),
    ("Lakeside Pumps LLC", "lakeside-pumps.test", "en"),
    ("Hofgut Birkenau GmbH & Co. KG", "hofgut-birkenau.example", "de"),
    ("Grünbau Köln GmbH", "gruenbau-koeln.example", "de"),
    ("Stadtwerke Eibenau", "stadtwerke-eibenau.example", "de"),
    ("Baumschule Möwenfeld e. K.", "moewenfeld.example", "de"),
    ("Teichbau Süd AG", "teichbau-sued.test", "de"),
    ("上海莲花贸易有限公司", "lotus-trade.example", "zh"),
    ("宁波远航泵业有限公司", "yuanhang-pump.example", "zh"),
    ("深圳绿园科技有限公司", "lvyuan-tech.example", "zh"),
    ("杭州西溪园林工程公司", "xixi-garden.test", "zh"),
)
HOMES = {
    "en": ("mail.example", "inbox.example", "home.test"),
    "de": ("post.example", "briefkasten.example", "heimnetz.test"),
    "zh": ("youxiang.example", "xinxiang.example", "kuaiyou.test"),
}
