"""Processes that end together, and how a command is interrupted."""
