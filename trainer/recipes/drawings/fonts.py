"""Fonts of Debian packages with free licences, and texts that they can show."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDER = Path("/usr/share/fonts")

# Packages and their files by what they show: patterns under FOLDER.
PACKAGES = {
    "fonts-cantarell": {"latin": "opentype/cantarell/Cantarell-*.otf"},
    "fonts-comic-neue": {"latin comic": "opentype/comic-neue/ComicNeue-*.otf"},
    "fonts-dejavu-core": {
        "latin greek cyrillic": "truetype/dejavu/DejaVuS*.ttf",
        "mono": "truetype/dejavu/DejaVuSansMono*.ttf",
    },
    "fonts-ebgaramond": {"latin greek cyrillic": "opentype/ebgaramond/EBGaramond12-*.otf"},
    "fonts-firacode": {"mono": "truetype/firacode/FiraCode-*.ttf"},
    "fonts-hosny-amiri": {"arabic": "opentype/fonts-hosny-amiri/Amiri-*.ttf"},
    "fonts-humor-sans": {"comic": "truetype/humor-sans/*.ttf"},
    "fonts-inconsolata": {"mono": "truetype/inconsolata/Inconsolata.otf"},
    "fonts-lato": {"latin": "truetype/lato/Lato-*.ttf"},
    "fonts-liberation2": {
        "latin greek cyrillic": "truetype/liberation2/LiberationS*.ttf",
        "mono": "truetype/liberation2/LiberationMono-*.ttf",
    },
    "fonts-material-design-icons-iconfont": {
        "icons": "truetype/material-design-icons-iconfont/MaterialIcons-Regular.ttf",
    },
    "fonts-noto-cjk": {"cjk": "opentype/noto/NotoS*CJK-*.ttc"},
    "fonts-noto-core": {
        "latin greek cyrillic": "truetype/noto/NotoSans-*.ttf truetype/noto/NotoSerif-*.ttf",
        "arabic": "truetype/noto/Noto*Arabic*-*.ttf",
        "devanagari": "truetype/noto/NotoS*Devanagari-*.ttf",
        "hebrew": "truetype/noto/NotoS*Hebrew-*.ttf",
        "thai": "truetype/noto/NotoS*Thai-*.ttf",
        "bengali": "truetype/noto/NotoS*Bengali-*.ttf",
        "georgian": "truetype/noto/NotoS*Georgian-*.ttf",
    },
    "fonts-open-sans": {"latin greek cyrillic": "truetype/open-sans/OpenSans-*.ttf"},
    "fonts-roboto-unhinted": {"latin": "truetype/roboto/unhinted/RobotoTTF/Roboto-*.ttf"},
}

# Words of everyday language by script; languages that share one are apart.
WORDS = {
    "latin": [
        "the of and to in that it was for on are with as his they be at one have this from or had "
        "by hot but some what there we can out other were all your when up use word how said an "
        "each she which do their time if will way about many then them would write like so these "
        "her long make thing see him two has look more day could go come did my sound no most "
        "number who over know water than call first people may down side been now find any new "
        "work part take get place made live where after back little only round man year came show",
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es "
        "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen "
        "so zum war haben nur oder aber vor zur bis mehr durch man sein wurde größte "
        "Straße Häuser "
        "schön grün müssen Übung ähnlich Öl Weiß Königsberg Fußgängerzone",
        "le de un être et à il avoir ne je son que se qui ce dans en du elle au pour pas vous par "
        "sur faire plus dire me on mon lui nous comme mais pouvoir avec tout y aller voir bien où "
        "sans tu ou leur homme si deux mari moi vouloir français élève forêt garçon île œuvre été",
        "el que en no con para una su al lo como más pero sus le ya o fue este sí porque esta "
        "entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante año "
        "señor niño mañana corazón",
        "się nie na że jest to jak do po co tak za od ale ty już jej być może który gdzie dzień "
        "żółty łódź źdźbło ćma ręka święto kość piątek książka",
        "bir ve bu için ile çok daha gibi ama ne kadar sonra var olarak olan şey zaman gün ağaç "
        "güneş çiçek ılık öğretmen İstanbul ışık",
        "và của là có không được trong một người cho với các này đã khi về như từ những cũng đến "
        "nước năm lại việc Việt Nam tiếng đường phố",
        "ja on ei se että hän oli mutta niin kun olla myös jos vain kuin sitten nyt mikä kaikki "
        "yö työ pöytä järvi lämpö åker øl æble skål",
    ],
    "greek": [
        "και το να του η της με που την από για είναι στο θα δεν οι ένα τα σε ο αυτό στη ότι τον "
        "μας σας όλα πολύ καλή ημέρα άνθρωπος νερό θάλασσα ουρανός ελληνική γλώσσα ψωμί φως",
    ],
    "cyrillic": [
        "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой ваш "
        "год от так о для ты же все тот мочь вы человек такой его сказать только или ещё бы себя "
        "вода солнце улица большой дом хлеб щётка съезд объявление",
        "та що не на з до як це за від але він вона бути мати для все їх який тільки або коли "
        "їжак ґанок єдність п'ять людина місто",
    ],
    "arabic": [
        "في من على إلى أن هذا التي الذي كان عن مع ما لا هو هي بين بعد كل قد عند حتى يوم ماء مدينة "
        "كتاب بيت شمس قمر طريق كبير صغير جديد مدرسة الناس اللغة العربية",
        "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز گفت می‌شود وی شد دارد پارسی "
        "گل چای پنجره ژاله",
    ],
    "devanagari": [
        "के का में की है और से को एक पर यह ने लिए कि भी हैं नहीं इस तो हो गया था साथ अपने कर वह "
        "दिन पानी सूरज किताब घर स्कूल हिन्दी भाषा मित्र श्री ज्ञान क्षेत्र विद्यार्थी",
    ],
    "hebrew": [
        "של את על לא הוא היא זה עם כל גם אני יש מה אם או כי אבל רק עוד אחד היום מים שמש בית ספר "
        "עיר רחוב לחם שלום עברית",
    ],
    "thai": [
        "และ ที่ ใน เป็น ของ ไม่ มี ได้ ว่า ให้ จะ กับ การ นี้ มา ไป คน วันนี้ น้ำ บ้าน หนังสือ ภาษาไทย โรงเรียน สวัสดี",
    ],
    "bengali": [
        "এবং এই করে থেকে জন্য তার একটি হয় না সঙ্গে আমি কি আছে দিন জল সূর্য বই ঘর বাংলা ভাষা বন্ধু বিদ্যালয়",
    ],
    "georgian": [
        "და არის რომ ეს მე შენ ის ჩვენ დღე წყალი მზე წიგნი სახლი ქალაქი ქართული ენა მეგობარი",
    ],
    "cjk": [
        "的 一 是 不 了 在 人 有 我 他 这 个 们 中 来 上 大 为 和 国 地 到 以 说 时 要 就 "
        "出 会 可 也 你 对 生 能 而 子 "
        "那 得 于 着 下 自 之 年 过 发 后 作 里 用 道 行 所 然 家 种 事 成 方 多 经 么 去 "
        "法 学 如 都 同 现 当 没 动 面 起 看",
        "日本 の に は を た が で て と し れ さ ある いる する こと これ それ 今日 水 "
        "東京 学校 電車 図書館 朝 ありがとう "
        "カメラ コーヒー テレビ 写真 画像 新しい 大きい 春夏秋冬 食べる 飲む 読む 書く",
        "그리고 이 그 저 것 수 있다 없다 하다 되다 사람 우리 오늘 물 집 학교 책 서울 "
        "한국어 안녕하세요 감사합니다 사진 그림 바람 하늘",
        "的 繁體 中文 臺灣 香港 學習 圖書館 電腦 網路 開發 風景 龍 鳳 鬱 龜 麗 驚 護 體 點 "
        "戰 聽 讀 讓 認 識",
    ],
}

# Scripts whose fonts have European numbers and marks too.
MARKED = "latin", "greek", "cyrillic", "cjk"

CODE = """\
def mean(values):
    if not values:
        raise ValueError("no values")
    return sum(values) / len(values)
