"""The platform about itself: health, version, the OpenAPI document and its interactive documentation."""
