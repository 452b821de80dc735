import re
import subprocess
import sys
from pathlib import Path

from assistant.settings import Settings


def test_the_numbers_of_the_readme_are_those_of_the_committed_baseline(root: Path) -> None:
    assert subprocess.run([sys.executable, root / "docs" / "readme_numbers.py", "--check"], check=False).returncode == 0


def test_the_defaults_that_the_readme_tells_are_those_of_the_settings(root: Path) -> None:
    told = dict(
        re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert len(told) >= 5
    assert {name: float(value) for name, value in told.items()} == {
        name: float(Settings.model_fields[name].default) for name in told
    }


def test_files_that_the_readme_links_to_exist(root: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (root / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (root / link).exists()] == []
