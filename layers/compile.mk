# Lambda cannot write bytecode beside a layer, so without it every cold start compiles what it imports.
# Unchecked hashes: the bytecode is valid whatever time stamp the files get on their way.

ROOT := $(dir $(lastword $(MAKEFILE_LIST)))../
UV := $(firstword $(BATUA_UV) $(wildcard $(ROOT).local/uv/bin/uv) uv)

define compile
@python=$$("$(UV)" python find --no-python-downloads 3.13 2>/dev/null || \
	ls "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13.*/bin/python3.13 2>/dev/null | tail -n 1); \
if [ -n "$$python" ]; then \
	"$$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python"; \
else \
	echo "NOTE: no Python 3.13 here: $@ goes without bytecode, and cold starts will be slower." >&2; \
fi
endef