for (int i = 0; i < n; ++i) { total += a[i] * b[i]; }
let found: Vec<u8> = bytes.iter().map(|b| b ^ 0x5f).collect();
#include <stdio.h>
printf("%5.2f %s\\n", share * 100.0, name);
SELECT id, name FROM users WHERE age >= 21 ORDER BY name;
<div class="card"><a href="#top">Back</a></div>
const [state, setState] = useState({ open: false });
impl<T: Clone> From<Vec<T>> for Ring<T> {
    fn from(items: Vec<T>) -> Self { Self::new(items) }
}
if [ -z "$1" ]; then echo "usage: $0 FILE" >&2; exit 1; fi
grep -rn 'TODAY' src/ | sort -k2 | uniq -c
template <class T> auto&& get(T&& t) { return t.value; }
matrix = [[0] * 4 for _ in range(4)]  # rows, columns
return x if x > 0 else -x
@media (max-width: 600px) { .menu { display: none; } }
drwxr-xr-x 2 root root  4096 Nov 30 07:31 bin
-rw-r--r-- 1 user user 13279 Jan  4 19:02 notes.txt
{"id": 42, "tags": ["a", "b"], "ratio": 0.75}""".splitlines()


@dataclass(frozen=True)
class Face:
    """A font file, the index of a face in it, and the scripts that it shows."""

    path: str
    index: int
    shows: tuple[str, ...]

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at a size in pixels."""
        return sized(self.path, self.index, size)


