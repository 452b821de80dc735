"""The head of an official document as Decree 30/2020/NĐ-CP lays it out: issuer, place and date, kind, subject."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.documents.mentions import DAY, KIND, day_in

KINDS = (
    "Văn bản hợp nhất", "Nghị quyết liên tịch", "Thông tư liên tịch", "Nghị quyết", "Nghị định", "Thông tư",
    "Quyết định", "Chỉ thị", "Kế hoạch", "Báo cáo", "Công điện", "Hướng dẫn", "Pháp lệnh", "Luật", "Bộ luật",
    "Thông báo", "Kết luận", "Tờ trình", "Chương trình", "Đề án", "Quy định", "Quy chế", "Lệnh", "Hiến pháp",
    "Giấy mời", "Công văn", "Biên bản", "Hợp đồng", "Phương án", "Giấy ủy quyền",
)  # fmt: skip
# The kind of a letter, which has no line that names it: `V/v …` stands under its number.
LETTER = "Công văn"
HEAD = 1500
_SUBJECT_LINES = 6
# `Số: 38/2022/NĐ-CP` opens its line; old heads have all of it in capitals.
NUMBER = re.compile(
    r"(?:^\W*(?:Số\s?:?|SỐ\s?:)|\b(?:Số|SỐ)\s?:|^\W*Luật số\s?:)"
    r"\s*(\d+(?:/\d{4})?/[A-ZĐƯ]{2,}[A-ZĐƯa-z0-9]*(?:[\s]?[-–/]\s?[A-ZĐƯ][A-ZĐƯa-z0-9]*)*)",
    re.MULTILINE,
)
# The short forms of kinds that a number names, by Decree 30/2020/NĐ-CP; those that offices are called by too left out.
_NUMBER_OF_KIND = re.compile(r"[\d/]+(?:NQ|NĐ|QĐ|TT|TTLT|TTr|KH|BC|BB|TB|HD|CTr|GM|GUQ|VBHN)(?:[-–/]|$)")
_ABOUT = re.compile(r"(?:(?<!\S)(?:V/v|V/V|v/v)|^Về việc)\b", re.MULTILINE)
_TO = re.compile(r"\bKính gửi\b")
# Characters after a letter's number among which its subject begins.
_UNDER_NUMBER = 300
# What begins the body, once the subject has begun.
_BODY = re.compile(
    r"\d+\.(?:\s|\d)|[IVX]+\.\s|(?:Phần|PHẦN)\s+(?:[Tt]hứ|THỨ|[IVX]+\b|\d)|Ngày \d{1,2}(?: tháng |/\d{1,2}/\d)"
    r"|(?:Thực hiện|Để|Nhằm) "
)
_ENDED = (".", ":")
_BLANK = re.compile(r"\n[^\S\n]*\n")
# A note's number may stand behind the kind or the subject.
_NOTE = re.compile(r"(?<=[^\W\d_])\d{1,2}$")
_PLACE = re.compile(
    rf"(?:^|(?<=\s))(?P<place>[A-ZĐ][^\W\d_]*(?:[ .-]+[A-ZĐ][^\W\d_]*){{0,5}}),\s*ngày\s+(?P<day>{DAY})"
)
_BANNER = re.compile(r"VĂN BẢN (?:QUY PHẠM PHÁP LUẬT|PHÁP LUẬT KHÁC|HỢP NHẤT)\W*|CÔNG BÁO.*|PHẦN .*|[\W_]+")
_STATE = re.compile(r"\s*CỘNG\s*H[OÒ][AÀ]\s*XÃ\s*HỘI.*")
_ORGAN = re.compile(
    r"(?:BỘ|ỦY BAN|UỶ BAN|UBND|HĐND|HỘI ĐỒNG|SỞ|TỔNG CỤC|CỤC|CHI CỤC|CHÍNH PHỦ|THỦ TƯỚNG|QUỐC HỘI|CHỦ TỊCH|VĂN PHÒNG"
    r"|BAN|TỈNH ỦY|THÀNH ỦY|HUYỆN ỦY|ĐẢNG|TÒA ÁN|TOÀ ÁN|VIỆN|NGÂN HÀNG|KIỂM TOÁN|THANH TRA|TRƯỜNG|ĐẠI HỌC|HỌC VIỆN"
    r"|PHÒNG|TRUNG TÂM|TỔNG CÔNG TY|TẬP ĐOÀN|CÔNG TY|BẢO HIỂM|ĐÀI|THÔNG TẤN XÃ)"
)
_ENDS_HEAD = re.compile(r"\W*Số\b|\W*SỐ\s?(?::|\d)|Luật số|Độc lập")
_STOPS = ("Căn cứ", "CHƯƠNG", "Chương", "Điều", "Theo đề nghị", "Kính gửi", "_", "-")
# Under the subject of a consolidated text stand the documents that it consolidates.
_CONSOLIDATES = re.compile(rf"{KIND}\b.*\bcó hiệu lực\b")
_BODY_INSIDE = re.compile(r"\s(?:Căn cứ (?=[A-ZĐ])|Kính gửi\b)")
_NAMES = {kind.upper(): kind for kind in KINDS}


def kind_and_subject(text: str) -> tuple[str, str, tuple[int, int] | None] | None:
    """The kind that a line of capitals names, the subject under it, and where the subject stands; else a letter's."""
    lines = list(_lines(text[:HEAD]))
    for i, (_, line) in enumerate(lines):
        kind = _kind_of(_NOTE.sub("", line))
        if kind is not None:
            taken = _subject(text, lines[i + 1 : i + 1 + _SUBJECT_LINES])
            return kind, _NOTE.sub("", " ".join(line for _, line in taken)), _span(taken)
    taken = _letter_subject(text)
    return (LETTER, " ".join(line for _, line in taken), _span(taken)) if taken else None


