"""Replies of models under test: files, endpoints, drawing, what can be scored."""
