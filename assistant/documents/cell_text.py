"""Shows a spreadsheet's value as its number format does, with the marks of Vietnam: 1.234,5 and 31/12/2026."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

_SECTIONS = re.compile(r'((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)')
# Colours, conditions and locales in brackets; the currency that a locale carries is kept.
_BRACKET = re.compile(r"\[(?:\$([^\]-]*)(?:-[^\]]*)?|(?!(?:h+|m+|s+)\])[^\]]*)\]", re.IGNORECASE)
_PADDING = re.compile(r"[_*].")
_PIECE = re.compile(r'"([^"]*)"|\\(.)|([0#?][0#?,.]*|\.[0#?]+)|(.)', re.DOTALL)
_EXPONENT = re.compile(r"([0#?.,]+)[Ee][+-](0+)")
_LITERAL = re.compile(r'"[^"]*"|\\.')
_DATE_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|(am/pm|a/p)|(\[h+\]|\[m+\]|\[s+\]|y+|m+|d+|h+|s+(?:\.0+)?)|(.)', re.I | re.DOTALL
)
# The formats that a spreadsheet shows as the reader's own country writes dates.
_OF_THE_COUNTRY = {"mm-dd-yy": "dd/mm/yyyy", "m/d/yy": "dd/mm/yyyy", "m/d/yyyy": "dd/mm/yyyy"} | {
    "m/d/yy h:mm": "dd/mm/yyyy hh:mm",
    "m/d/yyyy h:mm": "dd/mm/yyyy hh:mm",
}
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_LONGEST_FORMAT = 255
_MOST_DECIMALS = 30
_SWAP = str.maketrans(",.", ".,")


def shown(value: object, form: str | None = None) -> str:
    """The cell's text on one line. Formats that can't be told are shown as General."""
    form = (form or "General")[:_LONGEST_FORMAT]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, form)
    if isinstance(value, datetime | date | time | timedelta):
        return _moment(value, form)
    return " ".join(str(value).split())


def is_figure(value: object) -> bool:
    """Whether the value is a number or a moment, which no heading is; a year may be one."""
    if isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2100:
        return False
    return isinstance(value, int | float | datetime | date | time | timedelta)


# --- numbers ---


def _number(value: float, form: str) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if form == "General":
        return _general(value)
    sections = _sections(form)
    place = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
    plain, bare = sections[place]
    if re.search(r"general|[/@]", bare, re.IGNORECASE):
        return _general(value)
    if not re.search(r"[0#?]", bare):  # words in the place of the figures, or nothing (`;;;` hides them)
        return _general(value) if re.search("[ymdhs]", bare, re.IGNORECASE) else _literals(plain)
    amount = Decimal(repr(value)) * (100 ** min(bare.count("%"), 3))
    minus = "-" if place == 0 and amount < 0 else ""
    if match := _EXPONENT.search(bare):
        return minus + _scientific(abs(amount), match.group(1), len(match.group(2)))
    text, is_zero = _filled(abs(amount), plain)
    return text if is_zero else minus + text


@lru_cache(maxsize=1024)
def _sections(form: str) -> list[tuple[str, str]]:
    """The format's parts for positive, negative and zero, without colours and padding; with and without literals."""
    texts = [_BRACKET.sub(_currency, m.group(1)) for m in _SECTIONS.finditer(form)]
    plain = [_PADDING.sub("", text) for text in (texts[:-1] if len(texts) > 1 and not texts[-1] else texts)[:3]]
    return [(text, _LITERAL.sub("", text)) for text in plain]


def _currency(bracket: re.Match[str]) -> str:
    return f'"{bracket.group(1)}"' if bracket.group(1) else ""


def _general(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.15g}".translate(_SWAP).upper()


def _literals(plain: str) -> str:
    return "".join(a or b or d for a, b, _, d in _PIECE.findall(plain)).strip()


def _scientific(amount: Decimal, mantissa: str, digits: int) -> str:
    decimals = len(mantissa.partition(".")[2])
    text = f"{amount:.{min(decimals, _MOST_DECIMALS)}e}"
    front, _, exponent = text.partition("e")
    return f"{front.translate(_SWAP)}E{int(exponent):+0{digits + 1}d}"


def _filled(amount: Decimal, plain: str) -> tuple[str, bool]:
    """The digits in the places that the format has for them, with what it writes around; whether all are zero."""
    pieces = _PIECE.findall(plain)
    places = [digits for _, _, digits, _ in pieces if digits]
    if not places:
        return _literals(plain), True
    if len(places) > 1:
        return _spread(amount, pieces), amount == 0
    whole, _, fraction = places[0].partition(".")
    thousands = len(places[0]) - len(places[0].rstrip(","))
    amount = amount / (1000**thousands)
    text = _digits(amount, whole, fraction.rstrip(","), grouped="," in whole.rstrip(","))
    out = "".join(text if digits else literal or escaped or other for literal, escaped, digits, other in pieces)
    return out.strip(), not re.search(r"[1-9]", text)


