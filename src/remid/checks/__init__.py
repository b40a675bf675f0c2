"""Expectations over dialogues and splits."""
