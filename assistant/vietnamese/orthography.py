"""Whether a word with its marks is spelled as a Vietnamese syllable: onset, rime, tone and the tone's place."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Grave, acute, tilde, hook above, dot below: the tones, as combining marks.
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# A syllable that ends in a stop has one of these two tones, or none as it stands in a foreign word.
_STOP_TONES = frozenset("\u0301\u0323")
_STOPS = ("c", "ch", "p", "t")
_FRONT = "eêiy"
_BEFORE_FRONT = frozenset(("k", "gh", "ngh"))
_BEFORE_BACK = frozenset(("c", "g", "ng"))
_ONSETS = ("ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", *"bcdđghklmnprstvx", "")
_RIME_LIST = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong op ot
    ooc oong ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uc ui um un ung up ut uân uâng uât uây uê uêch uênh uơ uy uya uych uynh uyn uyp uyt uyu uyên uyêt
    uôc uôi uôm uôn uông uôp uôt ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
    y yêm yên yêng yêt yêu"""
_RIMES = frozenset(_RIME_LIST.split())
# What follows «qu» and «gi», whose vowel letter belongs to the onset.
_AFTER_QU_LIST = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc ân âng âp ât âu ây e en eo et ê êch ên ênh êt êu
    i in inh it o ơ ơn ơt y ych ynh yt yn yp yu yên yêt ôc"""
_AFTER_QU = frozenset(_AFTER_QU_LIST.split())
_AFTER_GI = frozenset(rime for rime in _RIMES if rime[0] not in "iy") | {"êng", "êt", "êc", "ên", "êm"}
# Rimes of plain vowels in which the tone stands on the first; «oa oe uy» are written both ways.
_FIRST = frozenset(("ai", "ao", "au", "ay", "eo", "ia", "iu", "oi", "ua", "ui"))
_EITHER = frozenset(("oa", "oe", "uy"))
_LONGEST = 7 + 5  # «nghiêng», decomposed with its marks


@lru_cache(maxsize=65_536)
def is_syllable_with_marks(word: str) -> bool:
    """Whether the word, marks included, can be a Vietnamese syllable; upper and lower case are one."""
    if len(word) > _LONGEST:
        return False
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [i for i, character in enumerate(decomposed) if character in _TONES]
    if len(tones) > 1:
        return False
    plain = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    if not tones:
        return any(_fits(onset, plain[len(onset) :]) for onset in _ONSETS if plain.startswith(onset))
    letters = len(unicodedata.normalize("NFC", "".join(c for c in decomposed[: tones[0]] if c not in _TONES)))
    tone = decomposed[tones[0]]
    return any(
        _fits(onset, plain[len(onset) :]) and _tone_fits(onset, plain[len(onset) :], letters - 1 - len(onset), tone)
        for onset in _ONSETS
        if plain.startswith(onset)
    )


def _fits(onset: str, rime: str) -> bool:
    if onset == "qu":
        return rime in _AFTER_QU
    if onset == "gi":
        return rime in _AFTER_GI
    if rime not in _RIMES:
        return False
    if onset in _BEFORE_FRONT:
        return rime[0] in _FRONT or rime.startswith("oong")
    return onset not in _BEFORE_BACK or rime[0] not in _FRONT or (onset == "g" and rime[0] == "i")


def _tone_fits(onset: str, rime: str, place: int, tone: str) -> bool:
    """Whether the tone may stand on the letter at `place` of the rime (-1: the vowel letter of «qu» or «gi»)."""
    if rime.endswith(_STOPS) and tone not in _STOP_TONES:
        return False
    vowels = rime.rstrip("chmngpt")
    marked = [i for i, letter in enumerate(vowels) if letter in "ăâêôơư"]
    if len(marked) == 1 or vowels.startswith("ươ"):
        return place == marked[-1]
    if place == -1:  # «gía», the older way
        return onset == "gi" and rime == "a"
    if len(vowels) == 1:
        return place == 0
    if rime in _EITHER:
        return place in (0, 1)
    if vowels in _FIRST and vowels == rime:
        return place == 0
    return place == 1
