"""What a document says of others and of its own term: its grounds, what it amends, replaces, repeals, its days.

Read from what the document says itself before its annexes; knows no other document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from assistant.documents.letterhead import LETTER, kind_and_subject
from assistant.documents.mentions import DAY, KIND, Mention, day_in, mentions
from assistant.documents.quoted import Line, lines_of
from assistant.types import Document, Relation, Section

_PREAMBLE = 12_000
_GROUND = re.compile(rf"(?:^|(?<=\s))Căn cứ\s+(?={KIND}\b)")
_NAMED = re.compile(rf"{KIND}\b[^;,.:\n]{{0,150}}")
_LABEL = r"(?:Điều\s+\d+[a-zđ]?\s*[.:]\s*|\d{1,3}[a-zđ]?\.\d{0,3}\s+|[a-zđ]\d?\)\s*|[-–+]\s+)?"
_LABELLED = re.compile(_LABEL)
_CHANGE = re.compile(
    rf"{_LABEL}(?:(?:[Vv]ề việc|V/v|Về|Quy định|quy định)\s+)?"
    r"(?P<verb>[Ss]ửa đổi|[Bb]ổ sung|[Tt]hay thế|[Bb]ãi bỏ|[Đđ]ính chính|[Kk]éo dài thời hạn|[Gg]ia hạn)"
)
_VERB = re.compile(r"Sửa đổi|Bổ sung|Thay thế|Bãi bỏ")
_PART = re.compile(
    r"\b(?:khoản|điểm|điều|một số|cụm từ|từ|nội dung|mục|chương|phụ lục|mẫu|biểu|danh mục|đoạn|phần|quy định tại|tiết"
    r"|các điều|ban hành kèm theo)\b",
    re.IGNORECASE,
)
# What is changed stands in, at or with the document named; what is done by it or for it is no change of it.
_OF = re.compile(
    r"(?:\b(?:của|tại|kèm theo|vào|trong|các|toàn bộ|áp dụng)|^\W*+|\b(?:sửa đổi|bổ sung|thay thế|bãi bỏ)\W*+"
    r"|\b(?:[Đđ]iều|[Kk]hoản|[Đđ]iểm|[Pp]hụ lục|[Mm]ẫu số|[Mm]ục|[Cc]hương)\s+\S{1,12})\s*$"
)
_BY = re.compile(r"\b(?:theo quy định|theo hướng dẫn|căn cứ|phù hợp|nhằm|trên cơ sở|thực hiện|trách nhiệm|bằng)\b")
_OF_PART = re.compile(r"(?:[Kk]hoản|[Đđ]iểm|Điều|[Pp]hụ lục|Mẫu|[Qq]uy định tại)\b")
_GOES_ON = 3
# Characters before a document's name in which it is said what of it is meant.
_BEFORE = 2_000
# Documents that one list may have, and the characters in which each follows the one before.
_MOST_LISTED, _FAR = 200, 500
_ENDS = re.compile(r"hết hiệu lực|(?:bị|được)\s+bãi bỏ|(?:bị|được)\s+thay thế\s+bởi\s+\w+(?: \w+)?\s+này")
_REPLACES = re.compile(rf"(?<!được )(?<!bị )(?<!hoặc )(?<!bản )[Tt]hay thế(?:\s+cho)?(?:\s+các)?\s+(?={KIND}\b)")
_REPEALS = re.compile(rf"(?<!được )(?<!bị )(?<!hoặc )[Bb]ãi bỏ(?:\s+toàn bộ)?(?:\s+các)?\s+(?={KIND}\b)")
_IF = re.compile(rf"{_LABEL}(?:Trường hợp|Khi|Nếu|Trong thời gian|Đối với)\b")
_SINCE = re.compile(r"(?:ngày|thời điểm|khi|trước|sau)\s*$")
_JOINED = re.compile(r"(?:\bvà|,|;|:|\bcùng(?: với)?|\bcác)\s*$")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-ZĐ])")
_SELF = (
    r"(?:Bộ luật|Luật|Pháp lệnh|Nghị quyết|Nghị định|Thông tư liên tịch|Thông tư|Quyết định|Chỉ thị|Quy chế|Quy định"
    r"|Kế hoạch|Hướng dẫn|Thông báo|Văn bản)\s+này"
)
IN_FORCE = re.compile(
    rf"{_SELF}\s+(?:bắt đầu\s+)?có hiệu lực(?:\s+thi hành)?\s*+(?:,\s*+)?(?:kể\s++)?(?:(?:từ|sau)\s*+)?(?P<when>"
    rf"ngày\s+(?P<day>{DAY})|(?P<days>\d{{1,3}})\s+ngày,?\s*(?:kể\s+)?từ\s+ngày\s+(?:ký|ban hành|công bố|thông qua)"
    r"|ngày\s+(?:ký|ban hành))"
)
UNTIL = re.compile(rf"\bđến\s+(?:hết\s+)?ngày\s+(?P<day>{DAY})")
FROM_THEN = re.compile(rf"{_SELF}\s+hết hiệu lực(?:\s+thi hành)?\s*+(?:,\s*+)?(?:kể\s++)?từ\s+ngày\s+(?P<day>{DAY})")
LASTS = re.compile(rf"{_SELF}\s+có hiệu lực(?:\s+thi hành)?\s+đến\s+(?:hết\s+)?ngày\s+(?P<day>{DAY})")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was read: the relations in order, and the first and the last day in force (ISO)."""

    relations: tuple[Relation, ...] = ()
    effective: str | None = None
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    lines: Sequence[Line]
    sections: Sequence[Section]
    number: str | None
    issued: str | None


