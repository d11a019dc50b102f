"""The documentation as a site: pages of docs/, and a reference made of the OpenAPI document."""
