"""CoRL: the reasoner and the responder, co-evolved on one frozen base model."""
