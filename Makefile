PORT ?= 8000

.PHONY: help install demo test check run docs screens bench

help:     ## print this list
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

install:  ## make .venv with the locked versions, and install what the machine lacks
	@sh tools/install.sh dev

demo:     ## serve everything on one port with invented people: make demo PORT=8000
	@sh tools/install.sh run
	@.venv/bin/essc demo --data $(or $(DATA),data/demo) --port $(PORT)

test: install  ## run all tests
	.venv/bin/pytest

check: install  ## ruff, mypy --strict, import contracts, and all tests with 500 examples an operation
	.venv/bin/ruff check src tests bench tools examples
	.venv/bin/mypy
	.venv/bin/lint-imports
	SCHEMATHESIS_EXAMPLES=500 .venv/bin/pytest

run:      ## serve an empty installation: make run PORT=8000 DATA=data/essc
	@sh tools/install.sh run
	@.venv/bin/essc serve --data $(or $(DATA),data/essc) --port $(PORT)

docs:  install  ## write the generated pages anew
	.venv/bin/essc docs

screens: install  ## write a picture of every screen in both languages to artifacts/screens, and that of README.md
	.venv/bin/python -m tests.browser.pictures
	.venv/bin/python -m tests.browser.composed

bench: install  ## measure every figure against its limit
	.venv/bin/essc bench all
