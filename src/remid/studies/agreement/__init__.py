"""R-EMI and what stands beside it, set against ratings by people."""
