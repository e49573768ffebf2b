"""The words of a planted market: those of the lexicon, and words that no lexicon has.

Coined words are built as new words are. Sino words are characters in a row, which a Korean reads
aloud and a Japanese writes. Loanwords are parts of English, each spelled in three scripts the way
the two languages really take them over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.engine.text import Lexicon
from matching.engine.text.readings import reading_table, spoken_table
from matching.engine.types import Longs, Ragged

LANGUAGES: Final = ("ko", "ja", "en")
#: What stands beside a product, by the kind of its concept.
ROLES: Final = ("material", "process", "application", "property")
_TRADED: Final = ("product", "material", "equipment")
_LOANWORDS: Final = 0.4  # of the coined words
_LEAST_CONTENT: Final = 0.5  # a group of everything is no product to plant

_CHARACTERS: Final = (
    "電磁光熱圧振動波層膜粒結晶合金繊維弾性剛軟硬多孔複積導絶縁誘伝送変換整流増幅制御検測定"
    "位置速度温湿真空流体液気固相転移吸着脱離溶融焼成鍛造鋳圧延切削研磨接合溶射蒸着塗装浸炭"
    "窒化酸化還元触媒重縮反応抽出蒸留濾過分離精製濃縮乾燥粉砕混練押射出成形金型治具軸受歯車"
    "弁管槽炉塔機器材料板線棒網箔粉剤薬油脂糖酵素菌種苗飼肥"
)
_FIRST_PARTS: Final = (
    "ster:ステル:스테르 vel:ベル:벨 tran:トラン:트란 flex:フレックス:플렉스 cor:コル:코르 "
    "max:マックス:맥스 neo:ネオ:네오 micro:マイクロ:마이크로 dura:デュラ:듀라 ther:サー:서 "
    "gal:ガル:갈 pro:プロ:프로 zen:ゼン:젠 quar:クォー:쿼 bel:ベル:벨 sil:シル:실 "
    "hydro:ハイドロ:하이드로 lum:ルム:룸 opti:オプティ:옵티 rad:ラド:라드 sono:ソノ:소노 "
    "tec:テク:테크 ultra:ウルトラ:울트라 vari:バリ:바리 poly:ポリ:폴리 nano:ナノ:나노 "
    "cryo:クライオ:크라이오 aero:エアロ:에어로 mag:マグ:마그 pneu:ニュー:뉴 fer:フェル:페르 "
    "gran:グラン:그란"
)
_MIDDLE_PARTS: Final = (
    "bi:ビ:비 do:ド:도 ka:カ:카 le:レ:레 mi:ミ:미 no:ノ:노 pa:パ:파 ri:リ:리 sta:スタ:스타 "
    "ti:ティ:티 va:バ:바 zo:ゾ:조 den:デン:덴 gor:ゴル:고르 lan:ラン:란 men:メン:멘 "
    "pol:ポル:폴 ran:ラン:란 sen:セン:센 ton:トン:톤 ver:バー:버 fi:フィ:피 cho:チョ:초 "
    "ju:ジュ:주 ge:ゲ:게"
)
_LAST_PARTS: Final = (
    "dex:デックス:덱스 form:フォーム:폼 gate:ゲート:게이트 line:ライン:라인 lock:ロック:록 "
    "meter:メーター:미터 mix:ミックス:믹스 nol:ノール:놀 pack:パック:팩 plate:プレート:플레이트 "
    "ring:リング:링 seal:シール:실 stat:スタット:스탯 tor:トル:토르 tube:チューブ:튜브 "
    "valve:バルブ:밸브 wire:ワイヤー:와이어 zin:ジン:진 cell:セル:셀 clamp:クランプ:클램프 "
    "drive:ドライブ:드라이브 film:フィルム:필름 grid:グリッド:그리드 lite:ライト:라이트 "
    "mer:マー:머 ron:ロン:론 sol:ソル:솔 tex:テックス:텍스 bond:ボンド:본드 coat:コート:코트"
)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Word w has the spellings `spellings[language][w]`, the usual one first; some no English one.

    Lexicon concepts come first, as far as they have a label in every language; then coined words.
    `products` and `roles` are numbers of concepts; `hs6[w]` a code or -1; `broader[w]` a more
    general word or w itself.
    """

    spellings: dict[str, list[tuple[str, ...]]]
    products: Longs
    roles: tuple[Longs, ...]
    hs6: Longs
    broader: Longs
    coined_products: Longs
    coined_details: Longs


