"""The role-playing models under test and their replies."""
