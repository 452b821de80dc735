"""Settings to the real objects; the only module that knows every part, and the last one that sees Settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from assistant.answering.assistant import Assistant, Engine
from assistant.documents.corpus import files_under, read_corpus
from assistant.documents.limits import Limits
from assistant.documents.uploads import Received, receive
from assistant.errors import IndexMismatch, SettingsError, SnapshotError
from assistant.retrieval.encoder import Encoder, SentenceTransformerEncoder, load_encoder
from assistant.retrieval.indexing import Plan, build_snapshot, ids_of_contents
from assistant.retrieval.library import SnapshotLibrary
from assistant.retrieval.ranker import read_forest
from assistant.retrieval.readings import Readings
from assistant.retrieval.reranking import CrossEncoderReranker, LearnedRanker, Reranker
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot, open_current
from assistant.retrieval.store import FORMAT, Store, read_manifest, reason_of, remedy_of
from assistant.settings import Settings, load_settings
from assistant.types import IndexReport
from assistant.vietnamese.tokens import count_tokens, load_encoding

Progress = Callable[[str, int, int], None]
# Seconds of an indexing beside the reading of files: cutting, encoding and writing even a large corpus.
_SECONDS_TO_INDEX = 600.0


def open_assistant(workspace: Path | str = ".", **flags: Any) -> Assistant:
    """The assistant over a workspace's current index. Raises SnapshotError, SettingsError, EncoderError."""
    folder = Path(workspace)
    settings = load_settings(folder, **flags)
    store = Store(folder / "index")
    snapshot = open_current(store)
    plan = _plan(store, settings)
    _check_fit(snapshot, plan)
    reranker = _reranker(store, settings, snapshot, plan.encoder)
    searcher = Searcher(
        snapshot,
        plan.encoder,
        dense_weight=settings.dense_weight,
        candidates=settings.candidates,
        reranker=reranker,
    )
    engine, prompts = _engine(folder, store, settings)
    fingerprints = {**snapshot.manifest.fingerprints, "settings": _settings_fingerprint(settings)}
    fingerprints |= {"prompts": prompts} if prompts else {}
    library = SnapshotLibrary(searcher)
    return Assistant(
        library=library,
        engine=engine,
        fingerprints=fingerprints | ({"reranker": reranker.fingerprint} if reranker else {}),
        created=snapshot.manifest.created,
        top_k=settings.top_k,
        abstain_below=settings.abstain_below,
        states=library.state,
        as_of=settings.as_of,
    )


def build_index(
    workspace: Path | str = ".",
    paths: Sequence[Path] = (),
    *,
    progress: Progress | None = None,
    afresh: bool = False,
    **flags: Any,
) -> IndexReport:
    """Indexes exactly `paths` (the workspace's `corpus/` where none is given); files that are as they were are not read
    again unless `afresh`. Raises CorpusError, SnapshotError."""
    folder = Path(workspace)
    settings = load_settings(folder, **flags)
    store = Store(folder / "index")
    try:
        with store.lock():
            readings = Readings(store.readings_folder, afresh=afresh)
            corpus = read_corpus(
                sources_of(folder, paths),
                root=folder,
                limits=_limits(settings),
                progress=progress,
                cache=readings,
                known=ids_of_contents(store),
            )
            report = build_snapshot(
                corpus.documents,
                corpus.failures,
                store=store,
                plan=_plan(store, settings),
                sources=[path.as_posix() for path in paths] or ["corpus"],
                progress=progress,
            )
            return replace(report, files=corpus.counts, note=_finished(readings))
    except OSError as error:
        raise store.unwritten(error) from error


def _finished(readings: Readings) -> str:
    """What is to be known where the cache could not be put in order; the new index is in use by then."""
    try:
        readings.finish()
    except OSError as error:
        return (
            f"Chỉ mục mới đã dùng được, nhưng chưa dọn xong bộ nhớ đệm index/cache ({reason_of(error)}): chữ của "
            f"văn bản đã gỡ có thể còn trong đó, và lần sau sẽ chậm hơn. {remedy_of(error)}"
        )
    return ""


def sources_of(workspace: Path, paths: Sequence[Path]) -> list[Path]:
    """What an indexing reads."""
    return list(paths) or [workspace / "corpus"]


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.max_file_mib * 2**20,
        settings.read_seconds,
        memory_bytes=settings.read_memory_mib * 2**20,
        workers=settings.read_workers,
    )


