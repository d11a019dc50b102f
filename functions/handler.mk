# Packs one function: its handler file, and the folder of the same name (pages, state machines) where it has one.
# A function's package so changes with its own file alone, and `sam deploy` leaves the others as they are.
# Every domain's Makefile is one line that includes this one.

DOMAIN := $(dir $(firstword $(MAKEFILE_LIST)))

build-%:
	@name=$$(echo $* | sed -e 's/\([A-Z]\)/_\1/g' -e 's/^_//' | tr '[:upper:]' '[:lower:]'); \
	cp "$(DOMAIN)$$name.py" "$(ARTIFACTS_DIR)/" || exit 1; \
	if [ -d "$(DOMAIN)$$name" ]; then cp -R "$(DOMAIN)$$name" "$(ARTIFACTS_DIR)/"; fi