def read_terms(text: str, lines: Sequence[Line], sections: Sequence[Section], about: Mapping[str, str | None]) -> Terms:
    """What the text says; `about` is what it is called: `kind`, `number`, `issued`."""
    reading = _Reading(text, lines, sections, about.get("number"), about.get("issued"))
    own = list(_own(reading))
    effective, expires = _days(own, reading)
    found = [*_grounds(reading), *_changes(own, reading), *_ended(own, reading)]
    if about.get("kind") == "Văn bản hợp nhất":
        found += _consolidated(reading)
    return Terms(tuple(_merged(found, reading.number)), effective, expires)


def own_lines(document: Document) -> list[Line]:
    """The lines of the main text that the document says itself."""
    lines = lines_of(document.text, document.pages)
    return list(_own(_Reading(document.text, lines, document.sections, document.number, document.issued)))


def _own(reading: _Reading) -> Iterator[Line]:
    """Lines of the main text that it says itself; a line that begins one of its provisions is its own."""
    starts = {s.span.start for s in reading.sections}
    annex = next((s.span.start for s in reading.sections if s.label.startswith(("Phụ lục", "Mẫu số"))), None)
    for line in reading.lines:
        if annex is not None and line.start >= annex:
            return
        if line.own or (line.start in starts and not line.quoted):
            yield line


def _first_article(reading: _Reading) -> int:
    starts = (s.span.start for s in reading.sections if s.label.startswith(("Điều ", "Chương ", "Phần ")))
    return min(next(starts, len(reading.text)), _PREAMBLE)


def _grounds(reading: _Reading) -> Iterator[Relation]:
    """The documents that each «Căn cứ …» of the preamble names first, and first after a semicolon."""
    until = _first_article(reading)
    for line in reading.lines:
        found = list(_GROUND.finditer(line.text)) if line.start < until and line.own else []
        for begin, stop in zip_longest(found, found[1:]):
            end = line.start + (stop.start() if stop else len(line.text))
            at = line.start + begin.end()
            for part in reading.text[at:end].split(";"):
                yield from _ground(reading.text, at + len(part) - len(part.lstrip()), at + len(part))
                at += len(part) + 1


def _ground(text: str, start: int, end: int) -> Iterator[Relation]:
    found = _listed(text, start, end)
    if found and found[0].start == start:
        yield from (_relation("based_on", mention) for mention in found)
    elif named := _NAMED.match(text, start, end):
        yield Relation("based_on", named.group().strip(), start, start + len(named.group().rstrip()))


def _consolidated(reading: _Reading) -> Iterator[Relation]:
    """The document that is consolidated and those that amended it, as the lines above its grounds name them."""
    until = _first_article(reading)
    for line in reading.lines:
        if line.start >= until or _GROUND.match(line.text):
            return
        first = next(mentions(reading.text, line.start, line.start + len(line.text)), None)
        if line.own and first is not None and first.start == line.start:
            yield _relation("consolidated_from", first)


def _changes(own: Sequence[Line], reading: _Reading) -> Iterator[Relation]:
    """What its subject and the openings of its provisions say that they change."""
    starts = {s.span.start for s in reading.sections}
    named = kind_and_subject(reading.text)
    spans = [named[2]] if named and named[2] and named[0] != LETTER else []  # a letter asks for changes, it makes none
    spans += [_opening(own, i, starts) for i, line in enumerate(own) if line.start in starts]
    for start, end in spans:
        verb = _CHANGE.match(reading.text, start, end)
        found = _listed(reading.text, verb.end(), end) if verb else []
        between = reading.text[verb.end() : found[0].start] if verb and found else ""
        if verb and found and _OF.search(between) and not _BY.search(between):
            for mention in found:
                yield _change(verb["verb"].lower(), mention, part=bool(_PART.search(between)))


def _opening(own: Sequence[Line], i: int, starts: set[int]) -> tuple[int, int]:
    """The line that begins a provision, with those that go on with what it changes."""
    last = i
    while last + 1 < len(own) and last < i + _GOES_ON and own[last + 1].start not in starts:
        if not (own[last].text.endswith(",") or _VERB.match(own[last + 1].text)):
            break
        last += 1
    return own[i].start, own[last].start + len(own[last].text)


def _change(verb: str, mention: Mention, *, part: bool) -> Relation:
    if verb in ("bãi bỏ", "thay thế"):
        return _relation("repeals" if verb == "bãi bỏ" else "replaces", mention, whole=not part)
    return _relation("extends" if verb in ("kéo dài thời hạn", "gia hạn") else "amends", mention, whole=False)


