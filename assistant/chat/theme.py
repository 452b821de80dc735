"""The look of the page: colours, sizes, fonts, style sheet and script; knows no part of the program."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils.fonts import LocalFont

_HERE = Path(__file__).parent

# Nothing on the page is smaller than 16 px.
_SIZES = gr.themes.Size("16px", "16px", "16px", "16px", "18px", "22px", "28px", name="cancu_text")
_INK = gr.themes.Color(
    "#f0f5fa", "#dce8f3", "#b9d0e6", "#8bb0d3", "#5a89bb", "#35689f",
    "#255183", "#1d426b", "#183656", "#132a44", "#0c1b2d", name="cancu_ink",
)  # fmt: skip
# Of the faces that Gradio carries, this one has Vietnamese letters in Regular and Bold; its SemiBold has not, so
# only these two are loaded and every weight in between falls on one of them.
_FONT = (LocalFont("Source Sans Pro", weights=(400, 700)), "DejaVu Sans", "sans-serif")


def theme() -> gr.themes.Base:
    """Gradio's Soft theme in ink blue, with larger letters and quieter shadows."""
    base = gr.themes.Soft(
        primary_hue=_INK, secondary_hue=_INK, neutral_hue=gr.themes.colors.slate, text_size=_SIZES,
        radius_size=gr.themes.sizes.radius_sm, font=_FONT, font_mono=_FONT,
    )  # fmt: skip
    return base.set(
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        input_border_color="*neutral_400",
        input_border_color_dark="*neutral_500",
        input_border_color_focus="*primary_500",
        input_border_color_focus_dark="*primary_300",
        body_background_fill="*neutral_100",
        block_title_background_fill="none",
        block_title_background_fill_dark="none",
        block_title_padding="0",
        block_border_width="0",
        block_shadow="none",
        block_title_text_color="*primary_800",
        block_label_text_color="*primary_700",
        block_label_text_color_dark="*neutral_100",
        block_title_text_color_dark="*neutral_100",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_text_color="white",
        button_secondary_shadow="none",
        button_primary_shadow="none",
        button_secondary_border_color="*neutral_300",
    )


def style_sheet() -> str:
    return (_HERE / "page.css").read_text(encoding="utf-8")


def script() -> str:
    """The body of the function that Gradio calls with `element`, `trigger` and `watch` (see gr.HTML, js_on_load)."""
    return (_HERE / "page.js").read_text(encoding="utf-8")
