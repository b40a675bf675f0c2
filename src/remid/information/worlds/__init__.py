"""Worlds of known truth."""
