"""English questions: whether a text is one, and its rough Vietnamese for searching; knows no index, shows nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.vietnamese.glossary import is_number, load_glossary, stem
from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.syllables import is_syllable

# Of a text no more is read.
MAX_CHARACTERS = 4000

# A code or number (57-NQ/TW, 1,000, 2030), a word (people's, R&D), or any other character.
_TOKEN = re.compile(r"[^\W\d]*+\d(?:[\w.,/–-]*[\w%])?%?|[^\W\d_]+(?:['&][^\W\d_]+)*|[^\w\s]|_+")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011](?=[^\W\d_])")
_DIGIT = re.compile(r"\d")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"\d+\.(?!0$)\d+")
_SWAPPED = str.maketrans(",.", ".,")
_MONTH_NAMES = "january february march april may june july august september october november december"
_MONTHS = _MONTH_NAMES.split()
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS)
_DAY = r"([0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"((?:19|20)\d\d)"
_MONTH_FIRST = re.compile(rf"\b(?:on\s)?({_MONTH})\.?\s{_DAY},?\s{_YEAR}\b", re.IGNORECASE)
_DAY_FIRST = re.compile(rf"\b(?:on\s)?(?:the\s)?{_DAY}\s(?:of\s)?({_MONTH})\.?,?\s{_YEAR}\b", re.IGNORECASE)
_MONTH_ALONE = re.compile(rf"\b(?:in\s)?({_MONTH})\.?,?\s(?:of\s)?{_YEAR}\b", re.IGNORECASE)
_DOCUMENT_NUMBER = re.compile(r"\bno\.?\s?(?=\d)", re.IGNORECASE)
_SPACE_BEFORE, _SPACE_AFTER = re.compile(r"\s+([?!.,;:%)»”])"), re.compile(r"([(«“])\s+")
_ENDS = frozenset(".?!;:")
_ASKING_WORDS = "what what's who who's whom whose which when where why how is are was were does did"
_FUNCTION_WORDS = """
of and for from with about under between after before until since through has have had will would should could must
your their its our this these those there list give tell describe explain compare name summarize please each every
many much more most than that's if not or all any only
"""
_AUXILIARY_WORDS = "does do did has have had will can must should is are was were"
_VIETNAMESE_WORDS = """
la gi bao nhieu nao cua duoc dau nhu nhung cac voi ve tai trong theo khi mot va khong cho nay sao gom nhe vay
"""
# English words that ask; none is a Vietnamese syllable.
_ASKING = frozenset(_ASKING_WORDS.split())
# English words that only join and ask, which no adjective stands before.
_FUNCTION = _ASKING | frozenset(_FUNCTION_WORDS.split())
# `how many X did Y register`: what may part X from Y, and how many words X has at most.
_AUXILIARIES = frozenset(_AUXILIARY_WORDS.split())
_COUNTED_REACH = 8
# One English word alone makes no question: `' OR 1=1 --`.
_FEWEST = 2
# Words that only Vietnamese has, folded; an English text has none of them in small letters.
_VIETNAMESE = frozenset(_VIETNAMESE_WORDS.split())
_ARTICLES = frozenset({"the", "a"})
_PLAIN_WORDS = _FUNCTION | _ARTICLES | {"an"}
_VOWELS = frozenset("aeiouh")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    place: str = ""  # as in the glossary
    is_name: bool = False  # kept as it is, or a place
    joins: bool = False  # no adjective goes behind it


def looks_english(text: str) -> bool:
    """Whether the text is an English question, not a Vietnamese one with English names or without its marks."""
    words = _words(text)
    foreign = [word for word in words if not is_syllable(fold(word))]
    known = [word for word in words if _is_english(word)]
    if not foreign or len({word.lower() for word in known}) < _FEWEST or _says_vietnamese(words):
        return False
    english = [word for word in foreign if word in known]
    strange = [word for i, word in enumerate(words) if word not in known and _may_be_vietnamese(word, is_first=i == 0)]
    if any(word.lower() in _FUNCTION for word in english):
        return _asks(words) or len(known) > len(strange)
    return bool(english) and not strange and 2 * len(english) >= len(known)


def _is_english(word: str) -> bool:
    return word.lower() in _PLAIN_WORDS or stem(word.lower()) in load_glossary().words


def _words(text: str) -> list[str]:
    """Words of letters, what stands in quotation marks left out unless all does."""
    text = _HYPHEN.sub(" ", nfc(text[:MAX_CHARACTERS]).replace("’", "'"))
    outside = [token for token in _TOKEN.findall(_QUOTED.sub(" ", text)) if token[0].isalpha()]
    return [word for word in outside or _TOKEN.findall(text) if word[0].isalpha() and not _DIGIT.search(word)]


def _asks(words: Sequence[str]) -> bool:
    """Whether an English word of asking comes first; a `WHO` among small letters is an organization."""
    return words[0].lower() in _ASKING and not (words[0].isupper() and not words[-1].isupper())


def _says_vietnamese(words: Sequence[str]) -> bool:
    shouted = all(word.isupper() for word in words)
    return any(fold(word) in _VIETNAMESE and (word.islower() or i == 0 or shouted) for i, word in enumerate(words))


def _may_be_vietnamese(word: str, *, is_first: bool) -> bool:
    """A word in capital letters within the text is a name, which tells nothing."""
    return is_syllable(fold(word)) and (is_first or word.islower())


def gloss(text: str) -> str:
    """The question in rough Vietnamese: phrases of the table, longest first; names, numbers and codes as they are."""
    pieces: list[_Piece] = []
    for sentence in _sentences(_TOKEN.findall(_plain(nfc(text[:MAX_CHARACTERS]).replace("’", "'")))):
        pieces += _ordered(list(_pieces(_asked_last(_without_articles(sentence)))))
    joined = " ".join(piece.text for piece in pieces if piece.text)
    return _SPACE_AFTER.sub(r"\1", _SPACE_BEFORE.sub(r"\1", joined))


def _plain(text: str) -> str:
    """The text with its days and months in Vietnamese, and no hyphens within words; codes keep theirs."""
    text = " ".join(word if _DIGIT.search(word) else _HYPHEN.sub(" ", word) for word in text.split())
    text = _MONTH_FIRST.sub(lambda m: f"ngày {int(m[2])} tháng {_month(m[1])} năm {m[3]}", text)
    text = _DAY_FIRST.sub(lambda m: f"ngày {int(m[1])} tháng {_month(m[2])} năm {m[3]}", text)
    text = _MONTH_ALONE.sub(lambda m: f"tháng {_month(m[1])} năm {m[2]}", text)
    return _DOCUMENT_NUMBER.sub("số ", text)


def _month(name: str) -> int:
    return next(i for i, month in enumerate(_MONTHS, start=1) if month.startswith(name[:3].lower()))


def _sentences(tokens: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for token in tokens:
        sentence.append(token)
        if token in _ENDS:
            yield sentence
            sentence = []
    yield sentence


def _without_articles(tokens: Sequence[str]) -> list[str]:
    """Without `the`, `a`, and the `an` before a vowel: `long an province` keeps its name."""
    pairs = zip(tokens, [*tokens, ""][1:], strict=True)
    bare = [word for word, then in pairs if word != "an" or then[:1].lower() not in _VOWELS]
    return [word for word in bare if word.lower() not in _ARTICLES]


def _asked_last(tokens: list[str]) -> list[str]:
    """`how many X did Y register …` as `Y register … how many X`."""
    words = [token.lower() for token in tokens[: 2 + _COUNTED_REACH]]
    if words[:2] not in (["how", "many"], ["how", "much"]):
        return tokens
    auxiliary = next((i for i, word in enumerate(words) if word in _AUXILIARIES), 0)
    end = tokens[-1:] if tokens[-1] in _ENDS else []
    rest = tokens[auxiliary + 1 : len(tokens) - len(end)]
    moves = auxiliary > 1 and rest and rest[0].lower() != "there"
    return [*rest, *tokens[:auxiliary], *end] if moves else tokens


def _pieces(tokens: Sequence[str]) -> Iterator[_Piece]:
    glossary = load_glossary()
    at = 0
    while at < len(tokens):
        used, entry = glossary.find(tokens, at)
        number = next((token for token in tokens[at : at + used] if is_number(token)), "")
        if entry is None:
            yield _kept(tokens[at])
        else:
            filled = entry.text.replace("<year>", number).replace("<n>", _vietnamese_number(number))
            place = entry.place if entry.place != "…" or at == 0 else ""
            yield _Piece(filled, place, filled[:1].isupper(), tokens[at].lower() in _FUNCTION or entry.place == "…")
        at += used


def _kept(token: str) -> _Piece:
    ordinal = _ORDINAL.fullmatch(token)
    if ordinal:
        return _Piece(f"thứ {ordinal[1]}", "~")
    is_word = token[0].isalpha()
    return _Piece(_vietnamese_number(token).removesuffix("'s"), is_name=is_word, joins=not is_word)


def _vietnamese_number(token: str) -> str:
    """`1,000.5` as `1.000,5`; `4.0` and what is no number stay."""
    return token.translate(_SWAPPED) if _GROUPED.fullmatch(token) or _DECIMAL.fullmatch(token) else token


def _ordered(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces of one sentence where Vietnamese has them."""
    out: list[_Piece] = []
    for piece in reversed(pieces):
        behind = out[-1] if out else None
        follows = piece.place == "~" and behind and behind.text and not behind.joins and behind.place != "<"
        if behind and (follows or (piece.is_name and behind.place == "<")):
            out[-1] = _Piece(f"{behind.text} {piece.text}")
        else:
            out.append(piece)
    out.reverse()
    if not out or out[0].place != "…":
        return out
    end = len(out) - (out[-1].text in _ENDS)
    return [*out[1:end], out[0], *out[end:]]
