# Packs one function: its handler file, and the folder of the same name (pages, state machines) where it has one.
# A function's package so changes with its own file alone, and `sam deploy` leaves the others as they are.
# Every domain's Makefile is one line that includes this one, after PUBLISHED where functions stand behind an alias.

DOMAIN := $(dir $(firstword $(MAKEFILE_LIST)))

# A published version keeps its layers, and SAM publishes another only where the package changes, not where a layer does.
# So the package of a function behind an alias carries a digest of the layers' sources: a new library is a new version.
PUBLISHED ?=
digest = cd "$(DOMAIN)../../layers" && find . -type f ! -path '*/__pycache__/*' | LC_ALL=C sort | xargs sha256sum | sha256sum

build-%:
	@name=$$(echo $* | sed -e 's/\([A-Z]\)/_\1/g' -e 's/^_//' | tr '[:upper:]' '[:lower:]'); \
	cp "$(DOMAIN)$$name.py" "$(ARTIFACTS_DIR)/" || exit 1; \
	if [ -d "$(DOMAIN)$$name" ]; then cp -R "$(DOMAIN)$$name" "$(ARTIFACTS_DIR)/"; fi; \
	if [ -n "$(filter $*,$(PUBLISHED))" ]; then ($(digest)) >"$(ARTIFACTS_DIR)/layers.sha256"; fi