def _kind_of(line: str) -> str | None:
    return _NAMES.get(line.replace("UỶ", "ỦY"))


def _begins_with_kind(line: str) -> bool:
    """`BIÊN BẢN LÀM VIỆC`: a document that has a line of its own for its kind, although we know no such kind."""
    return line.isupper() and line.replace("UỶ", "ỦY").startswith(tuple(f"{name} " for name in _NAMES))


def _letter_subject(text: str) -> list[tuple[int, str]]:
    """What stands behind `V/v` between a letter's number and those to whom it goes."""
    head = text[:HEAD]
    number = NUMBER.search(head)
    if number is None or _NUMBER_OF_KIND.match(re.sub(r"\s", "", number.group(1))):
        return []
    to = _TO.search(head, number.end())
    until = number.end() + _UNDER_NUMBER
    about = _ABOUT.search(head, number.end(), min(to.start(), until) if to else until)
    if about is None or any(_begins_with_kind(line) for _, line in _lines(head[number.end() : about.start()])):
        return []
    found = [(about.start() + at, line) for at, line in _lines(head[about.start() :])]
    return _subject(text, list(_without_place(found[: _SUBJECT_LINES + 1])))


def _without_place(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The subject's lines: place and day stand beside it, and a reader may have put them into it or after it."""
    for i, (start, line) in enumerate(lines):
        beside = _PLACE.search(line)
        if beside is None:
            yield start, line
            continue
        if before := line[: beside.start()].rstrip():
            yield start, before
        if not (i + 1 < len(lines) and lines[i + 1][1][:1].islower()):
            return


def _span(taken: list[tuple[int, str]]) -> tuple[int, int] | None:
    return (taken[0][0], taken[-1][0] + len(taken[-1][1])) if taken else None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for found in re.finditer(r"[^\n]*\S", text):
        line = found.group()
        yield found.start() + len(line) - len(line.lstrip()), line.strip()


def _subject(text: str, lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    taken: list[tuple[int, str]] = []
    for start, line in lines:
        if line.startswith(_STOPS) or (taken and _is_after(text, taken[-1], start, line)):
            break
        inside = _BODY_INSIDE.search(line)  # a reader may have put what follows on the subject's line
        if not inside and not taken and line.endswith(":"):
            break  # a sentence of the body
        taken.append((start, line[: inside.start()] if inside else line))
        if inside or line.endswith(_ENDED):
            break
    return taken


def _is_after(text: str, last: tuple[int, str], start: int, line: str) -> bool:
    """Whether the line no longer belongs to the subject, of which `last` is the last line so far."""
    return bool(
        _CONSOLIDATES.match(line)
        or (line.isupper() and not last[1].isupper())
        or _BODY.match(line)
        or (line.endswith(_ENDED) and not line[:1].islower())
        or _BLANK.search(text, last[0] + len(last[1]), start)
    )


def place_and_day(text: str) -> tuple[str | None, str | None]:
    """`Hà Nội, ngày 06 tháng 4 năm 2026`: the place, and the day as ISO date."""
    match = _PLACE.search(text)
    return (match["place"], day_in(match["day"])) if match else (None, None)


def day_places(text: str, start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
    """Where `ngày … tháng … năm …` stands behind a place, and the day as ISO date."""
    for found in _PLACE.finditer(text, start, end):
        yield text.rindex("ngày", found.start(), found.start("day")), found.end("day"), day_in(found["day"])


def issuer(text: str) -> str | None:
    """Who issues it, as the head's left column says; written as the text writes it elsewhere."""
    rows = _organ_rows(text[:HEAD])
    if not rows:
        return None
    if len(rows) > 1 and _tight(rows[0]) == _tight("".join(rows[1:])):
        rows = rows[:1]  # the gazette names the issuer above the document's own head
    organs: list[str] = []
    for row in rows:
        if organs and not _ORGAN.match(row):
            organs[-1] += f" {row}"
        elif not organs or _tight(row) != _tight(organs[-1]):
            organs.append(row)
    return _as_written(organs[-1], text)


def is_letterhead(line: str) -> bool:
    """Whether the line names the state or who issues a document, or is a number's."""
    return bool(line.isupper() and _ORGAN.match(line)) or bool(_STATE.match(line) or _ENDS_HEAD.match(line))


def _organ_rows(head: str) -> list[str]:
    rows: list[str] = []
    for _, line in _lines(head):
        row = _STATE.sub("", line).strip()
        if _ENDS_HEAD.match(row) or (rows and not row.isupper()):
            break
        if not row and rows and line != row:
            break  # what follows the state's name is no issuer's
        if row and not _BANNER.fullmatch(row):
            if not row.isupper() or (not rows and not _ORGAN.match(row)):
                break
            rows.append(row)
    return rows if rows and any(not c.isdigit() for c in rows[-1]) else []


def _tight(row: str) -> str:
    return re.sub(r"[\W_]", "", row)


def _as_written(capitals: str, text: str) -> str:
    """The name as it stands in the text in mixed case, where it does; else in capitals as in the head."""
    pattern = r"\s*".join(re.escape(c) for c in re.sub(r"\s", "", capitals)[:120])
    mixed = (" ".join(m.group().split()) for m in re.finditer(pattern, text[:50_000], re.IGNORECASE))
    return next((name for name in mixed if not name.isupper() and name[:1].isupper()), capitals)
