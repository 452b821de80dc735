"""Takes a question that asks several things apart, each part a question of its own; knows no documents and no LLM."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.answering.asked import OFFICE, asks, proper_names
from assistant.answering.evidence import document_numbers
from assistant.answering.question import content_terms
from assistant.vietnamese.abbreviations import is_one_name
from assistant.vietnamese.normal import fold, has_marks

# A part with this few terms leans on the part before it.
_FEW_TERMS = 3


def _both(pattern: str) -> dict[bool, re.Pattern[str]]:
    """The pattern for text with marks, and for text without; what only folds to a word of it (`nơi`) is left out."""
    flags = re.IGNORECASE | re.DOTALL
    return {True: re.compile(pattern, flags), False: re.compile(_bare(pattern), flags)}


def _bare(pattern: str) -> str:
    return fold(pattern).replace("(?p<", "(?P<").replace("|noi|", "|")


_JOINT = re.compile(r"[,;]\s+(?:và\s+|còn\s+|va\s+|con\s+)?|\s+(?:và|còn|va|con)\s+")
_TWO_YEARS = re.compile(r"\b((?:19|20)\d\d)(?: và | va )(?:năm |nam )?((?:19|20)\d\d)\b")
_KIND = r"(?:nghi dinh|thong tu|nghi quyet|quyet dinh|luat|van ban hop nhat|chi thi)"
_BESIDE_EACH_OTHER = re.compile(r"[\s,]*(?:va|voi)?\s*")
_OF_SEVERAL = re.compile(r",?\s*\blan luot\b|\bhai (?=nghi|thong|quyet|luat|van ban)")
# What one document does to another.
_RELATION = re.compile(r"\b(?:sua doi|bo sung|thay the|bai bo|huong dan|can cu|hop nhat|quy dinh chi tiet|keo dai)\b")
_MOST_DOCUMENTS = 4
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?![-–/.]\d)")
# A part that begins so has its subject in the part before.
_HEADLESS = _both(
    r"(?:được|bị|có|sẽ|do|là|ở|ký|gồm|phải|đã|đang|thuộc|nằm|diễn ra|bắt đầu|ban hành|nhằm|vì|tại|bởi|từ|đạt|xếp)\b"
)
_SAYING = r"(?:có ý kiến|nhận xét|nhận định|đánh giá|cho biết|nói|phát biểu|đề nghị|đề xuất|yêu cầu|kiến nghị|lưu ý)"
_BOTH = _both(
    rf"(?P<one>[^,;?]{{4,80}}?) (?:và|cùng) (?P<other>[^,;?]{{4,80}}?) "
    rf"(?P<said>(?:là (?:những )?ai|(?:đã |đều )?{_SAYING})\b.*)"
)
_COMPARISON = re.compile(r"\b(?:khac (?:gi|nhau|biet|the nao|o)|so sanh)\b")
_COMPARER = _both(
    r",? ?(?:(?:có |thì )?(?:khác (?:gì )?(?:nhau|biệt)?|giống)"
    r"(?: (?:gì|như thế nào|thế nào|ra sao|ở đâu|ở điểm nào|chỗ nào))?(?: so)?(?: với)?|^so sánh|so với)\b"
)
_BETWEEN = _both(r"(?:giữa )?(?P<one>.{6,160}?) và (?P<other>.{6,160})")
_BESIDE = _both(r"(?P<one>.{6,160}?) (?:và|với) (?P<other>.{6,160})")


def parts(text: str) -> list[tuple[str, str | None]]:
    """The questions of a text that asks two things, each with its focus; empty where it asks one.

    `A là gì và B là ai?` asks two things, and so does what is asked of two years at once.
    """
    if apart := _by_documents(text):
        return apart
    years = _TWO_YEARS.search(text)
    if years:
        return [(f"{text[: years.start()]}{year}{text[years.end() :]}", None) for year in years.groups()]
    return _compared(text) or _of_two(text) or _joined(text)


def _joined(text: str) -> list[tuple[str, str | None]]:
    """`A là gì và B là ai?`; what both are about may stand before a colon, or be said once, before what is asked."""
    topic, colon, rest = text.partition(": ")
    about, text = (f"{topic}: ", rest) if colon and not asks(topic) and asks(rest) else ("", text)
    for joint in _JOINT.finditer(text):
        first, second = text[: joint.start()].strip(), text[joint.end() :].strip()
        if all(asks(part) and content_terms(part) for part in (first, second)):
            alone = len(content_terms(second)) > _FEW_TERMS and not _HEADLESS[has_marks(second)].match(second)
            return [(about + first, None), (about + second, None) if alone else (f"{about}{first} — {second}", second)]
    return []


def _of_two(text: str) -> list[tuple[str, str | None]]:
    """What two people or bodies are or say: `A và B là những ai?`, `A và B nhận xét thế nào về C?`."""
    found = _BOTH[has_marks(text)].match(text)
    if found is None or not all(content_terms(found[name]) for name in ("one", "other")):
        return []
    if is_one_name(fold(found["one"].split()[-1]), fold(found["other"].split()[0])):
        return []
    if " ai" in f" {fold(found['said'])}" and not (proper_names(found["other"]) or OFFICE.search(fold(found["other"]))):
        return []  # one office: `Trưởng ban Khoa học và Chuyển đổi số là ai?`
    said = re.sub(r"^(là|la) (?:những|nhung) ai", r"\1 ai", found["said"])
    return [(f"{found[name].strip()} {said}", None) for name in ("one", "other")]


def _compared(text: str) -> list[tuple[str, str | None]]:
    """The two things of a comparison, each with what they are compared in."""
    if not _COMPARISON.search(fold(text)):
        return []
    marked = has_marks(text)
    comparer = _COMPARER[marked]
    if sides := _two_sides(text, comparer):
        return sides
    years = [found.group() for found in _YEAR.finditer(text)]
    first = _YEAR.search(text)
    if len(set(years)) == 2 and first:
        before = comparer.split(text)[0]
        stem = before if _YEAR.search(before) else text
        one = next(year for year in years if year in stem)
        return [(stem.strip(" ,?."), None), (stem.replace(one, next(y for y in years if y != one)).strip(" ,?."), None)]
    bare = comparer.sub(" ", text).strip(" ?.,")
    found = (_BESIDE if fold(text).startswith("so sanh") else _BETWEEN)[marked].match(bare)
    if found is None:
        return []
    one, other = found["one"].strip(), found["other"].strip()
    words, opening = one.split(), other.split()[0]
    if opening in words[1:]:  # `lương vùng I và vùng II`
        other = " ".join([*words[: words.index(opening, 1)], other])
    if len(content_terms(other)) <= 2:
        return [(one, None), (f"{one} — {other}", other)]
    numbers = [number for number in document_numbers(text) if number not in one]
    return [(" ".join([one, *numbers]), None), (other, None)]


def _two_sides(text: str, comparer: re.Pattern[str]) -> list[tuple[str, str | None]]:
    """What is said of one year and what is said of another, where each side tells enough to be asked alone."""
    bare = comparer.sub(" | ", text)
    for joint in re.finditer(r" \| |\s+(?:và|với|va|voi)\s+", bare):
        sides = [side.replace(" | ", " ").strip(" ?.,") for side in (bare[: joint.start()], bare[joint.end() :])]
        years = [set(_YEAR.findall(side)) for side in sides]
        if all(len(content_terms(side)) > _FEW_TERMS for side in sides) and all(years) and years[0] != years[1]:
            return [(side, None) for side in sides]
    return []


def _by_documents(text: str) -> list[tuple[str, str | None]]:
    """The question of each document, where it names several side by side and not what one does to the other."""
    folded = fold(text)
    named = document_numbers(text)
    if not 1 < len(named) <= _MOST_DOCUMENTS or _RELATION.search(folded):
        return []
    mentions = [re.search(rf"(?:{_KIND} )?(?:so )?{re.escape(fold(number))}", folded) for number in named]
    spans = [found.span() for found in mentions if found]
    beside = all(_BESIDE_EACH_OTHER.fullmatch(folded[a:b]) for (_, a), (b, _) in pairwise(spans))
    if len(spans) < len(named) or not beside:
        return []
    before, after = text[: spans[0][0]], text[spans[-1][1] :]
    return [(_tidy(f"{before}{text[a:b]}{after}"), None) for a, b in spans]


def _tidy(text: str) -> str:
    """Without the words that say that there were several."""
    folded = fold(text)
    for found in reversed(list(_OF_SEVERAL.finditer(folded))):
        text = text[: found.start()] + " " + text[found.end() :]
    return " ".join(text.replace(" ,", ",").split())
