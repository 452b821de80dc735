"""One flat, frozen Settings: workspace file (`cancu.toml`) < environment (`CANCU_…`) < flag; knows no part."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import SettingsError

FILE_NAME = "cancu.toml"


class Settings(BaseSettings):
    """What a user may set; every field has a default that works with no network, GPU or LLM."""

    model_config = SettingsConfigDict(env_prefix="CANCU_", frozen=True, extra="forbid")

    # Encoder: "" is the workspace's own static encoder; else a folder or name that SentenceTransformer(...) takes.
    encoder: str = ""
    # Tokens (of our own tiktoken ranks) that a chunk aims to stay under.
    chunk_tokens: int = Field(220, ge=32, le=4096)
    # Weight of the dense score in the fused score; the lexical one has the rest.
    dense_weight: float = Field(0.3, ge=0, le=1)
    # Candidates that each ranker gives to the fusion.
    candidates: int = Field(100, ge=1, le=10_000)
    # Reranker: "" is the learned one beside our encoder, "none" leaves it out; else what CrossEncoder(...) takes.
    reranker: str = ""
    # How vectors are searched: "auto" goes by their number; "flat" looks at all, "ivf" at the nearest lists.
    vectors: Literal["auto", "flat", "ivf"] = "auto"
    # Chunks from which an answer's sentences are chosen.
    top_k: int = Field(8, ge=1, le=100)
    # Below this confidence the assistant abstains.
    abstain_below: float = Field(0.33, ge=0, le=1)
    # Day as of which documents count as in force, e.g. 2026-07-01; none is today.
    as_of: date | None = None
    # Files larger than this are refused, in MiB.
    max_file_mib: int = Field(64, ge=1, le=4096)
    # Seconds that reading one document may take, and MiB of memory that the reading process may use.
    read_seconds: float = Field(120.0, gt=0)
    read_memory_mib: int = Field(2048, ge=128)
    # Files that are read at once, each in a process of its own; 0 is one for each core.
    read_workers: int = Field(0, ge=0, le=256)
    # Whether whoever opens the chat may put files into corpus/, which everyone is answered from then.
    allow_upload: bool = False
    # OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1; "" answers extractively.
    llm_base_url: str = ""
    # Model name at that server.
    llm_model: str = ""
    # Key for that server; most local servers take any.
    llm_api_key: SecretStr = SecretStr("none")
    # Seconds to wait for the server before answering extractively.
    llm_seconds: float = Field(60.0, gt=0)
    # Tokens that a whole prompt may take (rules, question and quotations), and tokens of the reply.
    llm_context_tokens: int = Field(2000, ge=512)
    llm_reply_tokens: int = Field(400, ge=16)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(workspace: Path, **flags: Any) -> Settings:
    """Settings of a workspace; flags that are None count as not given. Raises SettingsError."""
    given = {name: value for name, value in flags.items() if value is not None}
    file = workspace / FILE_NAME

    class _WorkspaceSettings(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return _WorkspaceSettings(**given)
    except (ValidationError, ValueError) as error:
        raise SettingsError(_explain(error, file)) from error


def _explain(error: ValueError, file: Path) -> str:
    if not isinstance(error, ValidationError):
        return f"Không đọc được {file.name}: {error}. Hãy sửa tệp này theo cú pháp TOML."
    lines = [f"{'.'.join(map(str, e['loc']))} = {e.get('input')!r} ({_wanted(dict(e))})" for e in error.errors()]
    where = f"{file.name}, biến môi trường CANCU_… hoặc --set"
    return f"Thiết lập không dùng được trong {where}: " + "; ".join(lines) + ". Hãy sửa rồi chạy lại."


def _wanted(fault: dict[str, Any]) -> str:
    """What would do, in Vietnamese, of one of pydantic's faults."""
    bounds = fault.get("ctx", {})
    texts = {
        "extra_forbidden": "không có thiết lập tên này; có: " + ", ".join(sorted(Settings.model_fields)),
        "int_parsing": "cần một số nguyên",
        "int_from_float": "cần một số nguyên",
        "float_parsing": "cần một số",
        "greater_than_equal": f"cần từ {bounds.get('ge')} trở lên",
        "greater_than": f"cần lớn hơn {bounds.get('gt')}",
        "less_than_equal": f"cần không quá {bounds.get('le')}",
        "string_type": "cần một chuỗi",
        "bool_parsing": "cần true hoặc false",
        "literal_error": f"cần một trong: {str(bounds.get('expected')).replace(' or ', ' hoặc ')}",
    }
    if str(fault["type"]).startswith("date_"):
        return "cần một ngày dạng 2026-07-01"
    return texts.get(str(fault["type"]), f"giá trị không hợp lệ, mã {fault['type']}")
