"""The people of the story: each time anew, because a build gives them their primary keys."""

from __future__ import annotations

from datetime import date

from cli.demo.people import Person
from cli.demo.phones import Phone
from cli.demo.plot import Plot

KINDERGARTEN = ("albers@spatzennest.example", "(030) 23125-944")  # of Frau Albers, who is no customer


def asker_plot() -> Plot:
    """Who asks for access: her two contact rows, a namesake, and the people around her."""
    me, before, namesake = _johanna()
    names = ("Johanna Brückner", "Brückner, Johanna", "Johanna Brueckner", "Johana Bruckner", "Frau Brückner")
    return Plot("jb", (me, before), namesake, _around_johanna(), names, strangers=list(KINDERGARTEN))


def _johanna() -> tuple[Person, ...]:
    """She, her old row with a misspelt name, and her namesake."""
    mobile = Phone("49", "171", "3920097")
    me = Person(
        language="de",
        given="Johanna",
        family="Brückner",
        latin="Johanna Brueckner",
        email="johanna.brueckner@lindenhof.example",
        phone=Phone("49", "30", "23125907"),
        mobile=mobile,
        style=1,
        birthday=date(1979, 4, 17),
        street="Lindenallee 12",
        postcode="10115",
        city="Berlin",
    )
    before = Person(
        language="de",
        given="Johana",
        family="Bruckner",
        latin="Johana Bruckner",
        email="jo.brueckner@post.example",
        mobile=mobile,
        style=8,
        city="Berlin",
        owner=1,
    )
    namesake = Person(
        language="de",
        given="Johanna",
        family="Brückner",
        latin="Johanna Brueckner",
        email="j.brueckner@seeblick-verein.example",
        phone=Phone("49", "89", "99998915"),
        style=2,
        birthday=date(1991, 9, 2),
        street="Seestraße 3",
        postcode="80331",
        city="München",
        owner=3,
    )
    return (
        me,
        before,
        namesake,
    )


def _around_johanna() -> tuple[Person, ...]:
    """A gardener, her husband, an English and a Chinese business friend."""
    ralf = Person(
        language="de",
        given="Ralf",
        family="Teichmann",
        latin="Ralf Teichmann",
        email="ralf.teichmann@teichmann-galabau.example",
        mobile=Phone("49", "171", "3920093"),
        style=6,
        city="Berlin",
    )
    holger = Person(
        language="de",
        given="Holger",
        family="Brückner",
        latin="Holger Brueckner",
        email="holger.brueckner@briefkasten.example",
        phone=Phone("49", "30", "23125908"),
        style=0,
        city="Berlin",
    )
    tom = Person(
        language="en",
        given="Thomas",
        family="Wexler",
        latin="Thomas Wexler",
        email="tom.wexler@wexler-nurseries.example",
        phone=Phone("44", "20", "79460931"),
        style=4,
        city="London",
        country="GB",
    )
    su = Person(
        language="zh",
        given="婉清",
        family="苏",
        latin="Wanqing Su",
        email="wanqing.su@hehua-pump.example",
        mobile=Phone("86", "138", "00139051"),
        style=0,
        country="CN",
        wechat="suwanqing_1988",
    )
    return (
        ralf,
        holger,
        tom,
        su,
    )


def leaver_plot() -> Plot:
    """Who asks to be erased: his Chinese and his Latin row, a namesake, and the people around him."""
    him, latin, namesake = _zhiyuan()
    names = ("欧阳志远", "欧阳 志远", "Zhiyuan Ouyang", "Ouyang Zhiyuan", "OUYANG Zhiyuan", "欧阳先生")
    return Plot("oy", (him, latin), namesake, _around_zhiyuan(), names)


def _zhiyuan() -> tuple[Person, ...]:
    """He in Chinese, he in Latin letters, and his namesake."""
    mobile = Phone("86", "138", "00139017")
    him = Person(
        language="zh",
        given="志远",
        family="欧阳",
        latin="Zhiyuan Ouyang",
        email="zhiyuan.ouyang@hengtong-valve.example",
        mobile=mobile,
        style=0,
        birthday=date(1984, 11, 5),
        street="中山东路88号6室",
        postcode="315000",
        city="宁波市",
        country="CN",
        wechat="oyzy_1984",
        owner=2,
    )
    latin = Person(
        language="en",
        given="Zhiyuan",
        family="Ouyang",
        latin="Zhiyuan Ouyang",
        email="ouyang_zy@youxiang.example",
        mobile=mobile,
        style=1,
        city="Ningbo",
        country="CN",
        owner=4,
    )
    namesake = Person(
        language="zh",
        given="志远",
        family="欧阳",
        latin="Zhiyuan Ouyang",
        email="oyzhiyuan@chengdu-tools.example",
        mobile=Phone("86", "138", "00139066"),
        style=0,
        birthday=date(1996, 2, 20),
        city="成都市",
        country="CN",
        owner=2,
    )
    return (
        him,
        latin,
        namesake,
    )


def _around_zhiyuan() -> tuple[Person, ...]:
    """A colleague, a German and an American business friend."""
    ruolan = Person(
        language="zh",
        given="若兰",
        family="沈",
        latin="Ruolan Shen",
        email="ruolan.shen@hengtong-valve.example",
        mobile=Phone("86", "138", "00139032"),
        style=3,
        city="宁波市",
        country="CN",
        wechat="shenruolan",
        owner=2,
    )
    henrik = Person(
        language="de",
        given="Henrik",
        family="Lüdtke",
        latin="Henrik Luedtke",
        email="henrik.luedtke@luedtke-armaturen.example",
        mobile=Phone("49", "176", "04069095"),
        style=2,
        city="Lübeck",
        owner=1,
    )
    dana = Person(
        language="en",
        given="Dana",
        family="Whitlock",
        latin="Dana Whitlock",
        email="dana.whitlock@whitlock-import.example",
        phone=Phone("1", "303", "5550197"),
        style=0,
        city="Denver",
        country="US",
        owner=4,
    )
    return (
        ruolan,
        henrik,
        dana,
    )
