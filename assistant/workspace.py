"""Makes a new workspace from the defaults that the program carries; knows no index and no settings' meaning."""

from __future__ import annotations

import shutil
from pathlib import Path

from assistant.errors import CancuError, UsageError

_PARTS = ("corpus", "prompts", "index/encoder", "eval/questions.jsonl")
_SETTINGS = """# Thiết lập của thư mục làm việc này; bỏ dấu # để đổi. Sai tên thì chương trình liệt kê các tên có.
# top_k = 8
# dense_weight = 0.3
# allow_upload = true
# llm_base_url = "http://127.0.0.1:8000/v1"
# llm_model = "ten-mo-hinh"
"""
_IGNORED = "/index/snapshots/\n/index/cache/\n/index/CURRENT*\n/index/.lock\n/eval/runs/\n*.progress.jsonl\n"


def defaults_folder() -> Path:
    """Where the defaults lie: inside the installed package, or the repository that the package is run from."""
    packaged = Path(__file__).parent / "defaults"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


def init_workspace(folder: Path) -> None:
    """Fills a new or empty folder. Raises UsageError where something is in the way."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"«{folder}» đã có nội dung. Hãy chọn thư mục mới hoặc thư mục trống.")
    source = defaults_folder()
    missing = [part for part in _PARTS if not (source / part).exists()]
    if missing:
        raise CancuError(
            f"Bản cài thiếu phần mặc định: {', '.join(missing)}. Hãy cài lại: pip install --force-reinstall cancu"
        )
    try:
        for part in _PARTS:
            _copy(source / part, folder / part)
        (folder / "cancu.toml").write_text(_SETTINGS, encoding="utf-8")
        (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Không ghi được vào «{folder}» ({error.strerror or error}).") from error


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
