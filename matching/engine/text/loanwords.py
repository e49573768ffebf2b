"""Loanwords in one alphabet: what ベアリング, 베어링 and bearing have in common when spoken.

Sounds that either language merges are merged: voicing (ㄱ ㅋ g k), l and r, f and p, z and j and
ch, vowels into two classes, with u and ㅡ (the filling vowels) left out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel
from matching.engine.text.readings import spoken_table
from matching.engine.text.scripts import HANGUL, KANJI, KATAKANA, Characters
from matching.engine.types import Bools, Longs

# Consonants come first, so `sound < BACK` tells them from the two vowel classes.
K, T, P, S, N, M, R, H, BACK, FRONT = range(1, 11)

_ROWS: Final = {
    K: "カキクケコガギグゲゴ",
    S: "サシスセソザジズゼゾチツヂヅ",
    T: "タテトダデド",
    N: "ナニヌネノン",
    H: "ハヒヘホ",
    P: "フバビブベボパピプペポ",
    M: "マミムメモ",
    R: "ラリルレロ",
}
_KANA_BACK: Final = "アカガサザタダナハバパマヤラワァャヮオコゴソゾトドノホボポモヨロォョヲ"
_KANA_FRONT: Final = "イキギシジチヂニヒビピミリィエケゲセゼテデネヘベペメレェ"
_FILLING: Final = "トド"  # written with o, spoken as bare t and d: ロボット 로봇, ボルト 볼트
_SMALL: Final = "ァゥェォャュョ"
_GU, _N_KANA = ord("グ"), ord("ン")
_INITIALS: Final = (K, K, N, T, T, R, M, P, P, S, S, 0, S, S, S, K, T, P, H)
_MEDIALS: Final = tuple(
    BACK if vowel in "ㅏㅐㅑㅒㅓㅕㅗㅘㅙㅛㅝ" else FRONT if vowel in "ㅔㅖㅚㅞㅟㅢㅣ" else 0
    for vowel in "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
)
#        - ㄱ ㄲ ㄳ ㄴ ㄵ ㄶ ㄷ ㄹ ㄺ ㄻ ㄼ ㄽ ㄾ ㄿ ㅀ ㅁ ㅂ ㅄ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ
_FINALS: Final = (
    0,
    K,
    K,
    K,
    N,
    N,
    N,
    T,
    R,
    K,
    M,
    R,
    R,
    R,
    R,
    R,
    M,
    P,
    P,
    T,
    T,
    N,
    T,
    T,
    K,
    T,
    P,
    T,
)


@cache
def _sound_table() -> NDArray[np.uint8]:
    """(65536, 3): first consonant, vowel class and final consonant of a character, 0 for none."""
    table = np.zeros((0x10000, 3), np.uint8)
    for consonant, kana in _ROWS.items():
        for character in kana:
            table[ord(character), 0] = consonant
    for vowel, kana in ((BACK, _KANA_BACK), (FRONT, _KANA_FRONT)):
        for character in kana:
            table[ord(character), 1] = vowel
    for character in _FILLING:
        table[ord(character), 1] = 0
    index = np.arange(0xD7A3 - 0xAC00 + 1)
    hangul = table[0xAC00 : 0xD7A3 + 1]
    hangul[:, 0] = np.array(_INITIALS, np.uint8)[index // 588]
    hangul[:, 1] = np.array(_MEDIALS, np.uint8)[index % 588 // 28]
    hangul[:, 2] = np.array(_FINALS, np.uint8)[index % 28]
    return table


@cache
def _is_small() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, np.bool_)
    table[[ord(character) for character in _SMALL]] = True
    return table


def phonemes(
    characters: Characters,
) -> tuple[NDArray[np.uint8], Longs, Longs]:
    """(sound, word, position): every sound of katakana, Hangul and kanji words, in order.

    Kanji sound as their Korean reading, so a Sino-Korean word sounds alike in both scripts.

    `word` numbers the runs of one script (Korean spaces are passed over, as Japanese has none),
    `position` is the character a sound comes from.
    """
    return _spoken(characters.code, characters.script, spoken_table(), _sound_table(), _is_small())


@kernel
def _spoken(
    code: NDArray[np.uint16],
    script: NDArray[np.uint8],
    reading: NDArray[np.uint16],
    table: NDArray[np.uint8],
    is_small: Bools,
) -> tuple[NDArray[np.uint8], Longs, Longs]:
    size = len(code)
    sound = np.empty(3 * size, np.uint8)
    word, position = np.empty(3 * size, np.int64), np.empty(3 * size, np.int64)
    count, run, kind = 0, 0, 0
    is_final = False
    for place in range(size):
        here = int(script[place])
        if here != KATAKANA and here != HANGUL and here != KANJI:
            here = 0
        if here != kind:
            run, kind, is_final = run + 1, here, False
        if not here:
            continue
        following = code[place + 1] if place + 1 < size else np.uint16(0)
        letter = reading[code[place]] if here == KANJI else code[place]
        # ング is one sound (ベアリング 베어링) unless an l follows (シングル 싱글).
        if letter == _GU and place and code[place - 1] == _N_KANA and table[following, 0] != R:
            continue
        for slot in range(3):
            heard = table[letter, slot]
            # シャ is one syllable: the small letter brings the vowel. ティ likewise.
            if not heard or (slot == 1 and is_small[following]):
                continue
            # ㅁ before a lip sound is the Japanese ン: 컴퓨터 コンピュータ.
            if heard == P and is_final and sound[count - 1] == M:
                sound[count - 1] = N
                if count > 1 and word[count - 2] == run and sound[count - 2] == N:
                    count -= 1
            is_final = slot == 2
            if count and word[count - 1] == run and sound[count - 1] == heard:
                is_final = False
                continue
            sound[count], word[count], position[count] = heard, run, place
            count += 1
    return sound[:count].copy(), word[:count].copy(), position[:count].copy()


_LATIN_SOUNDS: Final = (
    (re.compile("tion|sion"), "SN"),
    (re.compile("ph"), "P"),
    (re.compile("sch|sh|tch|ch|th|dge"), "S"),
    (re.compile("ck|qu|kh"), "K"),
    (re.compile("gh"), ""),
    (re.compile("c(?=[eiy])"), "S"),
    (re.compile("ng(?![aeiouylr])"), "N"),
    (re.compile("g(?=[eiy])"), "S"),
    (re.compile("x"), "KS"),
    (re.compile("r(?![aeiouy])"), ""),
    (re.compile("m(?=[pb])"), "N"),
    (re.compile("[ckqg]"), "K"),
    (re.compile("[td]"), "T"),
    (re.compile("[fvbp]"), "P"),
    (re.compile("[szj]"), "S"),
    (re.compile("n"), "N"),
    (re.compile("m"), "M"),
    (re.compile("[lr]"), "R"),
    (re.compile("(?<![aeiou])h(?=[aeiou])"), "H"),
)
_CODES: Final = {"K": K, "T": T, "P": P, "S": S, "N": N, "M": M, "R": R, "H": H}


@lru_cache(maxsize=100_000)
def latin_skeleton(word: str) -> tuple[int, ...]:
    """The consonants of an English word as `phonemes` would give them for its loan."""
    for pattern, sound in _LATIN_SOUNDS:
        word = pattern.sub(sound, word)
    codes = [_CODES[letter] for letter in word if letter in _CODES]
    return tuple(code for i, code in enumerate(codes) if i == 0 or code != codes[i - 1])
