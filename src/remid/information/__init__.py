"""Arrays in, numbers out: mutual information, divergences, bounds and intervals."""
