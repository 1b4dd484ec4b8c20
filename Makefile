.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check serve fixtures sheets speed accuracy compare soak scale lock setup-run \
	setup-dev setup-peers \
	train train-segmentation train-digits train-classifier corrections

PYTHON := .venv/bin/python
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps
# Where a machine keeps wheels that no index has (the CPU build of torch).
export UV_FIND_LINKS := $(PIP_FIND_LINKS)
# What `make lock` resolves with, and nothing else needs.
UV := uv==0.13.9
COMPILE := $(PYTHON) -m uv pip compile --quiet --no-header --python-version 3.11 \
	--generate-hashes --override requirements/overrides.txt pyproject.toml requirements/build.in

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 20

demo: setup-run  ## set up, read a shipped scan and show what was read
	$(PYTHON) -m eval.demo

# Half of the tests wait for a browser, a database or a process: two run at a time, those of one
# file after another, as they share what the file sets up.
test: setup-dev  ## set up and run the whole test suite
	$(PYTHON) -m pytest --numprocesses 2 --dist loadfile

check: setup-dev  ## style, types and who imports whom
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

serve: setup-run  ## the API on 127.0.0.1:8000, database and a worker included
	.venv/bin/gouji serve

fixtures: setup-dev  ## draw the reports in tests/reports again
	$(PYTHON) -m training.draw_fixtures

sheets: setup-dev  ## draw a contact sheet of random reports, scanned at every level
	$(PYTHON) -m training.sheet_contact build/sheets.png

speed: setup-dev  ## time a page, beside PaddleOCR on the same pages
	$(PYTHON) -m eval.speed

compare: setup-peers  ## accuracy, time and memory beside other programs (wants tesseract-ocr-chi-sim)
	$(PYTHON) -m eval.compare

soak: setup-dev  ## kill the service at random under 200 uploads, then watch a worker's memory
	$(PYTHON) -m eval.soak
	$(PYTHON) -m eval.memory

scale: setup-dev  ## reports a minute with one worker and with two, and what they need
	$(PYTHON) -m eval.scale

accuracy: setup-dev  ## score every document whose content is known
	$(PYTHON) -m eval.accuracy

# Minutes of training on two cores; with what is drawn before, under three hours in all.
SEGMENTATION_MINUTES ?= 35
DIGITS_MINUTES ?= 65
CLASSIFIER_MINUTES ?= 65
THREADS ?= 2
TRAINED := build/train
TRAIN := OMP_NUM_THREADS=$(THREADS) $(PYTHON) -m training.

train: train-segmentation train-digits train-classifier  ## train all three nets, or go on where it stopped

train-segmentation: setup-dev  ## the net that finds print and rules, to build/train
	$(TRAIN)train_segmentation --out $(TRAINED)/segmentation --minutes $(SEGMENTATION_MINUTES) --resume
	$(TRAIN)export segmentation $(TRAINED)/segmentation/best.pt --into $(TRAINED)/segmentation

train-digits: setup-dev  ## the net that reads number cells, to build/train
	$(TRAIN)train_digits --out $(TRAINED)/digits --minutes $(DIGITS_MINUTES) --resume
	$(TRAIN)export digits $(TRAINED)/digits/best.pt --into $(TRAINED)/digits

train-classifier: setup-dev  ## the net that says which field a cell is, to build/train
	$(TRAIN)train_classifier --out $(TRAINED)/classifier --minutes $(CLASSIFIER_MINUTES) --resume \
		--threads $(THREADS)
	$(TRAIN)export classifier $(TRAINED)/classifier/best --into $(TRAINED)/classifier

REVIEWED ?= reviewed
NEW ?= build/corrections-$(shell date +%Y%m%d-%H%M%S)

corrections: setup-dev  ## learn from the reviewed reports in REVIEWED=folder, keep what is not worse
	$(TRAIN)corrections $(REVIEWED) --out $(NEW) --crops $(TRAINED)/digits/crops --threads $(THREADS)

setup-run: .venv/run.done  ## what reading needs, in .venv
setup-dev: debian-dev .venv/dev.done  ## and what drawing, testing and checking need
setup-peers: .venv/dev.done .venv/peers.done  ## and the programs that Gouji is compared with

.venv/bin/python:
	sh requirements/make_venv.sh

# Drawing needs fonts and the review page's tests a browser: looked for each time, installed once.
.PHONY: debian-dev
debian-dev:
	@sh requirements/install_debian.sh $$(cat requirements/debian-dev.txt)

.venv/run.done .venv/dev.done .venv/peers.done: .venv/%.done: requirements/%.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes -r $<
	$(INSTALL) --no-build-isolation --editable .
	touch $@

lock: | .venv/bin/python  ## resolve pyproject.toml again into requirements/*.lock
	$(INSTALL) $(UV)
	$(COMPILE) --extra drawing --extra training --extra dev --output-file requirements/dev.lock
	$(COMPILE) --constraint requirements/dev.lock --output-file requirements/run.lock
	$(COMPILE) --constraint requirements/dev.lock --extra peers --output-file requirements/peers.lock
