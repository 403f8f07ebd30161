"""Chinese surnames, simplified and traditional: where a name can begin in text without spaces.

The single-character list holds the most common surnames of the mainland, Hong Kong, Macau and Taiwan (public census facts).
A name with another surname is still found, but only by reading everything again: see `keys.indexable`.
"""

SINGLE = frozenset(
    "王李张張劉刘陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖蕭萧田董袁潘于蒋蔣蔡余杜叶葉"
    "程苏蘇赖賴魏吕呂丁任沈姚卢盧姜崔钟鐘鍾谭譚陆陸汪范金石廖贾賈夏韦韋付傅方白邹鄒孟熊秦邱丘江尹薛闫閻阎段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔"
    "邵万萬钱錢严嚴覃武戴莫孔向汤湯常温溫康施文牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭焦俞左柳甘祝包宁寧"
    "尚符舒阮柯纪紀梅童凌毕畢单單季裴霍涂塗成苗谷盛曲翁冉骆駱蓝藍路游辛靳管柴蒙鲍鮑华華喻祁蒲房滕屈饶饒解牟艾尤阳陽时時穆农農司卓古"
    "吉缪繆简簡车車项項连連芦蘆麦麥褚娄婁窦竇戚岑景党宫宮费費卜冷晏席卫衛米柏宗瞿桂全佟应應臧闵閔苟邬鄔边邊卞姬师師和仇栾欒隋商刁沙荣榮"
    "巫寇桑郎甄丛叢仲虞敖巩鞏明佘池查麻苑迟遲邝鄺官封谈談匡鞠惠荆荊乐樂冀郁胥南班储儲原栗燕楚鄢劳勞谌諶奚皮粟冼蔺藺楼樓盘盤满滿闻聞位厉"
)

COMPOUND = frozenset(
    {
        "欧阳",
        "歐陽",
        "上官",
        "司马",
        "司馬",
        "诸葛",
        "諸葛",
        "司徒",
        "东方",
        "東方",
        "独孤",
        "獨孤",
        "慕容",
        "皇甫",
        "尉迟",
        "尉遲",
    }
    | {
        "长孙",
        "長孫",
        "宇文",
        "令狐",
        "夏侯",
        "端木",
        "南宫",
        "南宮",
        "公孙",
        "公孫",
        "轩辕",
        "軒轅",
        "百里",
        "呼延",
        "西门",
        "西門",
    }
)

SOUNDS = {
    "单": "shan", "單": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "區": "ou", "翟": "zhai", "查": "zha",
    "朴": "piao", "盖": "ge", "蓋": "ge", "覃": "qin", "缪": "miao", "繆": "miao", "尉迟": "yuchi", "尉遲": "yuchi",
    "长孙": "zhangsun", "長孫": "zhangsun",
}  # fmt: skip
"""Surnames that sound otherwise than the same character does as a word."""
