"""Readers: what people already have, as one schema."""
