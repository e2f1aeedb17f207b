# Two commands matter: `make reports` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup reports fetch plan plan-support follow-support review impact packs check preview verify reproduce edit explain phrases \
	doctor test lint docs sample bench recipients messages approve answer send status recover remind test-fast test-long coverage locks

# What is compiled is kept: tests are rewritten as they are read, and each run would do it again.
unexport PYTHONDONTWRITEBYTECODE

# A word that is said and empty (URN=$X, and X is not set), or not known (urn=), would be taken for all schools.
WORDS   := EDITION URN YEAR FAMILY LIST UPDATE AGREE RECORD ON WEEKS BY WHY CODE PILOT SEND SCHOOLS NATIONAL EXECUTOR \
	SCHEDULER ENGINE CORES UPGRADE PYTHON
SAID    := $(foreach one,$(.VARIABLES),$(if $(filter command,$(origin $(one))),$(one)))
$(foreach one,$(filter-out $(WORDS),$(SAID)),$(error $(one)= is not known here; there are: $(WORDS)))
$(foreach one,$(SAID),$(if $(strip $($(one))),,$(error $(one)= is empty: say what it is, or leave it out)))

PYTHON  ?= python3
EDITION ?= sample
URN     ?=
RUN     := .venv/bin/python -m pipeline
SETUP   := @$(PYTHON) -m pipeline.foundation.environment
CORES   ?= logical
PYTEST  := .venv/bin/python -m pytest -n $(CORES) --maxprocesses 8 --dist loadfile --no-loadscope-reorder
FAST    := not kernel and not published and not slow and not long
LOCK    := .venv/bin/uv pip compile --quiet $(if $(UPGRADE),--upgrade) pyproject.toml

help: ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup: ## Make or refresh .venv from the lock (every other target does this first)
	$(SETUP) run

reports: ## Make the reports of EDITION (default: the synthetic sample)
	$(SETUP) $(if $(filter dask,$(EXECUTOR)),dask,run)
	@$(RUN) reports $(EDITION) $(if $(URN),--urn $(URN)) $(if $(EXECUTOR),--executor $(EXECUTOR)) $(if $(SCHEDULER),--scheduler $(SCHEDULER)) $(if $(ENGINE),--engine $(ENGINE))

fetch: ## Bring published files of EDITION from the statistics service (FAMILY=ks4, LIST=1, UPDATE=1)
	$(SETUP) run
	@$(RUN) fetch $(EDITION) $(if $(YEAR),--year $(YEAR)) $(foreach one,$(FAMILY),--family $(one)) $(if $(LIST),--list) $(if $(UPDATE),--update)

plan: ## Say which reports of EDITION would be made now, and why; make none
	$(SETUP) run
	@$(RUN) plan $(EDITION) $(if $(URN),--urn $(URN)) $(if $(ENGINE),--engine $(ENGINE))

plan-support: ## Plan the year of support of EDITION: days, people, calendars, a workbook; AGREE=1 keeps who does what
	$(SETUP) run
	@$(RUN) plan-support $(EDITION) $(if $(AGREE),--agree)

follow-support: ## Lay the log of support of EDITION beside its plan: used, left, overdue (ON=2026-02-01, WEEKS=4)
	$(SETUP) run
	@$(RUN) follow-support $(EDITION) $(if $(ON),--on $(ON)) $(if $(WEEKS),--weeks $(WEEKS))

review: ## Say what is new since the reports of EDITION were made, and which schools to look at
	$(SETUP) run
	@$(RUN) review $(EDITION)

impact: ## Tell what became of schools after support: moves, results beside schools like them, ratings
	$(SETUP) run
	@$(RUN) impact $(EDITION)

packs: ## Make the papers of meetings about schools of EDITION; RECORD=1 records the decisions of the filled form
	$(SETUP) run
	@$(RUN) packs $(EDITION) $(if $(RECORD),--record)

check: ## Read and validate every file of EDITION
	$(SETUP) run
	@$(RUN) check $(EDITION)

preview: ## Build one school's report quickly: make preview URN=…
	$(SETUP) run
	@$(RUN) preview $(EDITION) --urn $(or $(URN),$(error Say which school: make preview URN=…)) $(if $(ENGINE),--engine $(ENGINE))

verify: ## Compare EDITION, its inputs and the packages with its manifest
	$(SETUP) run
	@$(RUN) verify $(EDITION)

reproduce: ## Make EDITION (or one school: URN=…) again in a fresh folder and compare every byte
	$(SETUP) run
	@$(RUN) reproduce $(EDITION) $(if $(URN),--urn $(URN))

edit: ## Open the notebook in JupyterLab with one school's parameters: make edit URN=…
	$(SETUP) edit
	@$(RUN) edit $(EDITION) --urn $(or $(URN),$(error Say which school: make edit URN=…))

