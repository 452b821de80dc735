"""With the network cut off and empty caches: indexing, asking and the page work, and nothing even tries to get out."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import assistant

PROGRAM = Path(assistant.__file__).parents[1]
AREA = "Khu công nghệ thông tin tập trung Bình Dương rộng bao nhiêu?"

# Imported by every Python process under test: writes down whoever is called, and lets only this machine be called.
WATCH = """
import os, sys

LOCAL = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if host and not host.startswith(LOCAL):
        with open(os.environ["CALLS"], "a") as calls:
            calls.write(f"{event} {host}\\n")
        raise OSError(f"no network: {host}")

sys.addaudithook(watch)
"""

# Runs inside the cut-off place; prints one JSON object.
SESSION = """
import json, os, subprocess, sys, time, urllib.request
from pathlib import Path

def cancu(*arguments):
    return subprocess.run([sys.executable, "-m", "assistant", *arguments], capture_output=True, text=True)

def page(port):
    command = [sys.executable, "-m", "assistant", "chat", "--port", port]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            if server.poll() is not None:
                return server.stderr.read().decode()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as reply:
                    text = reply.read().decode()
                time.sleep(2)  # what a thread wants to send home, it sends now
                return text
            except OSError:
                time.sleep(0.1)
    finally:
        server.terminate()
        server.wait()

index, ask, shown = cancu("index"), cancu("ask", sys.argv[1], "--json"), page(sys.argv[2])
done = {"index": [index.returncode, index.stderr], "ask": [ask.returncode, ask.stdout, ask.stderr], "page": shown}
"""

# The same place, but something does call out: Python code, and a program that is none.
CALL_OUT = """
import json, subprocess, sys
from pathlib import Path
call = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)"
done = {"python": subprocess.run([sys.executable, "-c", call], stderr=subprocess.DEVNULL).returncode}
subprocess.run(["bash", "-c", "exec 3<>/dev/udp/192.0.2.1/53"], stderr=subprocess.DEVNULL)
"""

# How often the kernel of this network namespace was asked for a way out that it doesn't have.
TELL = """
names, values = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")]
print(json.dumps(done | {"unroutable": int(dict(zip(names, values))["OutNoRoutes"])}))
"""


def can_cut_off() -> bool:
    """Whether this machine lets a user make a network namespace that holds nothing but the loopback device."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


@dataclass(frozen=True)
class Session:
    done: dict[str, Any]
    calls: list[str]
    left: list[str]


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def run_session(workspace: Path, folder: Path, script: str) -> Session:
    """Runs the script in a copy of the workspace, with an empty home and, where that can be had, no network."""
    home, watch, copy = folder / "home", folder / "watch", folder / "w"
    home.mkdir()
    watch.mkdir()
    shutil.copytree(workspace, copy, symlinks=True)
    (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    caches = ("HF_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TORCH_HOME", "TIKTOKEN_CACHE_DIR", "MPLCONFIGDIR")
    env = kept | {name: str(home / name.lower()) for name in caches}
    env |= {"HOME": str(home), "TMPDIR": str(folder), "CALLS": str(folder / "calls"), "PYTHONDONTWRITEBYTECODE": "1"}
    env["PYTHONPATH"] = f"{watch}{os.pathsep}{PROGRAM}"
    python = [sys.executable, "-c", script + TELL, AREA, str(free_port())]
    cut = ["unshare", "-rn", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"] if can_cut_off() else []
    done = subprocess.run([*cut, *python], cwd=copy, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    calls = folder / "calls"
    return Session(
        json.loads(done.stdout),
        calls.read_text(encoding="utf-8").splitlines() if calls.exists() else [],
        sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()),
    )


@pytest.fixture(scope="module")
def session(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    return run_session(bare_workspace, tmp_path_factory.mktemp("offline"), SESSION)


def test_indexing_and_asking_work_with_the_network_cut_off(session: Session) -> None:
    assert session.done["index"][0] == 0, session.done["index"]
    code, out, err = session.done["ask"]
    assert (code, err) == (0, "")
    assert "15,47" in json.loads(out)["answer"]


def test_the_page_is_served_with_the_network_cut_off(session: Session) -> None:
    assert "Căn Cứ" in session.done["page"]
    assert "gradio" in session.done["page"]


def test_nothing_tries_to_get_out(session: Session) -> None:
    assert session.calls == []
    if can_cut_off():
        assert session.done["unroutable"] == 0


def test_nothing_is_kept_in_the_home_folder(session: Session) -> None:
    assert session.left == []


def test_the_page_loads_nothing_from_elsewhere(session: Session) -> None:
    """What the browser would fetch while the page opens; links that a person must click don't count."""
    page = session.done["page"]
    fetched = re.findall(r"<(?:script|img|iframe)\b[^>]*?\bsrc=[\"']?(https?://[^\"'\s>]+)", page)
    fetched += [
        address
        for tag in re.findall(r"<link\b[^>]*>", page)
        if re.search(r"rel=[\"']?(?:stylesheet|preload|modulepreload|preconnect|dns-prefetch|icon|manifest)", tag)
        for address in re.findall(r"href=[\"']?(https?://[^\"'\s>]+)", tag)
    ]
    assert [address for address in fetched if "127.0.0.1" not in address] == []


def test_an_attempt_to_get_out_would_be_seen(bare_workspace: Path, tmp_path: Path) -> None:
    seen = run_session(bare_workspace, tmp_path, CALL_OUT)
    assert seen.done["python"] == 1
    assert seen.calls
    assert all(call.endswith(" 192.0.2.1") for call in seen.calls)
    if can_cut_off():
        assert seen.done["unroutable"] == 1
