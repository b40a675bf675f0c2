"""How a request fails before a server has answered it, and what may pass."""

import httpx2  # what the openai client speaks HTTP with
import openai

BROKEN = (openai.APIConnectionError, httpx2.TransportError)
"""Errors of the connection; those while a body is read come from httpx2 itself."""
SILENT = (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException)
"""Nothing came in time, be it between two bytes or in all."""
UNREACHED = (httpx2.ConnectError, httpx2.UnsupportedProtocol)
"""Nobody was there to be asked."""
INVALID_URL = (httpx2.InvalidURL, ValueError)
PASSING = (*BROKEN, openai.RateLimitError, openai.InternalServerError)


def may_pass(error: BaseException) -> bool:
    """Whether to ask again: not after silence, which has taken the whole time already."""
    # A timeout is an APIConnectionError too.
    return isinstance(error, PASSING) and not isinstance(error, SILENT)


def cause_of(error: Exception) -> Exception:
    """Return what httpx2 said, which the client wraps."""
    inner = error.__cause__
    return inner if isinstance(error, openai.APIError) and isinstance(inner, Exception) else error
