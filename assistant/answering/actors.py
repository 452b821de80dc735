"""The people, bodies and offices that a text names, as a question asks for them; ranks none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.answering.asked import NAMED, OFFICES, WHO_ISSUED, Value
from assistant.answering.question import JOINING, Understanding
from assistant.vietnamese.normal import fold

_NAME = re.compile(
    rf"(?:(?:[Ôô]ng|[Bb]à|[Đđ]ồng chí|PGS\.? ?TS\.?|GS\.? ?TS\.?|TS\.?|ThS\.?) )?(?<![\w&]){NAMED}(?: {NAMED}){{1,4}}"
)
# A name without a title has at least so many words; shorter ones are mostly places.
_ALONE = 3
_HONOURED = re.compile(r"(?:ong|ba|dong chi|pgs|gs|ts|ths)\b")
_TITLE = re.compile(
    r"\b(?:(?:Phó )?(?:Thủ tướng(?: Chính phủ)?|Tổng Bí thư|Bí thư|Chủ tịch|Giám đốc|Cục trưởng|Vụ trưởng|Chánh \w+"
    r"|Trưởng (?:[Bb]an|[Pp]hòng|[Đđ]oàn|[Kk]hoa))|Bộ trưởng|Thứ trưởng|Hiệu trưởng|Viện trưởng)"
)
# A body that does something, or at which the clause ends: its name is whole.
_ACTS = (
    r" (?:đã|vừa|sẽ|đang|là|cho biết|cho rằng|đánh giá|đề nghị|đề xuất|phê duyệt|ban hành|chủ trì|phối hợp|giao|yêu cầu"
    r"|thông qua|tổ chức|nhận định|quy định|quyết định|thực hiện|chịu|có|ủng hộ|khuyến nghị|phát biểu|chia sẻ"
    r"|báo cáo|nhấn mạnh|khẳng định|được|trình|tại|để|về|cần|lập|làm|xây dựng|triển khai|đầu tư|khởi công"
    r"|chỉ đạo|hướng dẫn|tham mưu|công bố|công nhận|ký|gửi|nêu|cùng|với|trong|từ|theo|vào|ở|nhằm|do|đến)\b"
    r"| ?[;:)\n(]| ?[.,](?!\d)|$"
)
_ACTING = re.compile(_ACTS)
_BODY = re.compile(
    r"\b(?:Bộ(?! trưởng| tiêu| chỉ| luật| phận| công cụ| máy| dữ| câu| hồ)"
    r"|Sở(?! hữu)|Ban(?! hành)|Cục(?! trưởng)|Vụ(?! trưởng| việc)|Hội đồng|UBND|HĐND|Ủy ban|Uỷ ban"
    r"|Tập đoàn|Tổng [Cc]ông ty|Công ty|Viện(?! dẫn| trưởng)|Trường(?! hợp)|Trung tâm|Thủ tướng|Chính phủ|Quốc hội"
    rf"|Văn phòng|Tỉnh ủy|Đoàn(?! kết))(?: [^\s,.;:()«»“”]+){{0,10}}?(?={_ACTS})"
)
_HOLDER = re.compile(rf"\b(?:{OFFICES}|dung dau|(?:ai|nguoi) (?:da )?ky|lam truong)\b")
_TITLES_ASKED = re.compile(rf"\b(?:{OFFICES})\b")
# How far from a name the office may stand whose holder is asked for.
_BESIDE = 80
_PLACE = re.compile(r"(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|[Vv]ùng|[Kk]hu|[Xx]ã|[Pp]hường|[Hh]uyện|[Qq]uận|,) $")
_NO_PERSON = frozenset(
    [
        "khu",
        "tinh",
        "thanh",
        "quan",
        "huyen",
        "xa",
        "phuong",
        "nghi",
        "luat",
        "de",
        "du",
        "cong",
        "chuong",
        "dong",
        "dai",
        "vung",
    ]
)
# A name of two words behind an office begins with one of these, and is none of those places.
_SURNAMES = frozenset(
    [
        "nguyen",
        "tran",
        "le",
        "pham",
        "hoang",
        "huynh",
        "phan",
        "vu",
        "vo",
        "dang",
        "bui",
        "do",
        "ho",
        "ngo",
        "duong",
        "ly",
        "dinh",
        "truong",
        "mai",
        "luu",
        "to",
        "ta",
        "doan",
        "trinh",
        "lam",
        "phung",
        "chu",
        "quach",
        "thai",
        "tong",
        "ton",
        "tu",
        "vuong",
        "kieu",
        "mac",
        "la",
        "lai",
        "luong",
        "dao",
        "nong",
        "hua",
        "chau",
        "cao",
        "ha",
        "dam",
    ]
)
_PLACES = ("ha noi", "ha nam", "ha giang", "ha tinh", "lam dong", "lai chau", "cao bang", "thai binh", "thai nguyen")
_OF_BODY = r"(?:co quan|don vi|to chuc|doanh nghiep|cong ty|tap doan|bo|so|cap)(?: [a-z]+){0,2}? nao"
_OF_BODY_ASKED = re.compile(rf"\b{_OF_BODY}\b")
_OF_PEOPLE = re.compile(r"\b(?:ai|nguoi nao|ong nao|ba nao)\b")
_WHO = rf"(?:ai|nguoi nao|ong nao|{_OF_BODY})"
_ASPECT = r"(?:da|dang|se|vua|phai|co|moi)"
# What the one asked for does (`ai duyệt`, `đơn vị nào lập`), and what is done to them (`giao đơn vị nào`).
_DOES = re.compile(rf"\b{_WHO} (?:{_ASPECT} )*([a-z]+)(?: ([a-z]+))?")
_DONE_TO = re.compile(rf"\b(?!(?:la|cua|va|theo|hoi|biet) )([a-z]+) (?:cho )?{_WHO}\b")
_PASSIVE = re.compile(rf"\b{_WHO} (?:{_ASPECT} )*(?:duoc|bi|dc) ([a-z]+)")
_NEXT = re.compile(rf" (?:{_ASPECT} )*([a-z]+)(?: ([a-z]+))?")
# Whose a document is: `Nghị quyết 5-NQ/TW, ngày 2/3/2031 của Bộ Chính trị`.
_ISSUER = re.compile(
    r"\b(?:nghi quyet|nghi dinh|thong tu|quyet dinh|chi thi|ke hoach|luat|van ban)\b.*"
    rf"\b(?:cua (?:ai|co quan nao|cap nao)|(?:do )?(?:ai (?:da )?ban hanh|{WHO_ISSUED}))\b"
)
_ISSUED_BY = re.compile(
    r"(?:Nghị quyết|Nghị định|Thông tư|Quyết định|Chỉ thị|Kế hoạch|Luật|\d[/-][^\s,]+)[^.;\n]{0,60}? của $"
)
# How far before a name may stand what is done to it: `giao việc lập Đề án … cho X`.
_REACH = 100
_ACTOR = 0.6


def bodies(text: str, question: Understanding) -> Iterator[Value]:
    """What is done by, or to, the body that a question asks for without asking for a person: `cơ quan nào`."""
    if _OF_BODY_ASKED.search(fold(question.text)):
        yield from (value for value in people(text, question) if value[2] >= _ACTOR and _BODY.match(text, value[0]))


def people(text: str, question: Understanding) -> Iterator[Value]:
    """People, and bodies where no holder of an office is asked for; who does what is asked about comes first."""
    asked, folded = fold(question.text), fold(text)
    does = {verb for found in _DOES.finditer(asked) for verb in found.groups() if verb} - JOINING
    done_to = {found[1] for pattern in (_DONE_TO, _PASSIVE) for found in pattern.finditer(asked)} - JOINING
    titles = _TITLES_ASKED.findall(asked)
    issued = _ISSUER.search(asked) is not None
    for title in titles:  # an office to which another belongs: `Giám đốc sở là Chủ tịch hội đồng`
        for office in re.finditer(rf"{_TITLE.pattern}[^,.;:\n]{{0,80}}?(?= (?:là|làm|kiêm|giữ chức) )", text):
            if re.match(rf" (?:la|lam|kiem|giu chuc) {title}\b", folded[office.end() :]):
                yield office.start(), office.end(), _ACTOR
    of_bodies = _OF_BODY_ASKED.search(asked) is not None and _OF_PEOPLE.search(asked) is None
    for start, end, extra in _named(text, asked):
        if of_bodies and not _BODY.match(text, start):
            continue
        if issued:
            by = _ISSUED_BY.search(text[max(0, start - _REACH) : start])
            if by is not None or does & set(_words_after(folded, end)):
                yield start, end, _ACTOR
            continue
        if titles and not any(_holds(folded, start, end, title) for title in titles):
            continue
        before = folded[max(0, start - _REACH) : start]
        acts = not does.isdisjoint(_words_after(folded, end))
        acts |= any(re.search(rf"\b{verb} (?:[^.;:\n]*\bcho )?$", before) for verb in done_to)
        yield start, end, extra + (_ACTOR if acts else 0.0)


def _words_after(folded: str, end: int) -> list[str]:
    """What the one named at `end` does, in one or two words."""
    after = _NEXT.match(folded, end)
    return [word for word in after.groups() if word] if after else []


def _holds(folded: str, start: int, end: int, title: str) -> bool:
    """Whether the office stands before the name in its clause, or right behind it."""
    before, after = folded[max(0, start - _BESIDE) : start], folded[end : end + _BESIDE]
    behind = re.match(rf"\s*(?:[,(–-]|la|lam|giu chuc)\s*(?:[^.;:()\n]{{0,60}}?[, ])?{title}\b", after)
    return behind is not None or re.search(rf"\b{title}\b[^.,;:\n]*$", before) is not None


def _named(text: str, asked: str) -> Iterator[Value]:
    named: list[tuple[int, int]] = []
    for found in _NAME.finditer(text):
        words = found.group().split()
        first = fold(words[0])
        before = text[max(0, found.start() - 60) : found.start()]
        honoured = _HONOURED.match(fold(found.group())) is not None
        if _BODY.match(text, found.start()) or _TITLE.match(text, found.start()):
            continue
        if _PLACE.search(before) and not honoured:
            continue
        titled = [title.end() for title in _TITLE.finditer(before)]
        surnamed = first in _SURNAMES and not fold(found.group()).startswith(_PLACES)
        between = before[titled[-1] :] if titled else ""
        beside = titled and (
            len(words) >= _ALONE or not between.strip() or (surnamed and not re.search(r"[.,;:\n]", between))
        )
        alone = len(words) >= _ALONE and text[found.end() : found.end() + 1] in ",.\n(" and first not in _NO_PERSON
        if honoured or beside or alone:
            named.append(found.span())
            yield found.start(), found.end(), 0.5 if honoured else 0.3
    if _HOLDER.search(asked):
        return  # the holder of an office is a person
    for found in _BODY.finditer(text):
        overlaps = any(start < found.end() and found.start() < end for start, end in named)
        if len(found.group().split()) > 1 and not overlaps:
            yield found.start(), found.end(), 0.0


def offices(text: str, question: Understanding) -> Iterator[Value]:
    """What stands directly before or after the name that the question gives."""
    for name in _whose(question):
        for at in re.finditer(re.escape(fold(name)), fold(text)):
            after = re.match(r"\s*(?:,|\(|là|[-–])\s*([^.;:\n()]{3,90})", text[at.end() :])
            if after and _TITLE.search(after.group(1)):
                start = at.end() + after.start(1)
                yield start, start + _titles_end(_ACTING.split(after.group(1), maxsplit=1)[0]), 0.5
            before = text[max(0, at.start() - 90) : at.start()]
            titles = list(_TITLE.finditer(before))
            if titles and not re.search(r"[.;\n]", before[titles[-1].start() :]):
                start = max(0, at.start() - 90) + titles[-1].start()
                end = at.start() - len(before) + len(re.sub(r"[\s,–-]*(?:\b(?:[Ôô]ng|[Bb]à|là))?\s*$", "", before))
                if end > start:
                    yield start, end, 0.4


def _whose(question: Understanding) -> list[str]:
    """The names whose office is asked for: the longest, as `Nguyễn Văn An` beside `Bình Dương`."""
    longest = max((len(name.split()) for name in question.names), default=0)
    return [name for name in question.names if len(name.split()) >= min(longest, _ALONE)]


def _titles_end(text: str) -> int:
    """Where end the offices that a text opens with, parted by commas."""
    end = 0
    for piece in re.finditer(r"[^,]+", text):
        if end and not _TITLE.match(piece.group().strip()):
            break
        end = piece.end()
    return len(text[:end].rstrip())
