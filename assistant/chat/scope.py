"""The fold-out that limits what is asked to some of the documents; knows no question and no search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.chat.catalogue import choices, offered
from assistant.chat.service import Service
from assistant.documents.scope import Scope

_LABELS = ("Loại văn bản", "Cơ quan ban hành", "Hiệu lực", "Ban hành từ năm", "Ban hành đến năm")
_ABOUT = '<p class="cc-aside">Chỉ trả lời theo các văn bản được chọn ở đây; để «Tất cả» là cả kho.</p>'
_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class ScopePart:
    """The boxes of the fold-out, in the order of a Scope's fields."""

    boxes: tuple[gr.Dropdown, ...]

    def chosen(self, given: Mapping[Any, Any]) -> Scope:
        """What the boxes say, of the values of an event's components."""
        return scope_of(*(given[box] for box in self.boxes))


def scope_of(*values: str | None) -> Scope:
    """The scope of the boxes' values; of two years in the wrong order the years between them."""
    kind, issuer, state, since, until = (value or "" for value in values)
    return Scope(kind, issuer, state, *sorted((since, until)) if since and until else (since, until))


def scope_part(service: Service, name: str) -> ScopePart:
    """The components, under `name`; what can be chosen is what the documents tell when it is opened."""
    with gr.Accordion("Phạm vi", open=False, elem_id=f"pham-vi-{name}") as part:
        gr.HTML(_ABOUT)
        with gr.Row(elem_classes="cc-scope"):
            boxes = tuple(
                gr.Dropdown(
                    label=label, elem_id=f"pham-vi-{name}-{place}", choices=offered(values), value="", min_width=130,
                    visible=bool(values), filterable=False,
                )
                for place, (label, values) in enumerate(zip(_LABELS, _values(service), strict=True))
            )  # fmt: skip
    part.expand(lambda *chosen: renewed(service, chosen), list(boxes), list(boxes), **_UNSEEN)
    return ScopePart(boxes)


def renewed(service: Service, chosen: tuple[str | None, ...]) -> tuple[Any, ...]:
    """The boxes with what can be chosen now; what was chosen stays where it still can."""
    return tuple(
        gr.Dropdown(choices=offered(values), value=value if value in values else "", visible=bool(values))
        for values, value in zip(_values(service), chosen, strict=True)
    )


def _values(service: Service) -> list[list[str]]:
    """What can be chosen in each box."""
    kinds, issuers, years, states = choices(service.documents, service.now.state)
    dated = [year for year in years if year.isdigit()]
    return [kinds, issuers, states, dated, dated]
