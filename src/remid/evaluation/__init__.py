"""One table: (model, split) to estimates."""