def _ended(own: Sequence[Line], reading: _Reading) -> Iterator[Relation]:
    """What it says ends, is replaced or repealed, in a sentence or in the list that a sentence leads to."""
    listing: str | None = None
    for line in own:
        if listing and re.match(r"[a-zđ]\d?\)|[-–+]\s", line.text):
            yield from _whole(listing, _listed(reading.text, line.start, line.start + len(line.text)), reading.text)
            continue
        listing = None
        at = line.start
        for sentence in _SENTENCE.split(line.text):
            at = reading.text.index(sentence, at)
            yield from _in_sentence(reading.text, at, at + len(sentence))
            if sentence.endswith(":") and not _IF.match(sentence) and (kind := _kind_of_ending(sentence)):
                listing = kind
            at += len(sentence)


def _kind_of_ending(sentence: str) -> str | None:
    if re.search(r"bãi bỏ", sentence, re.IGNORECASE):
        return "repeals"
    return "replaces" if re.search(r"hết hiệu lực|thay thế", sentence) else None


def _in_sentence(text: str, start: int, end: int) -> Iterator[Relation]:
    if _IF.match(text, start, end):
        return
    for pattern, kind in ((_REPLACES, "replaces"), (_REPEALS, "repeals")):
        done = start
        for found in pattern.finditer(text, start, end):
            if found.end() >= done:  # else it names what the one before has listed
                listed = _listed(text, found.end(), end)
                if not listed:
                    break  # nothing is named in the rest either
                done = listed[-1].end
                yield from _whole(kind, listed, text)
    ends = _ENDS.search(text, start, end)
    if ends and not FROM_THEN.search(text, start, end):
        kind = "repeals" if "bãi bỏ" in ends.group() else "replaces"
        yield from _whole(kind, _listed(text, start, ends.start()), text, but=text[ends.end() : end])


def _whole(kind: str, found: Sequence[Mention], text: str, but: str = "") -> Iterator[Relation]:
    """The relations, of a part where a part is named before the first or something is left out after the last."""
    for i, mention in enumerate(found):
        part = i == 0 and bool(_OF_PART.search(text, _said_from(text, mention.start), mention.start))
        yield _relation(kind, mention, whole=not part and not re.search(r",?\s+trừ\b|ngoại trừ", but))


def _said_from(text: str, end: int) -> int:
    """Where what is said before `end` begins: after a full stop, a semicolon or the line's label."""
    line = text.rfind("\n", 0, end) + 1
    label = _LABELLED.match(text, line, end)
    begin = label.end() if label else line
    return max(begin, text.rfind(".", begin, end) + 1, text.rfind(";", begin, end) + 1, end - _BEFORE)


def _listed(text: str, start: int, end: int) -> list[Mention]:
    """The first document named and those joined to it; others are named in its title."""
    taken: list[Mention] = []
    for mention in mentions(text, start, end):
        if len(taken) >= _MOST_LISTED or (taken and mention.start > taken[-1].end + _FAR):
            break
        between = text[taken[-1].end if taken else max(start, mention.start - _BEFORE) : mention.start]
        joined = _JOINED.search(between) and not re.search(r"sửa đổi|bổ sung|hướng dẫn", between)
        if joined if taken else not _SINCE.search(between):
            taken.append(mention)
    return taken


def _relation(kind: str, mention: Mention, *, whole: bool = True) -> Relation:
    return Relation(kind, mention.name, mention.start, mention.end, mention.number, mention.date, whole)


def _merged(found: Sequence[Relation], number: str | None) -> Iterator[Relation]:
    """Each kind of relation with each document once, of the whole where any says so; none with itself."""
    kept: dict[tuple[str, str], Relation] = {}
    for relation in found:
        key = relation.kind, relation.number or " ".join(relation.name.split())
        if relation.number != number or number is None:
            known = kept.get(key)
            kept[key] = relation if known is None or (relation.whole and not known.whole) else known
    yield from kept.values()


def _days(own: Sequence[Line], reading: _Reading) -> tuple[str | None, str | None]:
    """The first and the last day in force."""
    effective = expires = None
    for line in own:
        if effective is None and (found := IN_FORCE.search(line.text)):
            effective = _first_day(found, reading.issued)
            sentence = _SENTENCE.split(line.text[found.end() :])[0]
            expires = expires or (day_in(until["day"]) if (until := UNTIL.match(sentence.lstrip(" ,"))) else None)
        if expires is None and (found := LASTS.search(line.text)):
            expires = day_in(found["day"])
        if expires is None and (found := FROM_THEN.search(line.text)) and (end := day_in(found["day"])):
            expires = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    return effective, expires


def _first_day(found: re.Match[str], issued: str | None) -> str | None:
    if found["day"]:
        return day_in(found["day"])
    try:
        signed = date.fromisoformat(issued or "")
    except ValueError:
        return None
    return (signed + timedelta(days=int(found["days"] or 0))).isoformat()
