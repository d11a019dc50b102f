# Lambda cannot write bytecode beside a layer, so without it every cold start compiles what it imports.
# Unchecked hashes: the bytecode is valid whatever time stamp the files get on their way.

ROOT := $(dir $(lastword $(MAKEFILE_LIST)))../
UV := $(firstword $(BATUA_UV) $(wildcard $(ROOT).local/uv/bin/uv) uv)

# What the functions run on; the benchmark builds the same layers for the Python that it runs on.
PYTHON_VERSION ?= 3.13

# Runs $(1) with this version of Python as $$python.
define with_python
@python=$$("$(UV)" python find --no-project --no-python-downloads $(PYTHON_VERSION) 2>/dev/null || \
	ls "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$(PYTHON_VERSION).*/bin/python$(PYTHON_VERSION) 2>/dev/null | tail -n 1); \
if [ -n "$$python" ]; then \
	$(1); \
else \
	echo "NOTE: no Python $(PYTHON_VERSION) here: $@ goes without bytecode, and cold starts will be slower." >&2; \
fi
endef

compile = $(call with_python,"$$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash \
	-s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python")
