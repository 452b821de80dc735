"""Questions, answers, abstentions and failures as escaped HTML; pure functions that know no Gradio.

What comes from a document, a question or an engine passes `escape`; nothing else reaches the page as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.chat.conversation import Conversation, Exchange, Incident
from assistant.chat.copying import plain, section, with_grounds
from assistant.chat.escaping import escape, focused
from assistant.chat.pieces import Piece, focus_of, opening, paragraphs
from assistant.chat.reasons import reasons_html
from assistant.chat.sources import place_of
from assistant.types import Answer, Citation

_BLANK_LINES = re.compile(r"\n\s*\n")
# Abstentions that say nothing of the documents: the question itself is to be put otherwise.
_UNASKED = {"empty_question", "empty_scope", "unclear_question", "opinion", "not_vietnamese", "which_document"}
_BOLD = re.compile(r"\*\*(.+?)\*\*")
# How the line opens in which the answering itself says that documents differ.
_CAUTION = "Lưu ý:"


def question_html(question: str) -> str:
    return f'<p class="cc-question"><strong>Bạn&#58;</strong> {escape(question)}</p>'


def reply_html(exchange: Exchange, turn: int) -> str:
    """The assistant's side of an exchange: waiting, growing, answer, abstention or failure."""
    if exchange.incident is not None:
        return failure_html(exchange.incident, retry=f"gui-lai-{turn}")
    if exchange.answer is None:
        words = "Đã dừng trước khi có câu trả lời." if exchange.stopped else "Đang tìm trong kho văn bản …"
        return f'<p class="{"cc-stopped" if exchange.stopped else "cc-waiting"}">{words}</p>'
    why = reasons_html(exchange.explanation, exchange.answer, turn) if exchange.explanation else ""
    if exchange.answer.abstained:
        return abstention_html(exchange.answer, turn, why=why)
    return answer_html(exchange.answer, turn, done=exchange.done, stopped=exchange.stopped, why=why)


def answer_html(answer: Answer, turn: int, *, done: bool = True, stopped: bool = False, why: str = "") -> str:
    """The direct answer, then the quotations; `why` is the fold-out that explains them."""
    direct, rest = opening(answer)
    body = _direct(direct, turn, answer.citations)
    body += "".join(_paragraph(group, turn, answer.citations, done=done) for group in paragraphs(rest))
    tail = '<p class="cc-stopped">Đã dừng; câu trả lời chưa đầy đủ.</p>' if stopped else ""
    actions = _actions(turn, len(answer.citations)) if done else ""
    return (
        f'<article class="cc-answer">{_understood(answer, turn)}{body}{_fallback(answer)}{tail}{actions}{why}</article>'
    )


def _fallback(answer: Answer) -> str:
    """Says that the language model was asked and did not answer, where that is so."""
    if not answer.reason:
        return ""
    return (
        '<p class="cc-note">Mô hình ngôn ngữ không trả lời được; đây là câu trả lời trích nguyên văn từ tài liệu.</p>'
    )


def abstention_html(answer: Answer, turn: int, *, why: str = "") -> str:
    outcome = "Chưa trả lời được" if answer.reason in _UNASKED else "Tài liệu không nêu"
    return (
        f'<article class="cc-abstention">{_understood(answer, turn)}<p class="cc-outcome">{outcome}</p>'
        f"<p>{escape(answer.text)}</p>{_related(answer, turn)}{_actions(turn, 0)}{why}</article>"
    )


def failure_html(incident: Incident, *, retry: str | None = None) -> str:
    """A failure with what to do; `retry` is the id of the button that asks once more."""
    again = f'<p><button type="button" class="cc-button" id="{retry}">Gửi lại câu hỏi</button></p>' if retry else ""
    return (
        '<article class="cc-failure" role="alert"><p class="cc-outcome">Không trả lời được do lỗi</p>'
        f"<p>{escape(incident.message)}</p>{again}"
        f"<p>Nếu vẫn lỗi, hãy báo người quản trị: mã sự cố <strong>{incident.code}</strong>, "
        f"lúc {incident.at:%H&#58;%M ngày %d/%m/%Y}.</p></article>"
    )


def notice_html(message: str | None) -> str:
    return f'<p class="cc-notice" role="alert">{escape(message)}</p>' if message else ""


def copies_html(conversation: Conversation) -> str:
    """What the buttons of answers need, hidden, by turn: the texts to copy, and where quotations stand.

    It stands here as the conversation's own HTML is cleaned of attributes that are not known.
    """
    answered = [(turn, e.answer) for turn, e in enumerate(conversation) if e.answer and e.done]
    return "".join(
        f'<pre id="ban-sao-{turn}">{_lines(plain(a))}</pre>'
        f'<pre id="ban-sao-can-cu-{turn}">{_lines(with_grounds(a))}</pre>'
        + "".join(f'<span id="cho-{turn}-{c.number}" {place_of(c)}></span>' for c in a.citations)
        for turn, a in answered
    )


