"""Pages and pictures with Vietnamese letters, drawn for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Draw = Callable[[Any], None]


def register_font() -> str:
    """A font with every Vietnamese letter, known to reportlab."""
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Deja", f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"))
    return "Deja"


def lines(*texts: str, x: float = 60, top: float = 780, step: float = 16) -> Draw:
    def draw(canvas: Any) -> None:
        for i, text in enumerate(texts):
            canvas.drawString(x, top - i * step, text)

    return draw


def ruled(cells: Sequence[Sequence[str]], xs: Sequence[float], ys: Sequence[float]) -> Draw:
    """A table with a line around each cell: borders of the columns from the left, of the rows from the top."""

    def draw(canvas: Any) -> None:
        for y in ys:
            canvas.line(xs[0], y, xs[-1], y)
        for x in xs:
            canvas.line(x, ys[-1], x, ys[0])
        for row, texts in enumerate(cells):
            for column, cell in enumerate(texts):
                for i, text in enumerate(cell.split("\n")):
                    canvas.drawString(xs[column] + 4, ys[row] - 13 - 13 * i, text)

    return draw


def picture(*texts: str, width: int = 1700, height: int = 500) -> Any:
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    face = ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", 40)
    image = Image.new("RGB", (width, height), "white")
    for i, text in enumerate(texts):
        ImageDraw.Draw(image).text((80, 60 + 70 * i), text, fill="black", font=face)
    return image
