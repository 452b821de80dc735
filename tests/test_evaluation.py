"""Evaluation: what is right, what it averages to, what changed, which gate was missed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log2
from pathlib import Path
from typing import Any

import pytest
from evaluating import (
    AREA,
    GOALS,
    PARK,
    PEOPLE,
    FakeAsker,
    abstaining,
    asked,
    citation,
    gold,
    hit,
    judged,
    place,
    quoting,
    write_set,
)

from assistant.errors import EvaluationError, InputFileError
from assistant.evaluation.averages import Score
from assistant.evaluation.baseline import compare, parse_baseline
from assistant.evaluation.gates import missed_gates, parse_gates, unmeasured_gates
from assistant.evaluation.judging import Judgement, Verdict, holds, judge
from assistant.evaluation.measures import rank, ranked_items, scores
from assistant.evaluation.places import fingerprint, quote_places
from assistant.evaluation.questions import load_questions
from assistant.evaluation.report import Report, make_report
from assistant.evaluation.runner import evaluate
from assistant.evaluation.tables import terminal_lines
from assistant.evaluation.workspace import Evaluation, evaluate_workspace
from assistant.types import Answer, Document, Span, Turn


def located(tmp_path: Path, **evidence: str) -> tuple[tuple[Span, ...], ...]:
    line = asked("q1", "Hỏi gì?", ["220"]) | {"evidence": [{"document_id": "khu"} | evidence]}
    return load_questions(write_set(tmp_path / "set.jsonl", line), FakeAsker({}).document)[0].evidence


# --- gold strings ---


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Có 15 khu.", "5", False),
        ("Có 5 khu.", "5", True),
        ("Rộng 15,47 ha.", "15", False),
        ("Rộng 15,47 ha.", "47", False),
        ("Rộng 15,47 ha.", "15,47 HA", True),
        ("Tăng 50%.", "50", True),
        ("Tăng 50.", "50%", False),
        ("Giao đất cho xã.", "đạt", False),
        ("Theo Nghị quyết số 57-NQ/TW.", "nghị quyết 57", False),
        ("Theo Nghị quyết số 57-NQ/TW.", "57 NQ TW", True),
        ("Sở Khoa ho\u0323c", "khoa học", True),
    ],
)
def test_a_gold_string_stands_in_a_text_as_whole_words_with_its_marks(text: str, wanted: str, found: bool) -> None:
    assert holds(text, wanted) is found


def test_the_number_of_a_reference_answers_nothing() -> None:
    answer = replace(quoting(AREA), text=f"«{AREA}» [5]", citations=(citation(AREA, 5),))
    assert judge(gold(("5",)), answer, FakeAsker({}).document).verdict is Verdict.WRONG
    quoted = replace(answer, text="Xem phụ lục [7] của văn bản. [5]")
    assert judge(gold(("7",)), quoted, FakeAsker({}).document).verdict is Verdict.RIGHT


def test_an_answer_is_right_with_one_string_of_every_group_and_complete_by_the_share_of_groups() -> None:
    wanted = gold(("hạ tầng",), ("số liệu", "dữ liệu"), ("thể chế",))
    found = judge(wanted, quoting(GOALS), FakeAsker({}).document)
    assert (found.verdict, found.groups_found, found.groups) == (Verdict.WRONG, 2, 3)
    assert judge(gold(*wanted.answers[:2]), quoting(GOALS), FakeAsker({}).document).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    ("answerable", "answer", "verdict"),
    [
        (True, abstaining(), Verdict.ABSTAINED_WRONGLY),
        (False, abstaining(), Verdict.ABSTAINED_RIGHTLY),
        (False, quoting(AREA), Verdict.UNFOUNDED),
    ],
)
def test_an_abstention_is_judged_by_whether_the_documents_tell(
    answerable: bool, answer: Answer, verdict: Verdict
) -> None:
    wanted = gold(("15,47",), answerable=True) if answerable else gold(answerable=False)
    assert judge(wanted, answer, FakeAsker({}).document).verdict is verdict


def test_an_abstention_that_mentions_the_gold_string_has_found_nothing() -> None:
    answer = replace(abstaining(), text="Không rõ 15,47 ha là gì.")
    assert judge(gold(("15,47",)), answer, FakeAsker({}).document).groups_found == 0


# --- citations ---


def test_evidence_counts_as_cited_from_half_of_it_on_and_citations_add_up() -> None:
    whole = place("0123456789", document := Document("khu", "", "", "0123456789abc"))
    wanted = gold(("x",), evidence=((whole,),))

    def found(*pieces: tuple[int, int]) -> int:
        cited = tuple(replace(citation(AREA), start=a, end=b, quote=document.text[a:b]) for a, b in pieces)
        return judge(wanted, Answer("", "x", cited), lambda _: document).evidence_found

    assert [found((0, 4)), found((0, 5)), found((0, 3), (1, 4)), found((0, 3), (8, 13))] == [0, 1, 0, 1]


def test_a_quotation_one_letter_off_or_of_an_unknown_document_is_not_exact() -> None:
    true = citation(AREA)
    shifted, foreign = replace(true, start=true.start + 1), replace(true, document_id="khác")
    found = judge(gold(("15,47",)), Answer("", AREA, (true, shifted, foreign)), FakeAsker({}).document)
    assert (found.citations, found.citations_exact) == (3, 1)


def test_a_citation_is_correct_that_touches_evidence_or_holds_a_gold_string() -> None:
    wanted = gold(("15,47",), evidence=((place("hạ tầng, dữ liệu"),),))
    found = judge(wanted, quoting(AREA, PEOPLE, GOALS), FakeAsker({}).document)
    assert (found.citations, found.citations_correct) == (3, 2)


# --- locating evidence ---


def test_evidence_is_located_exactly_and_else_whatever_its_white_space(tmp_path: Path) -> None:
    broken = place("220 lao động\nvà 12 phòng")
    assert located(tmp_path, quote="diện tích 15,47 ha") == ((place("diện tích 15,47 ha"),),)
    assert located(tmp_path, quote="220  lao động và 12 phòng") == ((broken,),)
    assert located(tmp_path, quote="diê\u0323n tích") == ((place("diện tích"),),)


def test_every_place_of_a_repeated_quotation_counts() -> None:
    assert quote_places("ab. ab.", "ab.") == [(0, 3), (4, 7)]


def test_an_exact_place_goes_before_one_with_other_white_space() -> None:
    assert quote_places("abc, ab c", "ab c") == [(5, 9)]
    assert quote_places("abc, ab  c", "ab c") == [(0, 3), (5, 10)]


def test_a_fingerprint_locates_the_letters_that_it_stands_for_whatever_their_case_marks_and_lines(
    tmp_path: Path,
) -> None:
    assert located(tmp_path, fingerprint=fingerprint("MUC TIEU GOM ha tang du lieu va nhan luc")) == (
        (place(GOALS.removesuffix(".")),),
    )
    across = "12 phòng thí nghiệm.\n\nMục tiêu gồm"
    assert located(tmp_path, fingerprint=fingerprint("12 phòng thí nghiệm. Mục tiêu gồm")) == ((place(across),),)


@pytest.mark.parametrize("evidence", [{"quote": "diện tích 15,48 ha"}, {"fingerprint": "20-0123456789abcdef"}])
def test_evidence_that_cannot_be_located_is_an_error_naming_question_and_quotation(
    tmp_path: Path, evidence: dict[str, str]
) -> None:
    with pytest.raises(EvaluationError) as error:
        located(tmp_path, **evidence)
    assert "«q1»" in error.value.message
    assert next(iter(evidence.values())) in error.value.message


def test_evidence_in_a_document_that_is_not_indexed_is_an_error_naming_it(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="«vắng»"):
        located(tmp_path, document_id="vắng", quote="x")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "q1"', "dòng 2"),
        ('{"id": "q1", "question": "Hỏi?"}', '"answerable": false'),
        ('{"id": "q1", "question": "Hỏi?", "answers": ["220"]}', "answers.0"),
        ('{"id": "q1", "question": "Hỏi?", "answers": [["…"]]}', "chữ hoặc số"),
        ('{"id": "q1", "question": "Hỏi?", "answerable": false, "answers": [["1"]]}', "không trả lời được"),
        ('{"id": "q1", "question": "Hỏi?", "answers": [["1"]], "difficulty": "khó"}', "difficulty"),
        (
            '{"id": "q1", "question": "Hỏi?", "answers": [["1"]], '
            '"evidence": [{"document_id": "khu", "fingerprint": "0123456789abcdef"}]}',
            "python -m assistant.sealing",
        ),
        ('{"id": "q1", "question": "Hỏi?", "answers": [["1"]], "evidance": []}', 'có phải "evidence"?'),
        ('{"id": "q0", "question": "Hỏi?", "answers": [["1"]]}', "bị trùng"),
    ],
)
def test_a_line_that_is_no_question_is_an_error_that_says_what_is_wrong(tmp_path: Path, line: str, told: str) -> None:
    file = write_set(tmp_path / "set.jsonl", asked("q0", "Hỏi gì?", ["1"]))
    file.write_text(file.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(EvaluationError) as error:
        load_questions(file, FakeAsker({}).document)
    assert told in error.value.message


def test_a_key_of_somebodys_own_is_left_alone(tmp_path: Path) -> None:
    file = write_set(tmp_path / "set.jsonl", asked("q1", "Hỏi gì?", ["220"], checked=True))
    assert [question.id for question in load_questions(file, FakeAsker({}).document)] == ["q1"]


def test_a_missing_set_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="«vắng"):
        load_questions(tmp_path / "vắng.jsonl", FakeAsker({}).document)


# --- ranking ---


def test_the_ranking_measures_are_the_textbooks_over_evidence_found_by_chunks() -> None:
    wanted = gold(("x",), evidence=((place(PEOPLE),), (place(GOALS),)))
    found = rank(wanted, [hit(AREA), hit(PEOPLE), hit(PEOPLE)])
    assert found["Success@1"] == 0
    assert found["Success@5"] == 1
    assert found["RR@10"] == pytest.approx(1 / 2)
    assert found["R@10"] == pytest.approx(1 / 2)
    assert found["nDCG@10"] == pytest.approx((1 / log2(3)) / (1 / log2(2) + 1 / log2(3)))


def test_a_chunk_that_finds_two_pieces_takes_two_places_and_one_that_repeats_finds_nothing_new() -> None:
    wanted = gold(("x",), evidence=((place(PEOPLE),), (place(GOALS),)))
    items = ranked_items(wanted, [hit(f"{PEOPLE}\n\n{GOALS}"), hit(GOALS)])
    assert items == ["evidence 0", "evidence 1", "chunk 1"]


def test_a_search_that_finds_nothing_counts_as_zero_and_not_as_missing() -> None:
    wanted = gold(("x",), evidence=((place(PEOPLE),),))
    assert rank(wanted, []) == dict.fromkeys(("Success@1", "Success@5", "Success@10", "RR@10", "nDCG@10", "R@10"), 0.0)


def test_a_chunk_finds_evidence_of_its_own_document_only() -> None:
    twin = replace(PARK, id="khác")
    wanted = gold(("x",), evidence=((place(PEOPLE),),))
    assert rank(wanted, [hit(PEOPLE, twin)])["Success@10"] == 0


# --- averages ---


FIVE = (
    judged(
        Verdict.RIGHT,
        id="a",
        groups=1,
        groups_found=1,
        citations=3,
        citations_exact=3,
        citations_correct=1,
        confidence=0.95,
    ),
    judged(
        Verdict.WRONG,
        id="b",
        groups=4,
        groups_found=3,
        citations=1,
        citations_exact=0,
        citations_correct=1,
        confidence=0.75,
    ),
    judged(Verdict.ABSTAINED_WRONGLY, id="c", groups=1, evidence=2, confidence=0.4),
    judged(Verdict.ABSTAINED_RIGHTLY, id="d", confidence=0.2),
    judged(Verdict.UNFOUNDED, id="e", confidence=0.92),
)


def values(judgements: Sequence[Judgement]) -> dict[str, float | None]:
    return {score.name: score.value for score in scores(judgements)}


def ends(score: Score) -> tuple[float, float]:
    assert score.low is not None
    assert score.high is not None
    return score.low, score.high


def test_the_averages_are_shares_of_what_each_measure_asks_about() -> None:
    found = values(FIVE)
    assert found["answer_accuracy"] == pytest.approx(1 / 3)
    assert found["answer_precision"] == pytest.approx(1 / 3)
    assert found["list_completeness"] == pytest.approx((1 + 3 / 4 + 0) / 3)
    assert found["evidence_recall"] == pytest.approx(0 / 2)
    assert found["citation_exactness"] == pytest.approx(3 / 4)
    assert found["citation_correctness"] == pytest.approx(2 / 4)
    assert found["abstention_precision"] == pytest.approx(1 / 2)
    assert found["abstention_recall"] == pytest.approx(1 / 2)


def test_the_confidence_is_calibrated_over_the_answers_that_were_given() -> None:
    found = values(FIVE)
    top_bin, lower_bin = abs((1 - 0.95) + (0 - 0.92)), abs(0 - 0.75)
    assert found["ECE"] == pytest.approx((top_bin + lower_bin) / 3)
    assert found["Brier"] == pytest.approx((0.05**2 + 0.75**2 + 0.92**2) / 3)


def test_a_measure_that_nothing_bears_on_has_no_value() -> None:
    found = {score.name: score for score in scores([FIVE[3]])}
    assert found["answer_accuracy"].value is None
    assert found["answer_accuracy"].n == 0
    assert found["abstention_recall"].value == 1


def test_the_resamples_are_seeded_so_that_a_report_is_the_same_each_time() -> None:
    spread = [judged(Verdict.RIGHT, confidence=place / 41) for place in range(40)]
    assert scores(spread) == scores(spread)


def test_the_interval_holds_the_value_and_narrows_with_the_root_of_the_number_of_questions() -> None:
    few = [judged(Verdict.RIGHT)] * 6 + [judged(Verdict.WRONG)] * 4
    ten, many = scores(few)[0], scores(few * 16)[0]
    low, high = ends(ten)
    assert low < 0.6 < high
    # A proportion's interval is about 2 * 1.96 * sqrt(p q / n) wide, so 16 times the questions quarter it.
    narrow = 2 * 1.96 * (0.6 * 0.4 / 160) ** 0.5
    assert ends(many)[1] - ends(many)[0] == pytest.approx(narrow, rel=0.15)
    assert high - low == pytest.approx(4 * narrow, rel=0.2)


# --- a run ---

LINES = (
    asked("q1", "Rộng bao nhiêu?", ["15,47"], quotes=[AREA], split="dev", difficulty="hard"),
    asked(
        "q2", "Bao nhiêu lao động?", ["220"], quotes=[PEOPLE], history=[{"question": "Khu nào?", "answer": "Khu A."}]
    ),
    asked("q3", "Ai làm giám đốc?", answerable=False, kind="unanswerable"),
)
REPLIES = {
    "Rộng bao nhiêu?": quoting(AREA),
    "Bao nhiêu lao động?": replace(quoting(GOALS), understood="Khu A có bao nhiêu lao động?"),
    "Ai làm giám đốc?": abstaining(),
}
HITS = {"Rộng bao nhiêu?": [hit(AREA)], "Khu A có bao nhiêu lao động?": [hit(GOALS), hit(PEOPLE)]}


def a_report(tmp_path: Path, **replies: Answer) -> Report:
    asker = FakeAsker(
        REPLIES | {line["question"]: replies[line["id"]] for line in LINES if line["id"] in replies}, HITS
    )
    return evaluate(asker, load_questions(write_set(tmp_path / "set.jsonl", *LINES), asker.document), name="set.jsonl")


def test_a_run_asks_as_a_user_would_and_searches_a_follow_up_as_it_was_understood(tmp_path: Path) -> None:
    asker, seen = FakeAsker(REPLIES, HITS), list[tuple[int, int]]()
    questions = load_questions(write_set(tmp_path / "set.jsonl", *LINES), asker.document)
    report = evaluate(asker, questions, progress=lambda *step: seen.append(step))
    assert [question for question, _ in asker.asked] == [
        *("Rộng bao nhiêu?", "Rong bao nhieu?"),
        *("Bao nhiêu lao động?", "Bao nhieu lao dong?"),
        *("Ai làm giám đốc?", "Ai lam giam doc?"),
    ]
    assert asker.asked[2][1] == (Turn("Khu nào?", "Khu A."),)
    assert asker.asked[3][1] == (Turn("Khu nao?", "Khu A."),)
    assert asker.searched == ["Rộng bao nhiêu?", "Khu A có bao nhiêu lao động?"]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert report.overall["RR@10"].value == pytest.approx((1 + 1 / 2) / 2)
    assert report.overall["answer_accuracy"].value == pytest.approx(1 / 2)
    assert report.fingerprints == {"index": "aaaa"}


def test_the_averages_are_also_made_by_split_kind_and_difficulty(tmp_path: Path) -> None:
    report = a_report(tmp_path)
    assert list(report.scores) == [
        *("all", "split:dev", "split:test", "kind:factoid", "kind:unanswerable", "difficulty:hard"),
    ]
    assert [report.scores[part][0].value for part in report.scores] == [1 / 2, 1, 0, 1 / 2, None, 1]


def test_the_seconds_are_the_median_and_the_95th_percentile() -> None:
    slow = [judged(Verdict.RIGHT, seconds=second) for second in (0.1, 0.2, 0.3, 0.4, 0.9)]
    report = make_report("", "2026-11-22", slow, settings={}, fingerprints={})
    assert report.seconds["p50"] == pytest.approx(0.3)
    assert report.seconds["p95"] == pytest.approx(0.4 + 0.8 * (0.9 - 0.4))


# --- baseline ---


def test_a_question_is_better_or_worse_by_the_most_important_thing_that_differs(tmp_path: Path) -> None:
    before = a_report(tmp_path)
    baseline = parse_baseline(json.dumps(before.to_baseline()), "baseline.json")
    now = a_report(tmp_path, q1=quoting(AREA, PEOPLE), q2=quoting(PEOPLE, GOALS, AREA), q3=quoting(AREA))
    diff = compare(now, baseline)
    assert [(change.id, change.before, change.now) for change in diff.better] == [("q2", Verdict.WRONG, Verdict.RIGHT)]
    assert [change.id for change in diff.worse] == ["q1", "q3"]
    assert diff.worse[0].differs == {"faulty_citations": (0, -1)}
    assert diff.scores["answer_accuracy"] == 1 / 2
    assert diff.other == ()


def test_nothing_changed_is_no_change_whatever_the_seconds(tmp_path: Path) -> None:
    report = a_report(tmp_path)
    baseline = parse_baseline(json.dumps(report.to_baseline()), "baseline.json")
    slower = replace(report, judgements=tuple(replace(j, seconds=9.0) for j in report.judgements))
    diff = compare(slower, baseline)
    assert (diff.better, diff.worse, diff.unchanged, diff.new, diff.gone) == ((), (), 3, (), ())
    assert slower.to_baseline() == report.to_baseline()


def test_new_gone_and_edited_questions_are_named_and_not_compared(tmp_path: Path) -> None:
    baseline = parse_baseline(json.dumps(a_report(tmp_path).to_baseline()), "baseline.json")
    edited = asked("q2", "Bao nhiêu lao động?", ["nhân lực"], quotes=[PEOPLE])
    asker = FakeAsker(REPLIES | {"Mới?": abstaining()}, HITS)
    asker.fingerprints = {"index": "bbbb"}
    lines = (LINES[0], edited, asked("q4", "Mới?", answerable=False))
    now = evaluate(asker, load_questions(write_set(tmp_path / "set.jsonl", *lines), asker.document))
    diff = compare(now, baseline)
    assert (diff.better, diff.worse, diff.unchanged) == ((), (), 1)
    assert (diff.new, diff.gone, diff.other) == (("q2", "q4"), ("q3",), ("index",))


def test_a_baseline_that_is_none_is_an_error_naming_the_file() -> None:
    with pytest.raises(EvaluationError, match=r"baseline\.json"):
        parse_baseline('{"questions": 3}', "baseline.json")


# --- gates ---


def test_a_gate_is_missed_below_it_and_for_errors_above_it() -> None:
    found = {score.name: score for score in scores(FIVE)}
    gates = parse_gates(
        '[gates]\nanswer_accuracy = 0.34\ncitation_exactness = 0.75\nECE = 0.5\n"RR@10" = 0.9', "gates.toml"
    )
    missed = missed_gates(gates, found)
    assert [(gate.name, gate.gate) for gate in missed] == [("answer_accuracy", 0.34), ("ECE", 0.5)]
    assert unmeasured_gates(gates, found) == ("RR@10",)


def test_a_set_is_held_to_its_own_gates_and_else_to_those_of_the_workspace() -> None:
    text = '[gates]\nanswer_accuracy = 0.5\n["gates-bản gốc"]\nECE = 0.2\n'
    assert parse_gates(text, "gates.toml", stem="bản gốc") == {"ECE": 0.2}
    assert parse_gates(text, "gates.toml", stem="khác") == {"answer_accuracy": 0.5}
    assert parse_gates(text, "gates.toml") == {"answer_accuracy": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        "[gates]\nanswer_acuracy = 0.5",
        "[gates]\nECE = 'thấp'",
        "[gates",
        "[gates-originals]\nanswer_acuracy = 0.5",
        "[gate-originals]\nECE = 0.1",
    ],
)
def test_a_gate_that_can_hold_nothing_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationError, match=r"gates\.toml"):
        parse_gates(text, "gates.toml")


# --- the workspace ---


def run_in(workspace: Path, replies: Mapping[str, Answer] = REPLIES, **options: Any) -> Evaluation:
    write_set(workspace / "eval" / "questions.jsonl", *LINES)
    return evaluate_workspace(FakeAsker(replies, HITS), workspace, **options)


def test_a_run_is_written_apart_and_becomes_the_baseline_only_when_accepted(tmp_path: Path) -> None:
    first = run_in(tmp_path)
    assert first.diff is None
    assert not (tmp_path / "eval" / "reports").exists()
    assert {file.parent for file in first.written} == {tmp_path / "eval" / "runs"}
    run_in(tmp_path, accept=True, settings={"dense_weight": 0.2})
    kept = json.loads((tmp_path / "eval" / "reports" / "baseline.json").read_text(encoding="utf-8"))
    assert kept["scores"]["all"]["answer_accuracy"] | {"low": 0, "high": 0} == {
        "value": 0.5,
        "low": 0,
        "high": 0,
        "n": 2,
    }
    assert kept["settings"] == {"dense_weight": 0.2}
    assert "seconds" not in json.dumps(kept)
    again = run_in(tmp_path, REPLIES | {"Rộng bao nhiêu?": abstaining()})
    assert again.diff is not None
    assert [change.id for change in again.diff.worse] == ["q1"]
    assert not list(tmp_path.rglob("*.partial"))


def test_a_missed_gate_is_named_in_the_terminal_the_page_and_the_json(tmp_path: Path) -> None:
    write_set(tmp_path / "eval" / "questions.jsonl")
    (tmp_path / "eval" / "gates.toml").write_text("[gates]\nanswer_accuracy = 0.6\n", encoding="utf-8")
    evaluation = run_in(tmp_path)
    told = "Không đạt ngưỡng answer_accuracy (Trả lời đúng): được 0,5000, cần 0,6000"
    assert not evaluation.passed
    assert told in evaluation.lines()
    assert told in evaluation.written[1].read_text(encoding="utf-8")
    record = json.loads(json.dumps(evaluation.to_json()))
    assert record["missed_gates"] == [{"name": "answer_accuracy", "gate": 0.6, "value": 0.5}]
    assert record["questions"][1]["verdict"] == "wrong"
    assert record["seconds"]["p95"] >= record["seconds"]["p50"]


def test_another_set_has_a_baseline_of_its_own(tmp_path: Path) -> None:
    run_in(tmp_path, accept=True)
    other = write_set(tmp_path / "khác.jsonl", LINES[0])
    assert run_in(tmp_path, file=other).diff is None
    run_in(tmp_path, file=other, accept=True)
    assert (tmp_path / "eval" / "reports" / "baseline-khác.json").exists()
    assert (diff := run_in(tmp_path).diff) is not None
    assert diff.gone == ()


def test_the_terminal_shows_each_measure_with_its_interval_n_and_baseline_and_each_question_that_changed(
    tmp_path: Path,
) -> None:
    baseline = parse_baseline(json.dumps(a_report(tmp_path).to_baseline()), "baseline.json")
    report = a_report(tmp_path, q1=abstaining(), q2=quoting(PEOPLE), q3=quoting(AREA))
    lines = terminal_lines(report, compare(report, baseline), ())
    (row,) = [line for line in lines if line.startswith("Trả lời đúng")]
    assert row.split() == ["Trả", "lời", "đúng", "0,500", "(0,00–1,00)", "n", "=", "2", "mốc", "0,500"]
    assert "Kém đi: q1 (đúng → từ chối nhầm): Rộng bao nhiêu?" in lines
    assert any("1 câu tốt lên, 2 câu kém đi, 0 câu như cũ" in line for line in lines)


def test_which_question_of_the_test_part_changed_is_not_told(tmp_path: Path) -> None:
    baseline = parse_baseline(json.dumps(a_report(tmp_path).to_baseline()), "baseline.json")
    report = a_report(tmp_path, q2=quoting(PEOPLE), q3=quoting(AREA))
    told = "\n".join(terminal_lines(report, compare(report, baseline), ()))
    assert "Phần `test`, chỉ đếm để không ai chỉnh theo: 1 câu tốt lên, 1 câu kém đi." in told
    assert not any(secret in told for secret in ("q2", "q3", "lao động", "giám đốc"))
