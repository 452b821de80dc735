"""Why an answer is what it is, as a fold-out of escaped HTML; decides nothing and knows no Gradio."""

from __future__ import annotations

from assistant.answering.asked import Asked
from assistant.answering.explanation import ASKED, MOST, TRAITS, Candidate, Explanation
from assistant.chat.escaping import escape, shortened
from assistant.types import Answer

# Why nothing was answered, by the answer's reason.
WITHHELD = {
    "no_evidence": "không câu nào trong kho đủ gần với câu hỏi",
    "thin_evidence": "các câu tìm được gần với chủ đề nhưng chưa trả lời đúng điều được hỏi",
    "missing_detail": "chi tiết được hỏi không có ở các câu tìm được và quanh chúng",
    "which_document": "nhiều văn bản có điều khoản này mà câu hỏi chưa nêu văn bản nào",
    "not_vietnamese": "câu hỏi không viết bằng tiếng Việt và không tìm thấy câu trả lời",
    "opinion": "câu hỏi xin ý kiến riêng, còn trợ lý chỉ trích tài liệu",
    "unclear_question": "câu hỏi chưa có nội dung để tra cứu",
    "empty_question": "câu hỏi để trống",
    "no_citation": "không trích dẫn nào qua được bước kiểm chứng",
    "empty_scope": "kho không có văn bản nào thuộc phạm vi đã chọn",
    "llm_no_evidence": "mô hình ngôn ngữ đọc các câu dưới đây mà không thấy câu trả lời",
}
# Reasons that lie in the question: no sentence of a document was weighed.
_OF_THE_QUESTION = {"opinion", "unclear_question", "empty_question"}
# … and those for which the confidence was not asked.
_UNWEIGHED = _OF_THE_QUESTION | {"which_document"}
# What is said of a trait in fewer words than `TRAITS` has; of one that holds or doesn't, both.
MEASURED = {
    "own": "khớp từ",
    "around": "cùng ngữ cảnh",
    "literal": "nguyên từ",
    "similar": "nghĩa cả câu",
    "hit_score": "điểm tìm đoạn",
    "names": "tên riêng",
    "lacking": "còn thiếu",
}
HELD = {"fits": ("đúng loại", "khác loại"), "numbers": ("đủ số", "thiếu số")}
_HOW_TO_READ = "Số đo dưới mỗi câu càng gần 1 càng khớp; riêng «còn thiếu» càng gần 0 càng tốt."
# Characters shown of a sentence, of a title, and of a line of what was understood.
_SENTENCE, _TITLE, _LINE = 200, 120, 400


def reasons_html(explanation: Explanation, answer: Answer, turn: int) -> str:
    """The fold-out under the answer of that turn, closed."""
    parts = "".join(_part_html(n, part, explanation, answer, turn) for n, part in enumerate(explanation.parts, start=1))
    weighed = parts or _table_html(explanation, answer, turn)
    key = f'<p class="cc-aside">{_HOW_TO_READ}</p>' if "<table>" in weighed else ""
    return (
        f'<details class="cc-why" id="vi-sao-{turn}"><summary>Vì sao có câu trả lời này?</summary>'
        f"<p>{verdict(explanation, answer)}</p>"
        f"{_understood_html(explanation)}{weighed}{key}</details>"
    )


def verdict(explanation: Explanation, answer: Answer) -> str:
    """What decided, in a sentence of our own: the confidence against the threshold, then what came of it."""
    reason = answer.reason or explanation.reason
    weighed = _against_threshold(explanation)
    if answer.abstained:
        why = WITHHELD.get(reason or "", "chưa đủ căn cứ")
        return f"<strong>Không trả lời</strong>, vì {why}." + ("" if reason in _UNWEIGHED else f" {weighed}.")
    if answer.engine == "generative":
        made = "mô hình ngôn ngữ được đọc các câu này để viết, và từng câu nó viết được đối chiếu với trích dẫn"
    elif answer.reason:
        made = "mô hình ngôn ngữ được hỏi nhưng không trả lời, nên các câu tốt nhất được trích nguyên văn"
    else:
        made = "các câu tốt nhất được trích nguyên văn"
    return f"<strong>Có trả lời</strong>&#58; {made}. {weighed}."