def _lines(text: str) -> str:
    """Escaped, with line breaks that a hidden element keeps."""
    return escape(text).replace("<br>", "&#10;")


def _direct(direct: Sequence[Piece], turn: int, citations: Sequence[Citation]) -> str:
    """What answers by itself; its words are a document's, so no stars of theirs are ours. Marks keep to their words."""
    words = (f"{escape(p.text[:-1])}&nbsp;" if p.text.endswith(" ") else escape(p.text) for p in direct)
    told = "".join(_mark(p, turn, citations) if p.kind == "mark" else w for p, w in zip(direct, words, strict=True))
    return f'<p class="cc-direct"><strong>{told}</strong></p>' if told else ""


def _paragraph(group: list[Piece], turn: int, citations: Sequence[Citation], *, done: bool) -> str:
    inner = "".join(_piece(p, turn, citations) for p in group)
    if group[0].kind == "quote":
        inner += _openers(group, turn, citations) if done else ""
        return f"<blockquote>{inner}</blockquote>"
    cautious = len(group) == 1 and group[0].text.startswith(_CAUTION)
    return f'<p class="cc-note" role="note">{inner}</p>' if cautious else f"<p>{inner}</p>"


def _openers(group: list[Piece], turn: int, citations: Sequence[Citation]) -> str:
    """What opens each document quoted at its page, one click from the answer; `copies_html` knows the places."""
    marked = {p.number for p in group if p.kind == "mark"}
    return "".join(f" {_opener(c, turn)}" for c in citations if c.number in marked)


def _opener(citation: Citation, turn: int) -> str:
    words = f"Mở trang {citation.page}" if citation.page else "Mở văn bản"
    heard = f'{words}<span class="cc-sr"> {escape(citation.title)}</span>'
    return f'<button type="button" class="cc-link" id="mo-{turn}-{citation.number}">{heard}</button>'


def _piece(piece: Piece, turn: int, citations: Sequence[Citation]) -> str:
    if piece.kind == "own":
        return "".join(
            f"<strong>{escape(s)}</strong>" if odd % 2 else escape(s) for odd, s in enumerate(_BOLD.split(piece.text))
        )
    return _quote(piece, citations) if piece.kind == "quote" else _mark(piece, turn, citations)


def _quote(piece: Piece, citations: Sequence[Citation]) -> str:
    """The quotation in its «» with its focus; alike quotations of several documents have the same."""
    start, end = next((focus_of(c) for c in citations if c.focus and f"«{c.quote}»" == piece.text), (0, 0))
    before, inside = _compact(piece.text[: start + 1]), _compact(piece.text[start + 1 : end + 1])
    return f'<span class="cc-quote">{focused(_compact(piece.text), len(before), len(before + inside))}</span>'


def _compact(text: str) -> str:
    """Blank lines between a lead-in and its items are layout; the copy and the panel keep them."""
    return _BLANK_LINES.sub("\n", text)


def _mark(piece: Piece, turn: int, citations: Sequence[Citation]) -> str:
    title = next(c.title for c in citations if c.number == piece.number)
    return (
        f'<a class="cc-ref" href="#can-cu-{turn}-{piece.number}"><span class="cc-sr">Mở căn cứ </span>'
        f'&#91;{piece.number}&#93;<span class="cc-sr"> {escape(title)}</span></a>'
    )


def _understood(answer: Answer, turn: int) -> str:
    within = answer.fingerprints.get("scope")
    scope = f'<p class="cc-aside">Phạm vi&#58; {escape(within)}</p>' if within else ""
    if not answer.understood:
        return scope
    return scope + (
        f'<p class="cc-understood">Đã hiểu là&#58; <em>{escape(answer.understood)}</em> '
        f'<button type="button" class="cc-link" id="sua-{turn}">Sửa lại</button></p>'
    )


def _related(answer: Answer, turn: int) -> str:
    items = "".join(
        f'<li><a class="cc-ref-related" href="#can-cu-{turn}-{c.number}">{escape(c.title)}</a>{_in_section(c)}</li>'
        for c in answer.related
    )
    return f'<p class="cc-related">Có thể liên quan&#58;</p><ul>{items}</ul>' if items else ""


def _in_section(citation: Citation) -> str:
    where = section(citation)
    return f", mục «{escape(where)}»" if where else ""


def _actions(turn: int, citations: int) -> str:
    grounds = (
        f'<button type="button" class="cc-link" id="sao-chep-can-cu-{turn}">Sao chép kèm căn cứ</button>'
        f'<a class="cc-link cc-narrow" href="#can-cu-{turn}-1">Xem căn cứ</a>'
        if citations
        else ""
    )
    copy = f'<button type="button" class="cc-link" id="sao-chep-{turn}">Sao chép</button>'
    return f'<p class="cc-actions">{copy}{grounds}</p>'
