# The two commands that matter: `make chat` and `make test`. Everything they need, they install.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860
# Where the development data lies: benchmarks/, corpus/ and training/.
SHARED ?= ../shared
# A workspace of its own for the original documents, whose text is not ours to keep in the repository.
ORIGINALS := build/originals

.PHONY: help setup chat test lint eval eval-originals baseline bench bench-full bench-quick bench-reading bench-ingestion train screenshot fuzz kill-runs clean
.DEFAULT_GOAL := help

help:
	@echo "make setup       install into .venv, ready as .venv/bin/cancu"
	@echo "make chat        install, index corpus/, open the chat on 127.0.0.1:$(PORT)"
	@echo "make test        install what the tests need and run them"
	@echo "make lint        ruff and mypy --strict"
	@echo "make eval        measure answer accuracy on eval/questions.jsonl, and on eval/originals.jsonl"
	@echo "                 where SHARED=$(SHARED) has the original documents"
	@echo "make baseline    take new measurements of both as the baselines, and their numbers into the README"
	@echo "make bench       measure the search beside its peers on the sets of SHARED=$(SHARED), under 20 minutes"
	@echo "make bench SETS=DIR   only those sets: names, or folders in BEIR's layout; report in eval/runs"
	@echo "make bench-full  the same with every engine on every set: hours"
	@echo "make bench-quick the same on a tiny made-up set: a minute"
	@echo "make bench-reading   ask the reading sets of SHARED=$(SHARED): does the answer hold the gold span"
	@echo "make bench-ingestion  time and memory of taking documents in, beside LangChain's tutorial"
	@echo "make train DATA=DIR   train token ranks, encoder and ranker from the training data"
	@echo "make fuzz        read EACH=2000 harmed files of every format; each must end in text or a reason"
	@echo "make kill-runs   kill -9 indexing at RUNS=50 random moments; an index must always be there"
	@echo "make screenshot  make docs/chat.png anew"

# --- installing ----------------------------------------------------------------------------------------------------

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e '.[dev,training]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e '.[dev,training,bench]'
	@touch $@ $(VENV)/.installed-dev $(VENV)/.installed

setup: $(VENV)/.installed

# --- using ---------------------------------------------------------------------------------------------------------

chat: setup
	$(BIN)/cancu index
	$(BIN)/cancu chat --port $(PORT)

# --- checking ------------------------------------------------------------------------------------------------------

test: $(VENV)/.installed-dev
	@sh tests/install_system.sh
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Both sets are evaluated even where the first misses a gate.
eval: setup
	$(BIN)/cancu index
	@missed=0; \
	$(BIN)/cancu evaluate $(ACCEPT) || missed=1; \
	$(MAKE) --no-print-directory eval-originals ACCEPT=$(ACCEPT) || missed=1; \
	exit $$missed

# The set, its gates, baseline and runs stay in eval/; copies of the documents (so that their paths, which the corpus'
# fingerprint knows, are everywhere the same) and of the encoder, and the index, are made anew in build/.
eval-originals: setup
	@if [ ! -f eval/originals.jsonl ]; then \
		echo "eval/originals.jsonl is not here: nothing measured on the original documents"; \
	elif [ ! -d "$(SHARED)/corpus/policy" ] || [ ! -d "$(SHARED)/corpus/gazette" ]; then \
		echo "$(SHARED)/corpus has no policy/ and gazette/: nothing measured on the original documents (SHARED=DIR)"; \
	else \
		set -e; rm -rf $(ORIGINALS); mkdir -p $(dir $(ORIGINALS)); \
		$(BIN)/cancu init $(ORIGINALS) >/dev/null; \
		rm -r $(ORIGINALS)/eval $(ORIGINALS)/corpus; ln -s ../../eval $(ORIGINALS)/eval; mkdir $(ORIGINALS)/corpus; \
		cp -R "$(SHARED)/corpus/policy" "$(SHARED)/corpus/gazette" $(ORIGINALS)/corpus; chmod -R u+w $(ORIGINALS); \
		$(BIN)/cancu index --workspace $(ORIGINALS); \
		$(BIN)/cancu evaluate eval/originals.jsonl --workspace $(ORIGINALS) $(ACCEPT); \
	fi

baseline: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory eval ACCEPT=--accept; missed=$$?; \
	$(BIN)/python docs/readme_numbers.py; exit $$missed

bench: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark --shared $(SHARED) $(if $(SETS),--sets $(SETS))
	$(BIN)/python docs/readme_numbers.py

bench-full: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark --shared $(SHARED) --full

bench-quick: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark --quick

bench-reading: setup
	$(BIN)/python -m assistant.benchmark.reading --shared $(SHARED)
	$(BIN)/python docs/readme_numbers.py

bench-ingestion: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark.ingestion --shared $(SHARED)
	$(BIN)/python docs/readme_numbers.py

train: $(VENV)/.installed-dev
	@test -n "$(DATA)" || (echo "make train DATA=DIR (the folder with the training files)"; exit 2)
	$(BIN)/python -m assistant.training --data $(DATA) --out index/encoder
	$(BIN)/python -m assistant.training.ranker --data $(DATA) --encoder index/encoder

fuzz: $(VENV)/.installed-dev
	PYTHONPATH=. $(BIN)/python tests/hostile.py --each $(or $(EACH),2000)

kill-runs: $(VENV)/.installed-dev
	KILL_RUNS=$(or $(RUNS),50) $(BIN)/python -m pytest tests/test_living_corpus.py -k killed -q --timeout 3600

screenshot: $(VENV)/.installed-dev
	$(BIN)/python docs/screenshot.py

clean:
	rm -rf $(VENV) dist build index/snapshots index/CURRENT
