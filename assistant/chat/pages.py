"""The page that is open beside its text: a picture with the quotation framed, and what to know of its file, as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from assistant.chat.conversation import Incident
from assistant.chat.escaping import escape
from assistant.chat.service import Service
from assistant.chat.sources import View, page_bounds
from assistant.documents.originals import changed_since, original
from assistant.documents.picture import Picture, Rectangle, holds, is_pdf, locate, look
from assistant.errors import ReadError
from assistant.types import Document

# Characters of a page that are compared with its file.
_COMPARED = 20_000


def original_html(document: Document, service: Service) -> str:
    """A note where the document's file is gone or was changed after the index was made."""
    if service.root is None:
        return ""
    name = f"«{escape(document.path)}»"
    file = original(document, service.root)
    if file is None:
        return _note(f"Không còn tệp gốc {name}; phần chữ dưới đây là của lần lập chỉ mục gần nhất.")
    changed = changed_since(file, service.now.created)
    if changed is None:
        return ""
    return _note(
        f"Tệp gốc {name} đã được sửa lúc {changed:%H&#58;%M ngày %d/%m/%Y}, sau khi lập chỉ mục; "
        "phần chữ dưới đây có thể khác với tệp."
    )


def picture_html(document: Document, view: View, service: Service) -> str:
    """The open page as its file shows it; nothing where the file is no PDF. Says what can't be shown, and why."""
    file = original(document, service.root) if service.root is not None else None
    if not view.page or file is None or not is_pdf(file):
        return ""
    start, end = page_bounds(document, view.page)
    a, b = max(view.marked[0], start), min(view.marked[1], end)
    notes: list[str] = []
    try:
        picture = look(file, view.page)
        frames: Sequence[Rectangle] = ()
        if a < b:
            frames = locate(file, view.page, document.text[a:b], before=document.text[start:a])
            notes += [] if frames else [_unframed(picture)]
        if holds(file, view.page, document.text[start : min(end, start + _COMPARED)]) is False:
            notes.append("Trang này của tệp gốc nay nói khác với phần chữ; tệp có thể đã bị thay.")
    except ReadError as error:
        return _note(escape(f"Không hiện được ảnh trang {view.page}: {error.message}"))
    return _figure(document, view.page, picture, frames) + "".join(_note(escape(note)) for note in notes)


def broken_html(incident: Incident) -> str:
    """What is said in the place of a picture when something broke that nobody thought of."""
    return _note(f"Không hiện được ảnh trang do lỗi; hãy báo người quản trị mã sự cố {incident.code}.")


def waiting_html(view: View | None) -> str:
    return '<p class="cc-waiting">Đang vẽ trang …</p>' if view and view.page else ""


def _unframed(picture: Picture) -> str:
    if not picture.text.strip():
        return "Trang này là ảnh, không có lớp chữ, nên không khoanh được đoạn trích trên ảnh."
    return "Không xác định được chỗ của đoạn trích trên ảnh; hãy xem phần chữ."


def _figure(document: Document, page: int, picture: Picture, frames: Sequence[Rectangle]) -> str:
    boxes = "".join(
        f'<span class="cc-frame" style="left:{100 * r.left:.3f}%;top:{100 * r.top:.3f}%;'
        f'width:{100 * r.width:.3f}%;height:{100 * r.height:.3f}%"></span>'
        for r in frames
    )
    framed = " Đoạn trích được khoanh trên ảnh." if frames else ""
    name = escape(f"Ảnh trang {page} của {document.title}")
    return (
        '<figure class="cc-picture"><div class="cc-sheet-room" tabindex="0"><div class="cc-sheet">'
        f'<img alt="{name}" width="{picture.width}" height="{picture.height}" '
        f'src="data:image/png;base64,{b64encode(picture.png).decode()}">{boxes}</div></div>'
        f"<figcaption>Trang {page}/{picture.pages} của tệp gốc.{framed} "
        '<button type="button" class="cc-link" id="phong-to" aria-pressed="false">Phóng to</button>'
        "</figcaption></figure>"
    )


def _note(inner: str) -> str:
    return f'<p class="cc-note" role="note">{inner}</p>'
