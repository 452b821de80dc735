"""Questions to begin with; knows only which documents there are."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.types import Document

# Shipped with the documents of a new installation: (document that answers it, question).
_SHIPPED = (
    ("thu-truong-bui-hoang-phuong-lam-viec-voi-binh-duong", "Khu CNTT tập trung Bình Dương rộng bao nhiêu hecta?"),
    ("co-che-thuc-day-khcn-dmst-cds", "Nghị quyết số 57-NQ/TW được ban hành ngày nào?"),
    ("de-an-vung-dong-luc-cong-nghiep-cntt", "Địa bàn của vùng động lực công nghiệp CNTT gồm những tỉnh nào?"),
    ("quyet-tam-xay-dung-khu-cntt-tap-trung", "Khu CNTT tập trung Bình Dương chú trọng những lĩnh vực nào?"),
)
_MOST = 4


def example_questions(documents: Sequence[Document]) -> list[str]:
    """Four questions that these documents can answer: the shipped ones, then headings of the documents."""
    ids = {d.id for d in documents}
    shipped = [question for document_id, question in _SHIPPED if document_id in ids]
    headings = [s.title for d in documents for s in d.sections if 15 <= len(s.title) <= 90 and s.title != d.title]
    return (shipped + headings)[:_MOST]
