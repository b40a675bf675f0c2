"""What only CPUs need."""
