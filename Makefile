# demo and test need Python 3.10 to 3.12, pip and make; everything else comes from PyPI into .venv.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# uv installs in a quarter of the time. Where it is not to be had, or fails, pip does the same.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
INSTALL := sh -c '$(PY) -m uv pip install --quiet --compile-bytecode --python $(PY) "$$@" 2>/dev/null || $(PIP) "$$@"' -- \
    -c constraints.txt
INSTALLED := $(VENV)/.installed

.PHONY: help demo test lint docs bench experiments size clean clean-runs

help:
	@echo 'make demo         train a small CLNet on photographs of hands, make it stable, open a page of both'
	@echo 'make test         run the test suite'
	@echo 'make lint         check style and types'
	@echo 'make docs         build the documentation into site/'
	@echo 'make bench        run the benchmarks, as ratios in one run'
	@echo 'make experiments  train and test what the study lacks, for hours, and write its tables'
	@echo 'make size         count lines and files'
	@echo 'make clean        remove the environment and what was built'
	@echo 'make clean-runs   remove work_dirs: all trained models, and what can go on from them'

# Without ensurepip (Debian without python3-venv) the pip at hand fills the environment.
$(PY):
	$(PYTHON) -c 'import sys; assert (3, 10) <= sys.version_info[:2] <= (3, 12), "Python 3.10 to 3.12 needed (make PYTHON=python3.11; xtcocotools does not build on newer ones), this is " + sys.version'
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
	    && $(PYTHON) -m pip install --quiet --target "$$($(PY) -c 'import site; print(site.getsitepackages()[0])')" pip; } \
	    || { rm -rf $(VENV); exit 1; }
	-$(PIP) uv

# MMPose, its sister packages and MMCV without their own lists of requirements: those name packages
# that do not build or that need a display. setup.cfg's extra `stack` lists what they use.
$(INSTALLED): $(PY) setup.cfg pyproject.toml constraints.txt
	$(INSTALL) setuptools numpy cython
	$(INSTALL) --no-build-isolation --no-deps xtcocotools # wheels for 3.10 and 3.11 only; its build names no NumPy
	$(INSTALL) --no-deps mmpose mmdet mmpretrain mmengine mmcv-lite albumentations albucore imagecorruptions-imaug rtmlib
	$(INSTALL) -e '.[stack,test]'
	touch $@

demo: $(INSTALLED)
	$(PY) tools/demo.py

test: $(INSTALLED)
	OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist worksteal

lint: $(INSTALLED)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# Read from the sources: an environment of its own, without MMPose, does.
docs: $(PY)
	$(INSTALL) -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet
	@echo 'site/index.html'

bench: $(INSTALLED)
	for name in perturbations prediction robustness; do \
	    OMP_NUM_THREADS=1 $(PY) tools/benchmarks/$$name.py || exit 1; done

# Hours of processor time. It goes on where it stopped, and then writes docs/results.csv.
experiments: $(INSTALLED)
	$(PY) tools/experiments/run.py
	$(PY) tools/experiments/run.py --part test
	$(PY) tools/experiments/page.py

size:
	@echo "package: $$(git ls-files 'mmpose_stable/*.py' | xargs cat | wc -l) lines in $$(git ls-files 'mmpose_stable/*.py' | wc -l) files"
	@echo "tests: $$(git ls-files 'tests/*.py' | xargs cat | wc -l) lines"
	@echo "configs: $$(git ls-files 'configs/*.py' | wc -l) files"
	@echo "docs: $$(git ls-files -z docs | xargs -0 cat | wc -c) bytes; README: $$(wc -l < README.md) lines"

clean:
	rm -rf $(VENV) build *.egg-info

clean-runs:
	rm -rf work_dirs
