"""A parent and its child tenants: charges on a tenant's wallet, balance requests, reports and invoices."""