phrases: ## List what the second language's phrase book of EDITION does not tell yet
	$(SETUP) run
	@$(RUN) phrases $(EDITION) $(if $(URN),--urn $(URN))

explain: ## Say which clause decided a school's category: make explain URN=…
	$(SETUP) run
	@$(RUN) explain $(or $(URN),$(error Say which school: make explain URN=…)) --edition $(EDITION)

recipients: ## Check who receives the reports of EDITION, and how
	$(SETUP) run
	@$(RUN) recipients $(EDITION)

messages: ## Write every message of EDITION (or one school's: URN=…) for looking at; send nothing
	$(SETUP) run
	@$(RUN) messages $(EDITION) $(if $(URN),--urn $(URN))

approve: ## Approve what would be sent, after a sheet of it: make approve BY="Jane Smith" [URN=…]
	$(SETUP) run
	@$(RUN) approve $(EDITION) --by "$(or $(BY),$(error Say who approves: make approve BY="Jane Smith"))" $(if $(URN),--urn $(URN)) $(if $(SCHOOLS),--schools $(SCHOOLS))

answer: ## Answer a question before reports go to schools: make answer CODE=… BY="Jane Smith" WHY="…"
	$(SETUP) run
	@$(RUN) answer $(EDITION) $(or $(CODE),$(error Say which question: make answer CODE=…)) --by "$(or $(BY),$(error Say who answers: BY="Jane Smith"))" --why "$(or $(WHY),$(error Say why it may go ahead: WHY="…"))"

send: ## Rehearse sending EDITION; PILOT=ADDRESS sends all to one mailbox, SEND=live to the schools
	$(if $(filter-out live,$(SEND)),$(error Say SEND=live, PILOT=ADDRESS, or neither for a rehearsal))
	$(SETUP) $(if $(or $(PILOT),$(filter live,$(SEND))),send,run)
	@$(RUN) send $(EDITION) $(if $(URN),--urn $(URN)) $(if $(PILOT),--pilot "$(PILOT)") $(if $(filter live,$(SEND)),--live) $(if $(SCHOOLS),--schools $(SCHOOLS))

status: ## Show what of EDITION was sent, what was not, and what is unknown
	$(SETUP) run
	@$(RUN) status $(EDITION)

recover: ## Complete a ledger that is behind, or gone, from its journal: make recover BY="Jane Smith"
	$(SETUP) run
	@$(RUN) recover $(EDITION) --by "$(or $(BY),$(error Say who does: make recover BY="Jane Smith"))"

remind: ## Rehearse reminders of support of EDITION (ON=2026-02-01, BY="Jane Smith" approves, PILOT=ADDRESS, SEND=live)
	$(if $(filter-out live,$(SEND)),$(error Say SEND=live, PILOT=ADDRESS, BY="Jane Smith", or none for a rehearsal))
	$(SETUP) $(if $(or $(PILOT),$(filter live,$(SEND))),send,run)
	@$(RUN) remind $(EDITION) $(if $(ON),--on $(ON)) $(if $(WEEKS),--weeks $(WEEKS)) $(if $(BY),--approve "$(BY)") $(if $(PILOT),--pilot "$(PILOT)") $(if $(filter live,$(SEND)),--live) $(if $(SCHOOLS),--schools $(SCHOOLS))

doctor: ## Say what is missing on this machine
	$(SETUP) run
	@$(RUN) doctor

sample: ## Write the synthetic sample editions afresh
	$(SETUP) run
	@$(RUN) sample

docs: ## Write the documentation's generated tables afresh
	$(SETUP) test
	@$(RUN) docs

test: ## Run the tests on all cores (CORES=1: on one)
	$(SETUP) test
	@$(PYTEST) -m "not long"

test-fast: ## Run the tests that take milliseconds, after each change: nearly half of them, in seconds
	$(SETUP) test
	@$(PYTEST) -m "$(FAST)"

test-long: ## Run all tests, those too that repeat at length what others hold of less: before a release
	$(SETUP) test
	@$(PYTEST)

coverage: ## Say which lines and branches the fast tests do not reach
	$(SETUP) test
	@$(PYTEST) -m "$(FAST)" --cov --cov-report=term-missing:skip-covered

lint: ## Check style, types and floors
	$(SETUP) test
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports && .venv/bin/mypy pipeline

locks: ## Write the locks afresh after a change to pyproject.toml's dependencies (UPGRADE=1: the newest of all)
	$(SETUP) test
	@$(LOCK) -o requirements.lock
	@for extra in test edit dask send; do \
	  $(LOCK) --extra $$extra -c requirements.lock -o requirements-$$extra.lock || exit 1; \
	done

bench: ## Measure what a report costs: make bench [SCHOOLS=2500] [NATIONAL=1]
	$(SETUP) test
	@.venv/bin/python -m tests.bench $(addprefix --schools ,$(SCHOOLS)) $(if $(NATIONAL),--national)
