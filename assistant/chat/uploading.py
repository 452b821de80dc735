"""The part of the library page that takes files into the corpus; knows no file format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.chat.escaping import escape
from assistant.chat.progress import bar_html
from assistant.chat.render import failure_html, notice_html
from assistant.chat.renewal import Progress, Renewal
from assistant.documents.uploads import MOST_FILES
from assistant.types import Failure

_STAGES = {
    "receive": "Đang nhận tệp",
    "read": "Đang đọc tệp",
    "chunk": "Đang cắt đoạn",
    "embed": "Đang mã hóa",
    "lexical": "Đang lập chỉ mục từ",
}
# Reasons told at a time.
_TOLD = 50
_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_ABOUT = (
    '<p class="cc-aside">Tệp được chép vào kho rồi lập lại chỉ mục; xong là mọi người hỏi được ngay. '
    f"Mỗi lần nhiều nhất {MOST_FILES} tệp. Tệp không đọc được sẽ không giữ lại trong kho.</p>"
)
_ELSEWHERE = (
    '<p class="cc-aside">Chỉ mục đang dùng được lập từ nơi khác, không phải thư mục corpus/ của kho, nên chưa nhận tệp '
    "tải lên được. Hãy chép văn bản vào corpus/ rồi chạy&#58; cancu index</p>"
)


def upload_part(renewal: Renewal, renewed: Callable[[], tuple[Any, ...]], outputs: list[Any]) -> None:
    """The components of the part; `renewed` gives the values of `outputs` when the index is new."""
    with gr.Accordion("Thêm văn bản vào kho", open=False, elem_id="them-van-ban"):
        gr.HTML(_ABOUT)
        files = gr.File(label="Tệp văn bản", file_count="multiple", elem_id="tep-tai-len", height=150, show_label=False)
        go = gr.Button("Đưa vào kho", variant="primary", elem_id="dua-vao-kho")
        state = gr.HTML("", elem_id="tien-do-kho")

    def run(paths: list[str] | None) -> Iterator[tuple[Any, ...]]:
        left = [gr.skip()] * len(outputs)
        for said, ended in take_in(renewal, [Path(path) for path in paths or ()]):
            cleared = gr.File(value=None) if ended and paths else gr.skip()
            yield (gr.Button(interactive=ended), cleared, said, *(renewed() if ended else left))

    go.click(run, files, [go, files, state, *outputs], concurrency_limit=4, **_UNSEEN)


def elsewhere_part() -> None:
    """Stands in the place of `upload_part` where the index was not made of the corpus."""
    with gr.Accordion("Thêm văn bản vào kho", open=False, elem_id="them-van-ban"):
        gr.HTML(_ELSEWHERE)


def take_in(renewal: Renewal, files: Sequence[Path]) -> Iterator[tuple[str, bool]]:
    """What is said while the files are taken in, and whether that is the end."""
    if not files:
        yield notice_html("Hãy chọn tệp trước khi đưa vào kho."), True
        return
    if not renewal.begin(files):
        yield notice_html("Kho đang được cập nhật từ lần tải lên trước. Hãy chờ xong rồi thử lại."), True
        return
    for progress in renewal.steps():
        yield progress_html(progress), progress.ended


def progress_html(progress: Progress) -> str:
    """How far it is; at the end each file with what became of it."""
    if not progress.ended:
        return bar_html(progress.done, progress.total, _STAGES.get(progress.stage, "Đang lập chỉ mục"))
    if progress.restart:
        return notice_html(
            "Đã lập xong chỉ mục mới nhưng chưa mở được để dùng. Hãy khởi động lại chương trình (cancu chat)."
        )
    if progress.incident is not None:
        return failure_html(progress.incident)
    if progress.trouble is not None:
        return notice_html(progress.trouble)
    added = "".join(f"<li>{_added(*each)}</li>" for each in progress.added)
    heads = f'<p role="status">Đã cập nhật kho văn bản&#58;</p><ul>{added}</ul>' if added else ""
    note = f'<p class="cc-note" role="note">Lưu ý&#58; {escape(progress.note)}</p>' if progress.note else ""
    partly = _failed("Đã nhận, nhưng còn phần chưa đọc được&#58;", progress.partly)
    return heads + partly + _failed("Không nhận&#58;", progress.refused) + note


def _failed(what: str, failures: Sequence[Failure]) -> str:
    """Each file, or part of one, with the reason and what to do about it."""
    if not failures:
        return ""
    items = "".join(f"<li><strong>{escape(f.path)}</strong>&#58; {escape(f.reason)}</li>" for f in failures[:_TOLD])
    rest = len(failures) - _TOLD
    more = f"<li>… và {rest} chỗ nữa; người quản trị xem đủ bằng lệnh&#58; cancu index</li>" if rest > 0 else ""
    return f'<div class="cc-notice" role="alert"><p>{what}</p><ul>{items}{more}</ul></div>'


def _added(name: str, title: str, known: bool) -> str:
    if known:
        return f"<strong>{escape(name)}</strong>&#58; trùng nội dung với «{escape(title)}» đã có."
    return f"<strong>{escape(name)}</strong>&#58; {escape(title)}"