def _against_threshold(explanation: Explanation) -> str:
    sure, threshold = explanation.confidence, explanation.threshold
    reached = "đạt" if sure >= threshold else "thấp hơn"
    alike = sure != threshold and _number(sure) == _number(threshold)
    digits = 4 if alike else 2
    return f"Độ tin cậy {_number(sure, digits)}, {reached} ngưỡng {_number(threshold, digits)}"


def _understood_html(explanation: Explanation) -> str:
    needed = dict.fromkeys((*explanation.documents, *explanation.names, *explanation.numbers))
    told = {"Hiểu câu hỏi": explanation.understood or explanation.question}
    if not explanation.parts:
        told["Điều được hỏi"] = ASKED[Asked(explanation.asked)]
        told["Từ để tìm (không dấu)"] = ", ".join(explanation.terms)
    told["Chi tiết phải có"] = ", ".join(needed)
    lines = (f"<li>{escape(name)}&#58; {escape(shortened(said, _LINE))}</li>" for name, said in told.items() if said)
    return f"<ul>{''.join(lines)}</ul>"


def _part_html(number: int, part: Explanation, whole: Explanation, answer: Answer, turn: int) -> str:
    """One of several things asked, with its own sentences."""
    own = part.question if part.question != whole.question else ", ".join(part.terms)
    about = shortened(part.understood or own, _LINE).rstrip(".")
    stop = "" if about.endswith(("?", "…")) else "."
    asked = f"Điều được hỏi&#58; {ASKED[Asked(part.asked)]}. {_against_threshold(part)}."
    said = f"<p><strong>Phần {number}</strong>&#58; {escape(about)}{stop} {asked}</p>"
    return said + _table_html(part, answer, turn)


def _table_html(explanation: Explanation, answer: Answer, turn: int) -> str:
    """The sentences that stood to choose, best first, each with its mark if quoted, its traits and its score."""
    found = () if answer.reason in _OF_THE_QUESTION else explanation.candidates[:MOST]
    if not found:
        return ""
    rows = "".join(_row(n, c, _traits(c, explanation), answer, turn) for n, c in enumerate(found, start=1))
    return (
        f'<div class="cc-table"><table><caption>{_caption(len(found))}</caption><thead><tr>'
        '<th scope="col">Câu đã xét</th><th scope="col">Điểm</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _caption(count: int) -> str:
    return f"{count} câu gần nhất với câu hỏi, tốt nhất trước" if count > 1 else "Câu duy nhất tìm được"


def _row(place: int, candidate: Candidate, traits: str, answer: Answer, turn: int) -> str:
    return (
        f'<tr><td><span class="cc-said">{place}. {escape(shortened(candidate.text, _SENTENCE))}'
        f"{_marks(candidate, answer, turn)}</span>"
        f'<span class="cc-where">{escape(shortened(candidate.title, _TITLE))}</span>'
        f'<span class="cc-where">{traits}</span></td>'
        f"<td>{_number(candidate.score)}</td></tr>"
    )


def _marks(candidate: Candidate, answer: Answer, turn: int) -> str:
    """The reference marks of the citations that quote the sentence."""
    quoted = [c for c in answer.citations if c.document_id == candidate.document_id]
    numbers = [c.number for c in quoted if c.start < candidate.end and candidate.start < c.end]
    links = (
        f' <a class="cc-ref" href="#can-cu-{turn}-{n}"><span class="cc-sr">Đã trích. Mở căn cứ </span>&#91;{n}&#93;</a>'
        for n in numbers
    )
    return "".join(links)


def _traits(candidate: Candidate, explanation: Explanation) -> str:
    """What was measured of the sentence; what the question has none of (numbers, names) is left out."""
    idle = {name for name, held in (("numbers", explanation.numbers), ("names", explanation.names)) if not held}
    told = [_trait(name, value) for name, value in candidate.traits.items() if name not in idle]
    return escape(" · ".join(told))


def _trait(name: str, value: float) -> str:
    if name in HELD:
        return HELD[name][0 if value else 1]
    return f"{MEASURED.get(name) or TRAITS[name]} {_number(value)}"


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace(".", ",")
