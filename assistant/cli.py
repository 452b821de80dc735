"""The `cancu` command: thin, every command has a Python twin; imports nothing heavy until a command runs."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant import options
from assistant.console import answer_lines, flags_of, hit_lines, index_text, progress_bar, usage_text
from assistant.errors import CancuError, UsageError
from assistant.listing import document_details, document_row, list_lines
from assistant.options import (
    AsOfOption,
    JsonOption,
    SetOption,
    Wanted,
    WorkspaceOption,
    check_workspace,
    opened,
    text_of,
)

app = typer.Typer(
    name="cancu",
    help="Căn Cứ: hỏi đáp văn bản chính sách tiếng Việt, câu nào cũng có trích dẫn kiểm chứng được.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# Typer carries Click inside; the base of its usage errors has no public name.
_ClickException: type[Exception] = typer.BadParameter.__mro__[2]


def main() -> None:
    """Entry point: 0 done, 1 failed, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command and returns its exit code."""
    try:
        result = app(arguments, prog_name="cancu", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except CancuError as error:
        print(f"Lỗi [{error.code}]: {error.message}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except typer.Exit as exit_:
        return int(exit_.exit_code)
    except _ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(getattr(error, "message", "") or error, file=sys.stderr)
            return 2
        print(f"Lỗi [usage]: {usage_text(error)} Xem cách dùng: cancu --help", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        print("Đã dừng theo yêu cầu.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


@app.command("index")
def index_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="Tệp hoặc thư mục; bỏ trống là corpus/.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    afresh: Annotated[bool, typer.Option("--fresh", help="Đọc lại mọi tệp, kể cả tệp không đổi.")] = False,
    watched: Annotated[bool, typer.Option("--watch", help="Lập lại mỗi khi tệp thay đổi, đến khi bấm Ctrl-C.")] = False,
    settings: SetOption = None,
) -> int:
    """Lập chỉ mục của đúng các tệp, thư mục nêu ra (mặc định: corpus/)."""
    from assistant.following import keep_indexing
    from assistant.wiring import build_index, sources_of

    def index(afresh: bool) -> None:
        with progress_bar() as progress:
            report = build_index(workspace, paths or (), progress=progress, afresh=afresh, **flags_of(settings))
        print(index_text(report, as_json=as_json), flush=True)

    check_workspace(workspace)
    if watched:
        keep_indexing(sources_of(workspace, paths or ()), index, afresh=afresh, tell=partial(print, file=sys.stderr))
    else:
        index(afresh)
    return 0


@app.command("ask")
def ask_command(
    question: Annotated[str, typer.Argument(help="Câu hỏi, có dấu hoặc không dấu.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    explained: Annotated[bool, typer.Option("--explain", help="Kèm theo: vì sao có câu trả lời ấy.")] = False,
    kind: options.KindOption = "",
    issuer: options.IssuerOption = "",
    state: options.StateOption = "",
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    as_of: AsOfOption = None,
    settings: SetOption = None,
) -> int:
    """Hỏi một câu; câu trả lời kèm trích dẫn."""
    assistant = opened(workspace, settings, Wanted(kind, issuer, state, since, until, as_of))
    answer = assistant.ask(text_of(question))
    explanation = assistant.explain(text_of(question)) if explained else None
    if as_json:
        _print_json(answer.to_json() | ({"explanation": explanation.to_json()} if explanation else {}))
    else:
        print("\n".join(answer_lines(answer)))
        if explanation:
            print("\nVì sao:\n" + "\n".join(explanation.lines()))
    return 0


@app.command("search")
def search_command(
    query: Annotated[str | None, typer.Argument(help="Một truy vấn, để xem các đoạn tìm được.")] = None,
    queries: Annotated[Path | None, typer.Option("--queries", help='Tệp jsonl, mỗi dòng {"id", "text"}.')] = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="Số kết quả mỗi truy vấn (mặc định: 10 đoạn, 100 văn bản).")
    ] = None,
    run_file: Annotated[Path | None, typer.Option("--run", help="Tệp kết quả dạng TREC.")] = None,
    kind: options.KindOption = "",
    issuer: options.IssuerOption = "",
    state: options.StateOption = "",
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    settings: SetOption = None,
) -> int:
    """Tìm văn bản cho cả tệp truy vấn, ghi kết quả dạng TREC; hoặc xem các đoạn của một truy vấn."""
    if (query is None) == (queries is None) or (queries is not None and run_file is None):
        raise UsageError('Cần một truy vấn: cancu search "…", hoặc cả tệp: cancu search --queries IN.jsonl --run OUT.')
    assistant = opened(workspace, settings, Wanted(kind, issuer, state, since, until, as_of))
    if query is not None:
        print("\n".join(hit_lines(assistant, text_of(query), top or 10)))
        return 0
    from assistant.retrieval.trec import read_queries, write_run

    assert queries is not None
    assert run_file is not None
    with progress_bar() as progress:
        count = write_run(
            read_queries(queries),
            lambda text: assistant.search_documents(text, top_k=top or 100),
            run_file,
            progress=progress,
        )
    print(f"Đã ghi kết quả của {count} truy vấn vào {run_file}.")
    return 0


@app.command("answer")
def answer_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Tệp câu hỏi: csv, xlsx hoặc jsonl.")],
    out: Annotated[Path, typer.Option("--out", help="Tệp kết quả: csv, xlsx hoặc jsonl.")],
    column: Annotated[
        str | None, typer.Option("--column", help="Tên hoặc chữ cái của cột câu hỏi, nếu không tự tìm được.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Ghi đè tệp kết quả đã có.")] = False,
    kind: options.KindOption = "",
    issuer: options.IssuerOption = "",
    state: options.StateOption = "",
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    settings: SetOption = None,
) -> int:
    """Trả lời cả tệp câu hỏi; bị ngắt thì chạy lại sẽ làm tiếp."""
    from assistant.bulk.runner import BulkInterrupted, answer_file

    assistant = opened(workspace, settings, Wanted(kind, issuer, state, since, until, as_of))
    try:
        with progress_bar() as progress:
            report = answer_file(
                assistant,
                source,
                out,
                column=column,
                overwrite=overwrite,
                progress=lambda done, total: progress("Trả lời", done, total),
            )
    except BulkInterrupted as stopped:  # the command-line library would end without its message
        print(stopped.message, file=sys.stderr)
        return 1
    print(report.text)
    return 0


@app.command("evaluate")
def evaluate_command(
    file: Annotated[Path | None, typer.Argument(help="Bộ câu hỏi jsonl; bỏ trống là eval/questions.jsonl.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    accept: Annotated[bool, typer.Option("--accept", help="Lấy lần chạy này làm mốc so sánh.")] = False,
    settings: SetOption = None,
) -> int:
    """Đo độ chính xác trên một bộ câu hỏi, so với mốc đã lưu và các ngưỡng."""
    from assistant.evaluation.workspace import evaluate_workspace
    from assistant.settings import load_settings

    flags = flags_of(settings)
    assistant = opened(workspace, settings)
    shown = load_settings(workspace, **flags).model_dump(mode="json", exclude={"llm_api_key", "llm_base_url"})
    with progress_bar() as progress:
        evaluation = evaluate_workspace(
            assistant,
            workspace,
            file,
            settings=shown,
            accept=accept,
            progress=lambda done, total: progress("Đánh giá", done, total),
        )
    if as_json:
        _print_json(evaluation.to_json())
    else:
        print("\n".join(evaluation.lines()))
    return 0 if evaluation.passed else 1


@app.command("documents")
def documents_command(
    kind: options.KindOption = "",
    issuer: options.IssuerOption = "",
    state: options.StateOption = "",
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> int:
    """Liệt kê các văn bản trong kho, kèm số hiệu, ngày và hiệu lực."""
    assistant = opened(workspace, None, Wanted(kind, issuer, state, since, until, as_of))
    rows = [document_row(assistant, document) for document in assistant.documents()]
    if as_json:
        _print_json(rows)
    else:
        print("\n".join(list_lines(rows, assistant.fingerprints.get("scope", ""))))
    return 0


@app.command("show")
def show_command(
    document_id: Annotated[str, typer.Argument(metavar="DOCUMENT_ID", help="Mã văn bản, xem: cancu documents.")],
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> int:
    """In văn bản đúng như các vị trí trích dẫn đếm trên đó."""
    assistant = opened(workspace, None, Wanted(as_of=as_of))
    document = assistant.document(text_of(document_id))
    if as_json:
        _print_json(document_details(assistant, document))
    else:
        sys.stdout.write(document.text + "\n" * sys.stdout.isatty())  # to programs exactly the text
    return 0


@app.command("chat")
def chat_command(
    host: Annotated[str, typer.Option("--host", help="Địa chỉ phục vụ.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Cổng.")] = 7860,
    workspace: WorkspaceOption = Path(),
    settings: SetOption = None,
) -> int:
    """Mở trang hỏi đáp trên trình duyệt."""
    assistant = opened(workspace, settings)
    from assistant.chat.app import serve

    serve(assistant, host=host, port=port, workspace=workspace, flags=flags_of(settings))
    return 0


@app.command("init")
def init_command(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục làm việc mới.")]) -> int:
    """Tạo thư mục làm việc mới với kho văn bản, mẫu lời nhắc và bộ mã hóa mặc định."""
    from assistant.workspace import init_workspace

    init_workspace(folder)
    print(f"Đã tạo {folder}. Tiếp theo: cd {folder} && cancu index && cancu chat")
    return 0