def seconds_to_index(workspace: Path | str, **flags: Any) -> float:
    """The longest that indexing the workspace's `corpus/` may be expected to take: ten minutes, and `read_seconds` for
    each file that is new or was changed. Raises SettingsError."""
    folder = Path(workspace)
    readings = Readings(Store(folder / "index").readings_folder)
    new = sum(not readings.knows(file) for file in files_under(sources_of(folder, ())))
    return _SECONDS_TO_INDEX + new * load_settings(folder, **flags).read_seconds


def current_index(workspace: Path | str) -> str | None:
    """What the current index is called, as no other one ever was; None where there is none. Costs next to nothing."""
    try:
        return Store(Path(workspace) / "index").current_name()
    except (SnapshotError, OSError):
        return None


def made_of(workspace: Path | str) -> tuple[str, str | None]:
    """When the current index was made, and its fingerprint. Raises SnapshotError."""
    manifest = read_manifest(Store(Path(workspace) / "index").current())
    return manifest.created, manifest.fingerprints.get("index")


def uploads_allowed(workspace: Path | str, **flags: Any) -> bool:
    """Whether files may be handed in over the page. Raises SettingsError."""
    return load_settings(Path(workspace), **flags).allow_upload


def indexes_its_corpus(workspace: Path | str) -> bool:
    """Whether the current index was made of the workspace's own `corpus/`. Raises SnapshotError."""
    return read_manifest(Store(Path(workspace) / "index").current()).sources == ("corpus",)


def receive_uploads(workspace: Path | str, files: Sequence[Path], **flags: Any) -> Received:
    """Puts files into the workspace's `corpus/`. Raises SettingsError where that is not allowed, ReadError."""
    folder = Path(workspace)
    settings = load_settings(folder, **flags)
    if not settings.allow_upload:
        raise SettingsError("Kho này không nhận tệp tải lên. Hãy đặt allow_upload = true trong cancu.toml.")
    return receive(files, folder / "corpus", Limits(settings.max_file_mib * 2**20, settings.read_seconds))


def _plan(store: Store, settings: Settings) -> Plan:
    encoding = load_encoding(store.ranks_file)
    return Plan(
        _encoder(store, settings),
        settings.chunk_tokens,
        lambda text: count_tokens(encoding, text),
        vectors=settings.vectors,
        ranks=sha256(store.ranks_file.read_bytes()).hexdigest()[:16],
    )


def _encoder(store: Store, settings: Settings) -> Encoder:
    if not settings.encoder:
        return load_encoder(store.encoder_folder)
    local = Path(settings.encoder)
    return load_encoder(local) if local.is_dir() else SentenceTransformerEncoder(settings.encoder)


def _reranker(store: Store, settings: Settings, snapshot: Snapshot, encoder: Encoder) -> Reranker | None:
    """Our own ranker knows one encoder's similarities; beside another encoder there is none unless it is set."""
    if settings.reranker == "none":
        return None
    if settings.reranker:
        return CrossEncoderReranker(settings.reranker)
    forest = read_forest(store.encoder_folder)
    return LearnedRanker(forest, snapshot) if forest and forest.encoder == encoder.fingerprint else None


def _check_fit(snapshot: Snapshot, plan: Plan) -> None:
    made = snapshot.manifest
    if made.format != FORMAT or made.fingerprints.get("index_settings") != plan.settings_fingerprint:
        raise IndexMismatch("Chỉ mục được lập với thiết lập cắt đoạn khác. Hãy chạy: cancu index")
    if made.fingerprints.get("encoder") != plan.encoder.fingerprint:
        raise IndexMismatch("Chỉ mục được lập với bộ mã hóa (encoder) khác. Hãy chạy: cancu index")


def _engine(folder: Path, store: Store, settings: Settings) -> tuple[Engine | None, str | None]:
    if not settings.llm_base_url:
        return None, None
    from assistant.answering.generate import open_generator
    from assistant.answering.prompts import load_prompts

    prompts = load_prompts(folder / "prompts")
    encoding = load_encoding(store.ranks_file)
    generator = open_generator(
        settings.llm_base_url,
        settings.llm_model,
        settings.llm_api_key.get_secret_value(),
        prompts,
        count=lambda text: count_tokens(encoding, text),
        seconds=settings.llm_seconds,
        context_tokens=settings.llm_context_tokens,
        reply_tokens=settings.llm_reply_tokens,
    )
    return generator, prompts.fingerprint


def _settings_fingerprint(settings: Settings) -> str:
    values = settings.model_dump_json(exclude={"llm_api_key", "llm_base_url"})
    return sha256(values.encode()).hexdigest()[:16]
