"""HTTP: how endpoints are declared, how requests are read and answers written."""
