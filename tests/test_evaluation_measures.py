"""Evaluation: what an answer costs its reader, what is refused, what typing without diacritics loses, confidence."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from evaluating import AREA, GOALS, PEOPLE, FakeAsker, abstaining, asked, gold, judged, quoting, write_set

from assistant.errors import MissingExtra
from assistant.evaluation import pictures, workspace
from assistant.evaluation.averages import Score
from assistant.evaluation.confidence import Bin, reliability, risk_coverage
from assistant.evaluation.failures import failure_lines, stripped_line
from assistant.evaluation.judging import Judgement, Verdict, count_words, judge
from assistant.evaluation.measures import scores
from assistant.evaluation.questions import load_questions
from assistant.evaluation.report import Report, make_report
from assistant.evaluation.runner import evaluate
from assistant.evaluation.tables import interval, markdown, number
from assistant.evaluation.workspace import evaluate_workspace, read_gates
from assistant.types import Turn

RIGHT, WRONG, UNFOUNDED = Verdict.RIGHT, Verdict.WRONG, Verdict.UNFOUNDED
REFUSED, REFUSED_RIGHTLY = Verdict.ABSTAINED_WRONGLY, Verdict.ABSTAINED_RIGHTLY


def score(name: str, judgements: Sequence[Judgement]) -> Score:
    return {found.name: found for found in scores(judgements)}[name]


def made(*judgements: Judgement) -> Report:
    return make_report("set.jsonl", "2026-11-22T00:00:00", judgements, settings={}, fingerprints={})


# --- refusals ---


def test_false_answers_are_of_the_unanswerable_and_false_refusals_of_the_answerable() -> None:
    asked_all = [judged(v) for v in (RIGHT, WRONG, REFUSED, REFUSED, REFUSED_RIGHTLY, UNFOUNDED, UNFOUNDED)]
    refusals, answers = score("false_refusals", asked_all), score("false_answers", asked_all)
    assert (refusals.value, refusals.n) == (pytest.approx(2 / 4), 4)
    assert (answers.value, answers.n) == (pytest.approx(2 / 3), 3)


# --- length ---


def test_words_are_what_a_reader_reads_without_references() -> None:
    assert count_words("Nghị quyết 57-NQ/TW: tăng 15,47 % – «ngay».") == 6
    judgement = judge(gold(("15,47",)), quoting(AREA), FakeAsker({}).document)
    assert judgement.words == len("Khu công nghệ có diện tích 15,47 ha".split())


def test_the_median_length_is_of_the_answers_given_lists_apart() -> None:
    judgements = [
        *(judged(RIGHT, words=words) for words in (10, 14, 90)),
        judged(UNFOUNDED, words=20),
        judged(RIGHT, words=200, kind="list"),
        judged(REFUSED, words=1),
    ]
    words, lists = score("median_words", judgements), score("median_words_list", judgements)
    assert (words.value, words.n) == ((14 + 20) / 2, 4)
    assert (words.low, words.high) == (10, 90)
    assert (lists.value, lists.low, lists.high, lists.n) == (200, 200, 200, 1)
    assert score("median_words", [judged(REFUSED, words=1)]).value is None


def test_the_interval_of_a_median_narrows_with_the_number_of_answers() -> None:
    def width(times: int) -> float:
        found = score("median_words", [judged(RIGHT, words=words) for words in range(1, 102)] * times)
        assert found.low is not None
        assert found.high is not None
        assert found.value == 51
        return found.high - found.low

    # The median of a uniform spread of 101 words has a standard error of 101 / (2 * sqrt(n)).
    assert width(1) == pytest.approx(2 * 1.96 * 101 / (2 * 101**0.5), rel=0.25)
    assert width(16) == pytest.approx(2 * 1.96 * 101 / (2 * 1616**0.5), rel=0.25)


# --- typed without diacritics ---


def test_what_is_lost_without_diacritics_is_a_paired_difference_over_the_answerable() -> None:
    judgements = [
        judged(RIGHT, stripped=RIGHT),
        judged(RIGHT, stripped=WRONG),
        judged(RIGHT, stripped=REFUSED),
        judged(WRONG, stripped=RIGHT),
        judged(WRONG, stripped=REFUSED),
        judged(REFUSED_RIGHTLY, stripped=UNFOUNDED),
        judged(RIGHT),
    ]
    accuracy, difference = score("stripped_accuracy", judgements), score("stripped_difference", judgements)
    assert (accuracy.value, accuracy.n) == (pytest.approx(2 / 5), 5)
    assert (difference.value, difference.n) == (pytest.approx(2 / 5 - 3 / 5), 5)
    assert difference.low is not None
    assert difference.high is not None
    assert difference.low < 2 / 5 - 3 / 5 < 0 < difference.high
    assert score("stripped_changed", judgements).value == pytest.approx(5 / 6)
    assert stripped_line(judgements) == (
        "Gõ không dấu: 5 trên 6 câu đổi kết luận (3 kém đi, 1 tốt lên, 1 sai cách khác)."
    )


def test_a_paired_difference_is_known_better_than_its_halves() -> None:
    pairs = [judged(RIGHT, stripped=RIGHT)] * 50 + [judged(WRONG, stripped=WRONG)] * 50
    difference = score("stripped_difference", pairs)
    assert (difference.low, difference.value, difference.high) == (0, 0, 0)


def test_every_question_is_asked_again_without_diacritics_and_judged_by_what_comes_back(tmp_path: Path) -> None:
    lines = (
        asked("q1", "Rộng bao nhiêu?", ["15,47"], history=[{"question": "Đất ở đâu?", "answer": "Ở Bình Dương."}]),
        asked("q2", "Ai lam?", answerable=False),
    )
    replies = {"Rộng bao nhiêu?": quoting(AREA), "Rong bao nhieu?": quoting(PEOPLE), "Ai lam?": abstaining()}
    asker = FakeAsker(replies)
    asker.replies["Rong bao nhieu?"] = quoting(PEOPLE)
    report = evaluate(asker, load_questions(write_set(tmp_path / "set.jsonl", *lines), asker.document))
    assert [(j.verdict, j.stripped) for j in report.judgements] == [
        (RIGHT, WRONG),
        (REFUSED_RIGHTLY, REFUSED_RIGHTLY),
    ]
    assert asker.asked == [
        ("Rộng bao nhiêu?", (Turn("Đất ở đâu?", "Ở Bình Dương."),)),
        ("Rong bao nhieu?", (Turn("Dat o dau?", "Ở Bình Dương."),)),
        ("Ai lam?", ()),
    ]


# --- confidence ---

SORTED = (
    judged(RIGHT, confidence=0.95),
    judged(RIGHT, confidence=0.9),
    judged(WRONG, confidence=0.7),
    judged(RIGHT, confidence=0.55),
    judged(REFUSED, confidence=0.3),
)


def test_the_risk_at_each_coverage_is_the_share_of_wrong_answers_let_through() -> None:
    assert risk_coverage(SORTED) == [
        (1 / 5, 0),
        (2 / 5, 0),
        (3 / 5, pytest.approx(1 / 3)),
        (4 / 5, pytest.approx(1 / 4)),
    ]
    area = score("AURC", SORTED)
    assert (area.value, area.n) == (pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4), 4)


def test_a_confidence_that_sorts_right_before_wrong_has_less_risk() -> None:
    well = [judged(RIGHT, confidence=0.9), judged(WRONG, confidence=0.8)]
    badly = [judged(WRONG, confidence=0.9), judged(RIGHT, confidence=0.8)]
    assert score("AURC", well).value == pytest.approx((0 + 1 / 2) / 2)
    assert score("AURC", badly).value == pytest.approx((1 + 1 / 2) / 2)


def test_answers_of_the_same_confidence_are_let_through_together_in_whatever_order() -> None:
    tied = [judged(RIGHT, confidence=0.8), judged(WRONG, confidence=0.8), judged(WRONG, confidence=0.5)]
    for order in (tied, tied[::-1]):
        assert risk_coverage(order) == [(2 / 3, 1 / 2), (1, 2 / 3)]
        assert score("AURC", order).value == pytest.approx((1 / 2 + 1 / 2 + 2 / 3) / 3)


def test_the_risk_of_nothing_answered_has_no_value() -> None:
    assert score("AURC", [judged(REFUSED)]).value is None
    assert risk_coverage([judged(REFUSED)]) == []
    assert reliability([judged(REFUSED)]) == []


def test_the_reliability_is_of_tenths_of_confidence() -> None:
    found = reliability([*SORTED, judged(WRONG, confidence=1.0)])
    assert found == [
        Bin(0.55, 1, 1),
        Bin(0.7, 0, 1),
        Bin(pytest.approx((0.95 + 0.9 + 1.0) / 3), pytest.approx(2 / 3), 3),
    ]
    ece = sum(b.n * abs(b.right - b.confidence) for b in found) / 5
    assert score("ECE", [*SORTED, judged(WRONG, confidence=1.0)]).value == pytest.approx(ece)


def test_the_pictures_are_the_same_bytes_each_time_and_say_in_vietnamese_what_they_show() -> None:
    pytest.importorskip("matplotlib")
    drawn = pictures.draw(made(*SORTED))
    assert drawn == pictures.draw(made(*SORTED))
    assert drawn != pictures.draw(made(*SORTED[:4]))
    assert drawn.keys() == pictures.PICTURES.keys()
    for name, svg in drawn.items():
        told = " ".join(ET.fromstring(svg).itertext())
        assert pictures.PICTURES[name] in told
        assert "2026" not in svg
        assert len(svg) < 40_000
    assert "AURC = 0,146, 4 câu đã trả lời" in drawn["risk-coverage"]
    assert "Độ tin cậy đã nêu" in drawn["reliability"]


def test_pictures_of_a_run_without_an_answer_are_empty_and_no_error() -> None:
    pytest.importorskip("matplotlib")
    assert all("<svg" in svg for svg in pictures.draw(made(judged(REFUSED))).values())


def test_the_pictures_are_kept_beside_the_baseline_and_those_of_another_run_never_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    file = write_set(tmp_path / "eval" / "originals.jsonl", asked("q1", "Rộng bao nhiêu?", ["15,47"]))
    asker, reports = FakeAsker({"Rộng bao nhiêu?": quoting(AREA)}), tmp_path / "eval" / "reports"
    accepted = evaluate_workspace(asker, tmp_path, file, accept=True)
    drawn = {f"baseline-originals-{name}.svg" for name in ("risk-coverage", "reliability")}
    assert {path.name for path in reports.iterdir()} == {"baseline-originals.json", "baseline-originals.md", *drawn}
    page = (reports / "baseline-originals.md").read_text(encoding="utf-8")
    assert all(f"]({name})" in page for name in drawn)
    assert accepted.notes == ()

    def not_installed(_: Report) -> dict[str, str]:
        raise MissingExtra("vẽ hình (matplotlib)", "dev")

    monkeypatch.setattr(workspace, "draw", not_installed)
    again = evaluate_workspace(asker, tmp_path, file, accept=True)
    assert {path.name for path in reports.iterdir()} == {"baseline-originals.json", "baseline-originals.md"}
    assert ".svg" not in (reports / "baseline-originals.md").read_text(encoding="utf-8")
    assert "pip install 'cancu[dev]'" in again.lines()[-1]


# --- the page ---


def test_each_failure_is_told_with_what_was_missing_but_the_test_part_only_in_numbers(tmp_path: Path) -> None:
    lines = [
        asked("q1", "Mục tiêu là gì?", ["hạ tầng"], ["thể chế", "chế định"], quotes=[AREA], split="dev"),
        asked("q2", "Ai làm giám đốc?", answerable=False, split="dev"),
        asked("q3", "Câu giấu kín?", ["220"], split="test"),
        asked("q4", "Câu giữ kín?", ["220"], split="test"),
    ]
    replies = {
        "Mục tiêu là gì?": quoting(GOALS, confidence=0.75),
        "Ai làm giám đốc?": quoting(AREA),
        "Câu giấu kín?": quoting(AREA),
        "Câu giữ kín?": abstaining(),
    }
    asker = FakeAsker(replies)
    report = evaluate(asker, load_questions(write_set(tmp_path / "set.jsonl", *lines), asker.document))
    told = "\n".join(failure_lines(report.judgements))
    assert "Phần `dev`: 2 trên 2 câu chưa đúng (1 sai hoặc thiếu, 1 trả lời không có căn cứ)." in told
    assert "- `q1` (sai hoặc thiếu): Mục tiêu là gì?\n  - thiếu 1 trên 2 ý: thể chế\n" in told
    assert "  - dẫn được 0 trên 1 căn cứ\n  - không tìm thấy đoạn có căn cứ\n" in told
    assert f"  - đã trả lời (độ tin cậy 0,75): «{GOALS}» [1]" in told
    assert "- `q2` (trả lời không có căn cứ): Ai làm giám đốc?\n  - văn bản không nêu điều này\n" in told
    assert "Phần `test`: 2 trên 2 câu chưa đúng (1 sai hoặc thiếu, 1 từ chối nhầm)." in told
    assert not any(secret in told for secret in ("q3", "q4", "kín", "220"))
    assert told in markdown(report, None, ())


def test_a_right_answer_that_fails_without_diacritics_is_named() -> None:
    found = [judged(RIGHT, id="a", split="dev", stripped=REFUSED), judged(RIGHT, id="b", split="dev", stripped=RIGHT)]
    assert "- Đúng khi gõ có dấu, hỏng khi gõ không dấu: `a`" in list(failure_lines(found))


def test_the_page_has_the_milliseconds_of_each_part_and_the_baseline_has_none(tmp_path: Path) -> None:
    report = made(judged(RIGHT, seconds=0.01, split="dev"), judged(WRONG, seconds=0.03, difficulty="easy"))
    assert report.milliseconds["all"]["p50"] == pytest.approx((10 + 30) / 2)
    assert "| độ khó `easy` | 1 | 30,0 | 30,0 |" in markdown(report, None, ())
    assert "milliseconds" in report.to_json()
    assert "milliseconds" not in report.to_baseline()


def test_a_number_is_written_with_a_comma_and_no_more_places_than_it_bears() -> None:
    assert [number(v) for v in (0.5, -0.0125, 38.0, None)] == ["0,500", "-0,013", "38,0", "–"]
    assert interval(Score("median_words", 38, 31.5, 44.0, 9)) == "(32–44)"
    assert interval(Score("answer_accuracy", 0.5, 0.25, 0.75, 9)) == "(0,25–0,75)"


def test_each_set_is_held_to_its_own_gates(tmp_path: Path) -> None:
    write_set(tmp_path / "eval" / "questions.jsonl")
    (tmp_path / "eval" / "gates.toml").write_text(
        "[gates]\nanswer_accuracy = 0.6\n[gates-originals]\nmedian_words = 3\n", encoding="utf-8"
    )
    file = write_set(tmp_path / "eval" / "originals.jsonl", asked("q1", "Rộng bao nhiêu?", ["220"]))
    asker = FakeAsker({"Rộng bao nhiêu?": quoting(AREA)})
    (missed,) = evaluate_workspace(asker, tmp_path, file).missed
    assert (missed.name, missed.value) == ("median_words", 8)
    assert read_gates(tmp_path) == read_gates(tmp_path, tmp_path / "other.jsonl") == {"answer_accuracy": 0.6}
    (missed,) = evaluate_workspace(
        asker, tmp_path, write_set(tmp_path / "other.jsonl", asked("q1", "Rộng bao nhiêu?", ["220"]))
    ).missed
    assert missed.name == "answer_accuracy"


def test_verdicts_of_the_second_pass_leave_the_baseline_to_the_first() -> None:
    report = made(judged(RIGHT, stripped=RIGHT))
    other = make_report(
        "set.jsonl", report.made, [replace(report.judgements[0], stripped=WRONG)], settings={}, fingerprints={}
    )
    assert other.to_baseline()["questions"] == report.to_baseline()["questions"]
    assert other.to_baseline()["scores"] != report.to_baseline()["scores"]
