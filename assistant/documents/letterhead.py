"""The head of an official document as Decree 30/2020/NĐ-CP lays it out: issuer, place and date, kind, subject."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.documents.mentions import DAY, KIND, day_in

KINDS = (
    "Văn bản hợp nhất", "Nghị quyết liên tịch", "Thông tư liên tịch", "Nghị quyết", "Nghị định", "Thông tư",
    "Quyết định", "Chỉ thị", "Kế hoạch", "Báo cáo", "Công điện", "Hướng dẫn", "Pháp lệnh", "Luật", "Bộ luật",
    "Thông báo", "Kết luận", "Tờ trình", "Chương trình", "Đề án", "Quy định", "Quy chế", "Lệnh", "Hiến pháp",
)  # fmt: skip
HEAD = 1500
_SUBJECT_LINES = 6
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
_ENDS_HEAD = re.compile(r"\W*Số\b|Luật số|Độc lập")
_STOPS = ("Căn cứ", "CHƯƠNG", "Chương", "Điều", "Theo đề nghị", "Kính gửi", "_", "-")
# Under the subject of a consolidated text stand the documents that it consolidates.
_CONSOLIDATES = re.compile(rf"{KIND}\b.*\bcó hiệu lực\b")
_GROUND_INSIDE = re.compile(r"\sCăn cứ (?=[A-ZĐ])")


def kind_and_subject(text: str) -> tuple[str, str, tuple[int, int] | None] | None:
    """The kind that a line of capitals names, the subject under it, and where the subject stands."""
    lines = list(_lines(text[:HEAD]))
    for i, (_, line) in enumerate(lines):
        kind = next((kind for kind in KINDS if _NOTE.sub("", line) == kind.upper()), None)
        if kind is not None:
            taken = _subject(lines[i + 1 : i + 1 + _SUBJECT_LINES])
            span = (taken[0][0], taken[-1][0] + len(taken[-1][1])) if taken else None
            return kind, _NOTE.sub("", " ".join(line for _, line in taken)), span
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for found in re.finditer(r"[^\n]*\S", text):
        line = found.group()
        yield found.start() + len(line) - len(line.lstrip()), line.strip()


def _subject(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    taken: list[tuple[int, str]] = []
    for start, line in lines:
        if (
            line.startswith(_STOPS)
            or (taken and _CONSOLIDATES.match(line))
            or (taken and line.isupper() and not taken[-1][1].isupper())
        ):
            break
        inside = _GROUND_INSIDE.search(line)  # a reader may have put the first ground on the subject's line
        taken.append((start, line[: inside.start()] if inside else line))
        if inside:
            break
    return taken


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
