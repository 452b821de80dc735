"""Makes docs/chat.png, the README's picture of the chat: the shipped documents, one question, its citation open.

    python docs/screenshot.py [OUT]

Needs Chromium and the extra [dev].
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from assistant import open_assistant
from assistant.chat.app import start
from assistant.wiring import build_index

ROOT = Path(__file__).parent.parent
QUESTION = "khu cntt tap trung binh duong rong bao nhieu hecta"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = new_workspace(Path(folder))
        app, address = start(open_assistant(workspace), port=free_port(), workspace=workspace)
        try:
            take(address, out)
        finally:
            app.close(verbose=False)
    print(out)


def new_workspace(folder: Path) -> Path:
    for part in ("corpus", "index/encoder"):
        shutil.copytree(ROOT / part, folder / part)
    build_index(folder)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def take(address: str, out: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
        page.goto(address)
        page.wait_for_function("document.documentElement.lang === 'vi'")
        ask(page, QUESTION)
        page.locator("#can-cu details[open] mark").wait_for()
        page.evaluate("document.activeElement.blur()")
        page.screenshot(path=str(out))
        browser.close()


def ask(page: Page, question: str) -> None:
    page.locator("#cau-hoi textarea").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_selector("#hoi-thoai .cc-actions")
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "chat.png")