def gather(
    lexicon: Lexicon, coined_products: int, coined_details: int, rng: np.random.Generator
) -> Words:
    """The lexicon's words and as many coined ones, of which three in five are Sino words."""
    known = [(row, labels) for row, labels in _labels(lexicon) if all(labels)]
    place = {row: word for word, (row, _) in enumerate(known)}
    entries = [lexicon.entries[row] for row, _ in known]
    count = coined_products + coined_details
    both = zip(_sino(count, rng), _loanwords(count, rng), strict=True)
    is_loan = (rng.random(count) < _LOANWORDS).tolist()
    coined = [pair[is_loan[number]] for number, pair in enumerate(both)]
    total = len(known) + len(coined)
    first = len(known)
    broader = np.arange(total)
    for word, (row, _) in enumerate(known):
        parents = lexicon.ancestors.row(row)
        if len(parents) > 1:
            broader[word] = place.get(int(parents[1]), word)
    codes = [int(entry.hs6[0]) if entry.hs6 else -1 for entry in entries]
    return Words(
        spellings={
            language: [
                *(labels[number] for _, labels in known),
                *((word[number],) if word[number] else () for word in coined),
            ]
            for number, language in enumerate(LANGUAGES)
        },
        products=np.array(
            [
                word
                for word, (row, _) in enumerate(known)
                if entries[word].kind in _TRADED and lexicon.content[row] >= _LEAST_CONTENT
            ]
        ),
        roles=tuple(
            np.array([word for word, entry in enumerate(entries) if entry.kind == role])
            for role in ROLES
        ),
        hs6=np.array([*codes, *[-1] * len(coined)]),
        broader=broader,
        coined_products=np.arange(first, first + coined_products),
        coined_details=np.arange(first + coined_products, total),
    )


def _labels(lexicon: Lexicon) -> Iterable[tuple[int, tuple[tuple[str, ...], ...]]]:
    """(row, labels by language); a label's script tells its language."""
    for row, entry in enumerate(lexicon.entries):
        found: tuple[list[str], ...] = ([], [], [])
        for label in entry.labels:
            found[_language(label)].append(label)
        yield row, tuple(tuple(dict.fromkeys(labels)) for labels in found)


def _language(label: str) -> int:
    if any("가" <= sign <= "힣" for sign in label):
        return 0
    return 1 if any("\u3040" <= sign <= "\u9fff" for sign in label) else 2


def _sino(count: int, rng: np.random.Generator) -> Iterable[tuple[str, str, str]]:
    """(Hangul, characters, nothing) of words of three or four characters."""
    inside, outside = spoken_table(), reading_table()
    drawn = rng.integers(0, len(_CHARACTERS), (count, 4)).tolist()
    lengths = rng.integers(3, 5, count).tolist()
    for row, length in zip(drawn, lengths, strict=True):
        characters = "".join(_CHARACTERS[place] for place in row[:length])
        hangul = chr(outside[ord(characters[0])]) + "".join(
            chr(inside[ord(character)]) for character in characters[1:]
        )
        yield hangul, characters, ""


def _loanwords(count: int, rng: np.random.Generator) -> Sequence[tuple[str, str, str]]:
    """(Hangul, katakana, Latin)."""
    tables = [
        [part.split(":") for part in parts.split()]
        for parts in (_FIRST_PARTS, _MIDDLE_PARTS, _LAST_PARTS)
    ]
    drawn = np.stack([rng.integers(0, len(table), count) for table in tables], axis=1)
    words = []
    for places in drawn.tolist():
        parts = [table[place] for table, place in zip(tables, places, strict=True)]
        latin, katakana, hangul = ("".join(part[script] for part in parts) for script in range(3))
        words.append((hangul, katakana, latin))
    return words


def of_each(rows: Longs, groups: int, values: Longs) -> Ragged:
    """The `values` of each of `groups` groups, in their order; `rows`: the group of each value."""
    order = np.argsort(rows, kind="stable")
    start = np.searchsorted(rows[order], np.arange(groups + 1))
    return Ragged(start, values[order])
