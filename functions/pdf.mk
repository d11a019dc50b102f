# Packs a function that writes PDF files: its handler, the libraries (compiled for Lambda's platform) and the fonts.
# The including Makefile has a requirements.txt beside it.

UV := $(firstword $(BATUA_UV) $(wildcard $(DOMAIN)../../.local/uv/bin/uv) uv)
PDF_PLATFORM ?= aarch64-manylinux_2_34
PDF_PYTHON ?= 3.13

define pack-pdf
	@cp "$(DOMAIN)$(1).py" "$(ARTIFACTS_DIR)/"
	@"$(UV)" pip install --quiet --target "$(ARTIFACTS_DIR)" --only-binary :all: --no-deps --require-hashes \
		--no-compile-bytecode --link-mode copy --python-platform $(PDF_PLATFORM) --python-version $(PDF_PYTHON) \
		--requirement "$(DOMAIN)requirements.txt"
	@rm -rf "$(ARTIFACTS_DIR)/.lock" "$(ARTIFACTS_DIR)/bin" "$(ARTIFACTS_DIR)/share"
	@cp -R "$(DOMAIN)../gateway/fonts" "$(ARTIFACTS_DIR)/fonts"
endef
