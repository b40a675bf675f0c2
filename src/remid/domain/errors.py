"""The one exception for a user's mistake."""


class RemidError(Exception):
    """A mistake that its reader can mend: one clear sentence, no traceback.

    The message says what is wrong, where, what was expected and what to do about it. The command
    line prints it and exits with status 2; every other exception is a fault of ours.
    """
