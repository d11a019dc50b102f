"""Invoices under Indian GST: the engine that both families of endpoints share, and the billing endpoints."""
