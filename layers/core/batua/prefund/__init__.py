"""Prefunds: a tenant tells of money that it has sent, staff review it, a super admin has it credited."""
