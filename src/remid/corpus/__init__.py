"""Readers: what people already have, as a stream of Dialogues of one schema."""
