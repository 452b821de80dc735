"""Short forms that documents define themselves, «Trung tâm … (BIIC)», for queries; knows no index and no ranking."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import bigrams, index_terms, is_syllable, syllables

FILE = "aliases.json"
_CAPITAL = r"[A-ZĐÂĂÊÔƠƯ]"
_ACRONYM = rf"{_CAPITAL}[A-Za-zĐđÂĂÊÔƠƯ0-9]*(?:[&,.-]{{1,2}}[A-Za-zĐđÂĂÊÔƠƯ0-9]+){{0,3}}"
_CALLED = r"(?:(?:sau|dưới) đây )?(?:được )?(?:viết |gọi )(?:tắt |chung )?là:?"
# `(BIIC)`, `(Binh Duong Innovation Center - BIIC)`, `(gọi tắt là Trung tâm BIIC)`
_BRACKET = re.compile(
    rf"\((?:{_CALLED}\s*[\"“”'‘«]?(?P<called>[^()\n]{{2,60}}?)[\"“”'’»]?"
    rf"|(?:(?P<gloss>[^()\n]{{2,80}}?)\s?[-–,:;]\s)?(?P<acronym>{_ACRONYM}))\s?\)"
)
# `…, sau đây gọi tắt là BIIC, …`
_AFTER_COMMA = re.compile(
    rf",? (?:sau đây |được )?(?:gọi|viết) tắt là:? [\"“”'‘«]?(?P<called>{_ACRONYM})(?P<acronym>)(?![\w-])"
)
_CAPITALS = re.compile(rf"{_CAPITAL}[&,.-]?(?:{_CAPITAL}|[a-zđ]{_CAPITAL})")
_WORD = re.compile(r"[^\W_]+")
# What a long form may be looked for in, and the most words that it has.
_REACH = 200
_LONGEST = 16
# Words that a short form may leave out (folded), and those that may stand between a name and its short form.
_SKIPPED = {
    "va",
    "cua",
    "ve",
    "cac",
    "cho",
    "o",
    "tai",
    "trong",
    "voi",
    "hoac",
    "theo",
    "de",
    "and",
    "of",
    "the",
    "for",
}
_PLACES = {"tinh", "thanh", "pho", "huyen", "xa", "quoc", "gia", "viet", "nam", "trung", "uong", "cap"}
# A name does not go back beyond these.
_BREAKS = (
    "đã đang sẽ là được bị theo tại cho với có do bởi trong trên từ khi nhằm để thuộc gồm những này đó như nếu về qua "
    "bằng đến tới vào ra cùng nhờ hay hoặc thì mà vì nên còn xếp đạt thành_lập ban_hành tham_gia xây_dựng triển_khai"
)
_BREAK = re.compile(rf"\b(?:{_BREAKS.replace(' ', '|').replace('_', ' ')})\b", re.IGNORECASE)
# Words that a name begins with where it has no capital.
_HEADS = (
    "bộ_chỉ_số chỉ_số hệ_thống trung_tâm chương_trình dự_án đề_án viện quỹ liên_minh mạng_lưới nền_tảng hiệp_hội "
    "tổ_chức công_ty cơ_sở_dữ_liệu phần_mềm cổng tập_đoàn liên_đoàn hiệp_định công_ước ủy_ban học_viện cơ_quan đại_học"
)
_HEAD = re.compile(rf"\b(?:{_HEADS.replace(' ', '|').replace('_', ' ')})\b", re.IGNORECASE)
# Of the definitions of one short form, the share that the leading one needs.
_CLEAR = 2 / 3
_MOST_ADDED = 32
_WEIGHT_LONG, _WEIGHT_SHORT = 0.5, 1.0


def find_definitions(text: str) -> list[tuple[str, str]]:
    """Short and long forms that the text defines, as it writes them, in reading order; bounded work per bracket."""
    if "(" not in text and "tắt là" not in text:
        return []
    return [pair for found in _marks(text) if (pair := _defined(text, found))]


def _marks(text: str) -> list[re.Match[str]]:
    later = _AFTER_COMMA.finditer(text) if "tắt là" in text else ()
    return sorted([*_BRACKET.finditer(text), *later], key=lambda found: found.start())


def _defined(text: str, found: re.Match[str]) -> tuple[str, str] | None:
    told = found.groupdict()
    short = (told["called"] or told["acronym"]).strip()
    if not _CAPITALS.search(short) or "/" in short or any(map(str.isdigit, short)):
        return None
    before = text[max(0, found.start() - _REACH) : found.start()]
    clause = re.split(r"[.;:()\n!?“”\"]", before)[-1]
    gloss = told.get("gloss") or ""
    named = clause if told["called"] else clause.rpartition(",")[2]
    long = _by_initials(short, clause) or _by_name(named, sure=_by_initials(short, gloss) is not None)
    return (short, long) if long and fold(long) != fold(short) else None


def _by_initials(short: str, clause: str) -> str | None:
    """The last words whose initials are the letters of the short form; a place may stand after them."""
    letters = "".join(filter(str.isalpha, fold(short)))
    spans = [found.span() for found in _WORD.finditer(clause)][-2 * _LONGEST :]
    words = [fold(clause[a:b]) for a, b in spans]
    last = len(words)
    while last and len(letters) > 1:
        first = _first_of(letters, words[:last])
        if first is not None and last - first > 1:
            return clause[spans[first][0] : spans[last - 1][1]]
        if len(words) - last == 3 or words[last - 1] not in _PLACES:
            return None
        last -= 1
    return None


def _first_of(letters: str, words: Sequence[str]) -> int | None:
    """Position of the first of the last words that the letters abbreviate; a `tr` or `ng` may stand for one word."""
    left = {len(letters)}  # how many letters the words behind may have left over
    for i in reversed(range(len(words))):
        word = words[i]
        taken = {k - n for k in left for n in (1, 2, 3) if n <= k and word.startswith(letters[k - n : k])}
        if 0 in taken:
            return i
        left = taken | left if word in _SKIPPED else taken
        if not left:
            break
    return None


def _by_name(clause: str, *, sure: bool) -> str | None:
    """The name that the clause ends with: from a capital or a word that names begin with; all of it if `sure`."""
    breaks = [found.end() for found in _BREAK.finditer(clause)]
    spans = [s for found in _WORD.finditer(clause) if (s := found.span())[0] >= (breaks[-1] if breaks else 0)]
    while spans and fold(clause[slice(*spans[0])]) in _SKIPPED:
        del spans[0]
    if not 2 <= len(spans) <= _LONGEST:
        return None
    end = spans[-1][1]
    head = _HEAD.search(clause, spans[0][0], end)
    starts = [a for a, _ in spans if clause[a].isupper()][:1] + ([head.start()] if head else [])
    start = min(starts) if starts else spans[0][0] if sure else end
    name = clause[start:end]
    return name if len(name.split()) > 1 else None


class Aliases:
    """Folded short forms with the one long form that each has in a corpus."""

    def __init__(self, longs: Mapping[str, str]) -> None:
        """`longs` is from folded short form to folded long form, words between single spaces."""
        self.longs = dict(longs)
        self._begun: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
        for short, long in self.longs.items():
            pair = tuple(short.split()), tuple(long.split())
            self._begun[pair[0][0]].append(pair)
            self._begun[pair[1][0]].append(pair)

    @classmethod
    def load(cls, folder: Path) -> Aliases:
        """What `save` wrote. Raises ValueError where the file is damaged, OSError where it can't be read."""
        try:
            found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except RecursionError as error:
            raise ValueError(f"{FILE} nests too deeply") from error
        if not isinstance(found, dict) or not all(
            isinstance(v, str) and k.split() and v.split() for k, v in found.items()
        ):
            raise ValueError(f"{FILE} is no object of short and long forms")
        return cls(found)

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(self.longs, ensure_ascii=False, indent=0), encoding="utf-8")

    def expand_query(self, terms: Sequence[str]) -> list[tuple[str, float]]:
        """Terms to add to the `index_terms` of a query, each once, with their weights: the other form of each alias."""
        added: dict[str, float] = {}
        for i, term in enumerate(terms):
            for short, long in self._begun.get(term, ()):
                if tuple(terms[i : i + len(short)]) == short:
                    added |= dict.fromkeys([*long, *bigrams(list(long))], _WEIGHT_LONG)
                elif tuple(terms[i : i + len(long)]) == long:
                    added |= dict.fromkeys([*short, *bigrams(list(short))], _WEIGHT_SHORT)
            if len(added) >= _MOST_ADDED:
                break
        present = {*terms, *bigrams(list(terms))}
        return [(term, weight) for term, weight in added.items() if term not in present][:_MOST_ADDED]