def _digits(amount: Decimal, whole: str, fraction: str, *, grouped: bool) -> str:
    most, least = min(len(fraction), _MOST_DECIMALS), min(fraction.count("0"), _MOST_DECIMALS)
    rounded = amount.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP) if amount < Decimal(10) ** 20 else amount
    text = f"{rounded:,f}" if grouped else f"{rounded:f}"
    front, _, behind = text.partition(".")
    behind = behind[:least] + behind[least:].rstrip("0")
    front = front.rjust(min(whole.count("0"), _MOST_DECIMALS), "0") if not grouped else front
    front = "" if front == "0" and "0" not in whole and behind else front
    return front.replace(",", ".") + ("," + behind if behind else "")


def _spread(amount: Decimal, pieces: list[tuple[str, str, str, str]]) -> str:
    """A number like 000-000: its figures from the right into the places."""
    figures = str(int(amount.to_integral_value(ROUND_HALF_UP)))
    room = sum(len(digits) for _, _, digits, _ in pieces)
    figures = figures.rjust(room, "0")
    extra = len(figures) - room
    out, at = [], 0
    for literal, escaped, digits, other in pieces:
        if digits:
            step = len(digits) + (extra if at == 0 else 0)
            out.append(figures[at : at + step])
            at += step
        else:
            out.append(literal or escaped or other)
    return "".join(out).strip()


# --- dates and times ---


def _moment(value: datetime | date | time | timedelta, form: str) -> str:
    form = next((m.group(1) for m in _SECTIONS.finditer(form)), form)
    form = _PADDING.sub("", _BRACKET.sub("", form)).strip()
    if isinstance(value, timedelta):
        return _span(value)
    form = _OF_THE_COUNTRY.get(form.lower(), form)
    if not re.search(r"[ymdhs]", _LITERAL.sub("", form), re.IGNORECASE) or "general" in form.lower():
        form = _default_form(value)
    return _dated(value, form)


def _default_form(value: datetime | date | time) -> str:
    if isinstance(value, time):
        return "hh:mm:ss"
    plain = not isinstance(value, datetime) or value.time() == time(0)
    return "dd/mm/yyyy" if plain else "dd/mm/yyyy hh:mm"


def _span(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{abs(seconds) % 60:02d}"


def _dated(value: datetime | date | time, form: str) -> str:
    day = value if isinstance(value, date) else date(1900, 1, 1)
    clock = value if isinstance(value, time) else value.time() if isinstance(value, datetime) else time(0)
    tokens = [match.groups() for match in _DATE_TOKEN.finditer(form)]
    half_day = any(half for _, _, half, _, _ in tokens)
    units = [(token or "").lower() for _, _, _, token, _ in tokens]
    out = []
    for at, (literal, escaped, half, token, other) in enumerate(tokens):
        if half:
            out.append("SA" if clock.hour < 12 else "CH")
        elif token:
            minutes = token[0] in "mM" and _is_minutes(units, at)
            out.append(_unit(units[at], day, clock, minutes=minutes, half_day=half_day))
        else:
            out.append(literal or escaped or other or "")
    return "".join(out).strip()


def _is_minutes(units: list[str], at: int) -> bool:
    """An `m` after hours or before seconds is minutes."""
    before = next((unit for unit in reversed(units[:at]) if unit), "")
    after = next((unit for unit in units[at + 1 :] if unit), "")
    return len(units[at]) <= 2 and (before.strip("[]").startswith("h") or after.startswith("s"))


def _unit(unit: str, day: date, clock: time, *, minutes: bool, half_day: bool) -> str:
    kind, size = unit.strip("[]")[0], len(unit.strip("[]").partition(".")[0])
    if kind == "y":
        return f"{day.year % 100:02d}" if size <= 2 else f"{day.year:04d}"
    if kind == "d" and size >= 3:
        return _WEEKDAYS[day.weekday()]
    if kind == "m" and not minutes and size >= 3:
        return f"tháng {day.month}"
    hour = (clock.hour % 12 or 12) if half_day else clock.hour
    figure = {"d": day.day, "h": hour, "s": clock.second, "m": clock.minute if minutes else day.month}[kind]
    return f"{figure:02d}" if size >= 2 else str(figure)