@cache
def sized(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index)


@cache
def faces() -> tuple[Face, ...]:
    """All faces of the packages, in an order that does not depend on the file system."""
    found = []
    for package in PACKAGES.values():
        for shows, patterns in package.items():
            for path in files(patterns):
                # The first faces of a collection: Japanese, Korean, Chinese in two ways.
                count = 4 if path.suffix == ".ttc" else 1
                found += [Face(str(path), i, tuple(shows.split())) for i in range(count)]
    return tuple(found)


def files(patterns: str) -> list[Path]:
    return sorted({path for pattern in patterns.split() for path in FOLDER.glob(pattern)})


def missing() -> list[str]:
    """Packages of which a font is not there."""
    lacks = [
        package
        for package, patterns in PACKAGES.items()
        if not all(files(pattern) for pattern in patterns.values())
    ]
    return sorted(lacks)


@cache
def glyph(face: Face, letter: str) -> bytes:
    return bytes(face.at(24).getmask(letter, mode="1"))


def can_show(face: Face, text: str) -> bool:
    """Whether a face has all letters of a text: what it lacks looks as U+FFFF does."""
    none = glyph(face, "\uffff")
    return all(glyph(face, letter) != none for letter in set(text) - {" "})


def face(draw: random.Random, shows: str, text: str = "") -> Face:
    """A face for a script, or one of the kinds mono, comic and icons, that has a text's "
    "letters."""
    able = [face for face in faces() if shows in face.shows]
    draw.shuffle(able)
    return next((face for face in able if can_show(face, text)), able[0])


def script(draw: random.Random) -> str:
    """A script; every other time the Latin one."""
    return "latin" if draw.random() < 0.5 else draw.choice(list(WORDS))


def words(draw: random.Random, name: str, count: int) -> list[str]:
    """So many words of one language of a script."""
    language = draw.choice(WORDS[name]).split()
    return [draw.choice(language) for _ in range(count)]


def phrase(draw: random.Random, name: str, count: int) -> str:
    """Words as a phrase; some begin with a capital, have a number or end with a mark, in scripts
    whose fonts have them."""
    chosen = words(draw, name, count)
    marked = name in MARKED
    if marked and draw.random() < 0.3:
        chosen[draw.randrange(len(chosen))] = str(draw.randrange(1, 3000))
    text = ("" if name == "cjk" and draw.random() < 0.7 else " ").join(chosen)
    if draw.random() < 0.6:
        text = text[:1].upper() + text[1:]
    return text + draw.choice(["", "", ".", ",", "!", "?", ":"] if marked else [""])