class Definitions:
    """Counts the definitions of texts as they come."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, text: str) -> None:
        for short, long in find_definitions(text):
            key = " ".join(syllables(short))
            if _is_alias(key):
                self._counts[key][" ".join(index_terms(long))] += 2 if _is_sure(short, long) else 1

    def aliases(self) -> Aliases:
        """A short form with several meanings has its leading one, or none."""
        longs = {short: _leading(found) for short, found in sorted(self._counts.items())}
        return Aliases({short: long for short, long in longs.items() if long})


def _is_alias(key: str) -> bool:
    """Whether a folded short form can only be one: no word of the language, nor a short form that everybody knows."""
    words = key.split()
    letters = sum(map(len, words))
    return 3 <= letters <= 12 and len(words) <= 4 and not all(map(is_syllable, words)) and expand(words) == words


def _is_sure(short: str, long: str) -> bool:
    """Whether one definition is enough."""
    return _HEAD.match(long) is not None or _by_initials(short, long) is not None


def _leading(longs: Counter[str]) -> str | None:
    """The long form that most definitions give, if clearly; one that holds it, or that it holds, counts for it."""
    best, _ = longs.most_common(1)[0]
    same = sum(n for long, n in longs.items() if f" {best} " in f" {long} " or f" {long} " in f" {best} ")
    return best if same >= max(2, _CLEAR * longs.total()) else None
