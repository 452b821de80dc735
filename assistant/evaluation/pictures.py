"""The confidence of a report drawn as two small SVG pictures, the same bytes each time; knows no file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from assistant.errors import MissingExtra
from assistant.evaluation.averages import Score
from assistant.evaluation.confidence import reliability, risk_coverage
from assistant.evaluation.report import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What each picture shows, by the ending of its file's name.
PICTURES = {
    "risk-coverage": "Tỉ lệ sai theo tỉ lệ câu được trả lời",
    "reliability": "Tỉ lệ đúng theo độ tin cậy",
}
_INCHES = (4.6, 3.4)
_INK, _PALE = "#1f4e79", "#9aa5b1"
# Text stays text, and nothing random or dated enters.
_STYLE: dict[Any, object] = {
    "svg.hashsalt": "cancu",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def draw(report: Report) -> dict[str, str]:
    """Each of `PICTURES` as SVG, over all questions. Raises MissingExtra where matplotlib is not installed."""
    with _style():
        return {"risk-coverage": _risk_coverage(report), "reliability": _reliability(report)}


@contextmanager
def _style() -> Iterator[None]:
    """matplotlib's own defaults, whatever this machine's settings are, with ours on top."""
    try:
        import matplotlib
    except ImportError as error:
        raise MissingExtra("vẽ hình (matplotlib)", "dev") from error
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def _risk_coverage(report: Report) -> str:
    figure, axes = _figure("risk-coverage", "Tỉ lệ câu được trả lời", "Tỉ lệ sai trong các câu đã trả lời")
    points = risk_coverage(report.judgements)
    axes.step([c for c, _ in points], [r for _, r in points], where="post", color=_INK, linewidth=1.6)
    if points:
        axes.plot(*points[-1], "o", color=_INK, markersize=5)
    axes.set_ylim(0, max(0.1, 1.15 * max((risk for _, risk in points), default=0.0)))
    _note(axes, report.overall["AURC"])
    return _svg(figure)


def _reliability(report: Report) -> str:
    figure, axes = _figure("reliability", "Độ tin cậy đã nêu", "Tỉ lệ đúng")
    bins = reliability(report.judgements)
    axes.plot([0, 1], [0, 1], "--", color=_PALE, linewidth=1)
    axes.plot([b.confidence for b in bins], [b.right for b in bins], "-", color=_INK, linewidth=1)
    most = max((b.n for b in bins), default=1)
    sizes = [20 + 130 * b.n / most for b in bins]
    axes.scatter([b.confidence for b in bins], [b.right for b in bins], s=sizes, color=_INK)
    for b in bins:
        above = (0, 9 if b.right < 0.1 else -15)
        axes.annotate(str(b.n), (b.confidence, b.right), above, textcoords="offset points", ha="center", fontsize=8)
    axes.set_ylim(0, 1.05)
    _note(axes, report.overall["ECE"], "; số cạnh mỗi điểm là số câu")
    return _svg(figure)


def _figure(name: str, x: str, y: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    figure.suptitle(PICTURES[name], fontsize=10)
    axes.set(xlabel=x, ylabel=y)
    axes.set_xlim(0, 1.02)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    axes.grid(color=_PALE, linewidth=0.3)
    return figure, axes


def _note(axes: Axes, score: Score, more: str = "") -> None:
    if score.value is not None:
        told = f"{score.name} = {score.value:.3f}".replace(".", ",")
        axes.set_title(f"{told}, {score.n} câu đã trả lời{more}", loc="left", fontsize=8, y=1.0, pad=4)


def _svg(figure: Figure) -> str:
    out = StringIO()
    figure.savefig(out, format="svg", metadata=_NO_METADATA)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
