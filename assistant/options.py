"""What several commands take, and the assistant that they ask with it: workspace, settings, scope; knows no command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.console import flags_of
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

WorkspaceOption = Annotated[Path, typer.Option("--workspace", help="Thư mục làm việc.", show_default=True)]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="Thiết lập cho lần chạy này, ví dụ top_k=5.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Xét hiệu lực tới ngày này, ví dụ 2026-07-01.")]
JsonOption = Annotated[bool, typer.Option("--json", help="In một đối tượng JSON.")]
KindOption = Annotated[str, typer.Option("--kind", help="Chỉ văn bản loại này, ví dụ «Thông tư».")]
IssuerOption = Annotated[str, typer.Option("--issuer", help="Chỉ văn bản của cơ quan ban hành này.")]
StateOption = Annotated[str, typer.Option("--state", help="Chỉ văn bản có hiệu lực này, ví dụ «còn hiệu lực».")]
SinceOption = Annotated[str, typer.Option("--from", help="Chỉ văn bản ban hành từ ngày, tháng hoặc năm này.")]
UntilOption = Annotated[str, typer.Option("--to", help="Chỉ văn bản ban hành đến hết ngày, tháng hoặc năm này.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which documents, and on which day, as it was typed."""

    kind: str = ""
    issuer: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    as_of: str | None = None


def text_of(argument: str) -> str:
    """The bytes that were typed read as UTF-8, whatever the locale says."""
    return os.fsencode(argument).decode("utf-8", errors="replace")


def opened(workspace: Path, pairs: list[str] | None = None, wanted: Wanted | None = None) -> Assistant:
    """The workspace's assistant within what is wanted. Raises CancuError."""
    from assistant.documents.scope import Scope
    from assistant.wiring import open_assistant

    check_workspace(workspace)
    wanted = wanted or Wanted()
    names = text_of(wanted.kind), text_of(wanted.issuer), text_of(wanted.state)
    scope = Scope(*names, since=text_of(wanted.since), until=text_of(wanted.until))
    return open_assistant(workspace, **flags_of(pairs) | ({"as_of": wanted.as_of} if wanted.as_of else {})).within(
        scope
    )


def check_workspace(workspace: Path) -> None:
    if not workspace.is_dir():
        raise UsageError(f"Không có thư mục làm việc «{workspace}». Hãy tạo: cancu init {workspace}")
