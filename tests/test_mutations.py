"""The tests of retrieval, citation check and abstention fail when these are taken away, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutations import MUTATIONS, Mutation, copy_program, is_noticed, python, run_tests


def test_the_tests_pass_on_a_copy_that_nothing_was_taken_from(tmp_path: Path) -> None:
    program = copy_program(tmp_path)
    where = python(program, "-c", "import assistant; print(assistant.__file__)").stdout.strip()
    assert Path(where).is_relative_to(program)
    done = run_tests(program, *dict.fromkeys((mutation.file, mutation.test) for mutation in MUTATIONS))
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name.replace(" ", "-"))
def test_a_part_that_is_taken_away_is_missed(mutation: Mutation) -> None:
    assert is_noticed(mutation)
