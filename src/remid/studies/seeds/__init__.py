"""The models under test trained with several seeds."""
