# demo and test need Python >= 3.10, pip and make; everything else comes from PyPI into .venv.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt
INSTALLED := $(VENV)/.installed

.PHONY: help demo test lint bench experiments clean clean-runs

help:
	@echo 'make demo         train a small CLNet on synthetic hands, test it, draw its predictions'
	@echo 'make test         run the test suite'
	@echo 'make lint         check style'
	@echo 'make bench        run the benchmarks, as ratios in one run'
	@echo 'make experiments  run what is missing of the experiments, render docs/results.md'
	@echo 'make clean        remove the environment and what was built'
	@echo 'make clean-runs   remove work_dirs: all trained models, and what can go on from them'

# Without ensurepip (Debian without python3-venv) the pip at hand fills the environment.
$(PY):
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 10), "Python >= 3.10 needed, this is " + sys.version'
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
	    && $(PYTHON) -m pip install --quiet --target "$$($(PY) -c 'import site; print(site.getsitepackages()[0])')" pip; } \
	    || { rm -rf $(VENV); exit 1; }

# MMPose, MMDetection and MMCV without their own lists of requirements: those name packages that do
# not build or that need a display. setup.cfg's extra `stack` lists what they use.
$(INSTALLED): $(PY) setup.cfg pyproject.toml constraints.txt
	$(PIP) setuptools
	$(PIP) --no-deps mmpose mmdet mmengine mmcv-lite imagecorruptions-imaug
	$(PIP) -e '.[stack,test]'
	touch $@

demo: $(INSTALLED)
	$(PY) tools/demo.py

test: $(INSTALLED)
	$(PY) -m pytest

lint: $(INSTALLED)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

bench: $(INSTALLED)
	$(PY) tools/bench.py

experiments: $(INSTALLED)
	$(PY) tools/experiments.py

clean:
	rm -rf $(VENV) build *.egg-info

clean-runs:
	rm -rf work_dirs
