# The two commands that matter: `make chat` and `make test`. Everything they need, they install.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860
# Where the development data lies: benchmarks/ and training/.
SHARED ?= ../shared

.PHONY: help setup chat test lint eval baseline bench bench-full bench-quick train screenshot clean
.DEFAULT_GOAL := help

help:
	@echo "make setup       install into .venv, ready as .venv/bin/cancu"
	@echo "make chat        install, index corpus/, open the chat on 127.0.0.1:$(PORT)"
	@echo "make test        install what the tests need and run them"
	@echo "make lint        ruff and mypy --strict"
	@echo "make eval        measure answer accuracy on eval/questions.jsonl"
	@echo "make baseline    take a new measurement as the baseline, and its numbers into the README"
	@echo "make bench       measure the search beside its peers on the sets of SHARED=$(SHARED), under 20 minutes"
	@echo "make bench SETS=DIR   only those sets: names, or folders in BEIR's layout; report in eval/runs"
	@echo "make bench-full  the same with every engine on every set: hours"
	@echo "make bench-quick the same on a tiny made-up set: a minute"
	@echo "make train DATA=DIR   train token ranks, encoder and ranker from the training data"
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

eval: setup
	$(BIN)/cancu index
	$(BIN)/cancu evaluate

baseline: $(VENV)/.installed-dev
	$(BIN)/cancu index
	$(BIN)/cancu evaluate --accept
	$(BIN)/python docs/readme_numbers.py

bench: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark --shared $(SHARED) $(if $(SETS),--sets $(SETS))
	$(BIN)/python docs/readme_numbers.py

bench-full: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark --shared $(SHARED) --full

bench-quick: $(VENV)/.installed-bench
	$(BIN)/python -m assistant.benchmark --quick

train: $(VENV)/.installed-dev
	@test -n "$(DATA)" || (echo "make train DATA=DIR (the folder with the training files)"; exit 2)
	$(BIN)/python -m assistant.training --data $(DATA) --out index/encoder
	$(BIN)/python -m assistant.training.ranker --data $(DATA) --encoder index/encoder

screenshot: $(VENV)/.installed-dev
	$(BIN)/python docs/screenshot.py

clean:
	rm -rf $(VENV) dist build index/snapshots index/CURRENT
