"""Any OpenAI-compatible endpoint: asked politely, and never twice for what it has answered."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import openai
import tenacity
from tqdm import tqdm

from remid.domain.errors import RemidError
from remid.lm.chat import Message
from remid.lm.generation import Sampling
from remid.replies.completion import Answer, NotJson, read_answer
from remid.replies.redraw import REDRAWS, redraw_seed
from remid.replies.secrets import key_in, secrets_of, shown_url
from remid.replies.transport import BROKEN, INVALID_URL, SILENT, UNREACHED, cause_of, may_pass
from remid.store.cache import ContentCache, content_key

__all__ = ["Answer", "Answers", "Endpoint", "Question", "ask", "no_fault"]

FRUITLESS = 4
"""Questions in a row without an answer, at the least, after which no more are asked."""
MOST_BYTES = 1 << 20
"""Read of an answer beside its text."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model is served, and how it is asked."""

    url: str
    """Base URL, which usually ends in ``/v1``."""
    model: str
    key_variable: str
    """Environment variable that holds the key; servers without keys need none."""
    concurrency: int
    """Questions in flight."""
    timeout: float
    """Seconds to wait for one answer, from the question to its last byte."""
    attempts: int
    """Tries per question, with growing pauses between them."""
    max_characters: int
    """Longest answer that is taken for one."""


@dataclass(frozen=True)
class Question:
    """What is asked, under an id."""

    id: str
    messages: tuple[Message, ...]


Fault = Callable[[Question, str], str]
"""Says why an answer is of no use; empty where it is."""


def no_fault(_: Question, __: str) -> str:
    """Take every answer."""
    return ""


@dataclass
class Answers:
    """Answers by question id, and why the others have none."""

    found: dict[str, Answer] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def ask(
    endpoint: Endpoint,
    questions: Sequence[Question],
    sampling: Sampling,
    *,
    cache: ContentCache,
    fault: Fault = no_fault,
    progress: str | None = None,
) -> Answers:
    """Ask every question whose answer is not in the cache; each answer is kept as it comes.

    Parameters
    ----------
    fault : what makes an answer useless; such a question has failed, and is asked again next time.

    Raises
    ------
    RemidError
        When the endpoint cannot be reached, refuses the key, does not know the model, is no such
        endpoint, or answers several questions in a row with nothing. What it answered is kept,
        that to questions on their way included.
    """
    keys = {q.id: _key(endpoint, q, sampling) for q in questions}
    known = cache.get([*keys.values()])
    answers = Answers()
    for q in questions:
        if keys[q.id] in known and not fault(q, known[keys[q.id]]["text"]):
            answers.found[q.id] = Answer(**known[keys[q.id]])
    wanted = [q for q in questions if q.id not in answers.found]
    if not wanted:
        return answers
    with tqdm(total=len(wanted), desc=progress, unit="reply", disable=progress is None) as bar:

        def keep(question: Question, answer: Answer | str) -> None:
            if isinstance(answer, str):
                answers.failed[question.id] = answer
            else:
                answers.found[question.id] = answer
                cache.put({keys[question.id]: asdict(answer)})
            bar.update()

        run = _Run(endpoint, sampling, keep, fault)
        asyncio.run(run.all(wanted))
    if run.stopped:
        kept = f" ({len(answers.found)} answers are kept)" if answers.found else ""
        raise RemidError(f"{run.stopped}{kept}") from run.stopped.__cause__
    if len(answers.failed) == len(questions):
        first = next(iter(answers.failed.values()))
        raise RemidError(
            f"{run.url}: no answer to any of {len(questions)} dialogues (the first: {first}); "
            "look at the server's log, then run this again."
        )
    return answers


class _Run:
    """One pass over questions."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, keep: Any, fault: Fault) -> None:
        self.endpoint, self.sampling, self.keep, self.fault = endpoint, sampling, keep, fault
        self.key = key_in(endpoint.key_variable)
        self.url, self.secrets = shown_url(endpoint.url), secrets_of(endpoint.url, self.key)
        self.stopped: RemidError | None = None
        """Why no more questions are asked."""
        self.answered, self.fruitless = False, 0

    async def all(self, questions: Sequence[Question]) -> None:
        """Ask the first question alone, so that a wrong address or key costs one question."""
        limit = asyncio.Semaphore(self.endpoint.concurrency)
        try:
            client = openai.AsyncOpenAI(
                base_url=self.endpoint.url,
                api_key=self.key,
                timeout=self.endpoint.timeout,
                max_retries=0,
            )
        except INVALID_URL:
            raise RemidError(f"{self.url}: is no URL of an endpoint; correct it.") from None
        async with client:

            async def one(question: Question) -> None:
                async with limit:
                    # Those on their way when another stops the run come to their end and are kept.
                    if self.stopped:
                        return
                    try:
                        answer = await self.answer(client, question)
                    except RemidError as mistake:
                        self.stopped = self.stopped or mistake
                        return
                    self.keep(question, answer)

            await one(questions[0])
            await asyncio.gather(*map(one, questions[1:]))

    async def answer(self, client: openai.AsyncOpenAI, question: Question) -> Answer | str:
        """Return the answer, or why there is none."""
        greedy = self.sampling.temperature == 0
        for attempt in range(1 if greedy else 1 + REDRAWS):
            seed = redraw_seed(self.sampling.seed, attempt)
            try:
                body = await self.post(client, question, replace(self.sampling, seed=seed))
                answer = body if isinstance(body, str) else read_answer(body)
            except (TimeoutError, *BROKEN, openai.APIStatusError) as error:
                return self.failure(error)
            except NotJson as page:
                return self.no_json(str(page))
            self.answered, self.fruitless = True, 0
            if isinstance(answer, str):
                return answer
            if len(answer.text) > self.endpoint.max_characters:
                return f"a reply of {len(answer.text):,} characters"
            if answer.text:
                hide = self.secrets.hide
                answer = replace(answer, text=hide(answer.text), thought=hide(answer.thought))
                return self.fault(question, answer.text) or answer
        return "an empty reply"

    async def post(
        self, client: openai.AsyncOpenAI, question: Question, sampling: Sampling
    ) -> bytes | str:
        """Send one request, again after failures that may pass; a string says why it is none."""
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(may_pass),
            stop=tenacity.stop_after_attempt(self.endpoint.attempts),
            wait=_pause,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                # httpx's own limits are between two bytes: one every half second meets them all.
                async with asyncio.timeout(self.endpoint.timeout):
                    return await self.request(client, question, sampling)
        raise AssertionError

    async def request(
        self, client: openai.AsyncOpenAI, question: Question, sampling: Sampling
    ) -> bytes | str:
        """Read one body, of a length that an answer can have."""
        messages: Any = [asdict(message) for message in question.messages]
        asked = client.chat.completions.with_streaming_response.create(
            model=self.endpoint.model,
            messages=messages,
            max_tokens=sampling.max_new_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
        )
        body = bytearray()
        # A character takes up to 12 bytes: two escapes of JSON.
        most = MOST_BYTES + 12 * self.endpoint.max_characters
        async with asked as response:
            async for part in response.iter_bytes():
                body += part
                if len(body) > most:
                    return f"an answer of more than {most / 2**20:.1f} MiB"
        return bytes(body)

    def failure(self, error: Exception) -> str:
        """Say why one question failed; what would fail for all of them is raised."""
        variable, url = self.endpoint.key_variable, self.url
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            raise RemidError(
                f"{url}: the key was refused (status {error.status_code}); put a valid one into the "
                f"environment variable {variable}."
            ) from None
        if isinstance(error, openai.NotFoundError):
            raise RemidError(
                f"{url}: status 404 for model {self.endpoint.model!r}; correct the model's name, or "
                "the URL, which usually ends in /v1."
            ) from None
        if isinstance(error, openai.APIStatusError):
            told = f"status {error.status_code}: {self.secrets.hide(str(error.message))[:120]}"
            # A server that refuses one question answers; one that is out of order does not.
            return self.nothing(told) if error.status_code >= 429 else told
        cause = cause_of(error)
        if isinstance(cause, SILENT):
            return self.nothing(f"no answer within {self.endpoint.timeout:g} seconds")
        told = self.secrets.hide(str(cause) or type(cause).__name__)[:120]
        if not isinstance(cause, UNREACHED):
            return self.nothing(f"the connection broke before the answer was whole ({told})")
        remedy = "look at its log" if self.answered else "start the server or correct the URL"
        state = "cannot be reached any more" if self.answered else "cannot be reached"
        raise RemidError(f"{url}: {state} ({told}); {remedy}, then run this again.") from None

    def nothing(self, reason: str) -> str:
        """Count a question without an answer; after several in a row no more are asked."""
        self.fruitless += 1
        if self.fruitless > max(FRUITLESS, self.endpoint.concurrency) and not self.stopped:
            self.stopped = RemidError(
                f"{self.url}: no answer to {self.fruitless} questions in a row (the last: {reason}); "
                "look at the server's log, then run this again."
            )
        return reason

    def no_json(self, start: str) -> str:
        """Say that a body was a page; if it was the first, the address is another's."""
        start = self.secrets.hide(start)
        if not self.answered and start.startswith("<"):
            raise RemidError(
                f"{self.url}: answered with text that is no JSON ({start!r}), perhaps a web page; "
                "correct the URL, which usually ends in /v1."
            )
        return "its answer is not the JSON of a chat completion"


def _pause(state: tenacity.RetryCallState) -> float:
    """Wait as long as the server asks for, or longer with every attempt."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, openai.APIStatusError):
        asked = error.response.headers.get("retry-after", "")
        if asked.isdigit():
            return min(float(asked), 60.0)
    return tenacity.wait_random_exponential(multiplier=0.5, max=20)(state)


def _key(endpoint: Endpoint, question: Question, sampling: Sampling) -> str:
    messages = [asdict(message) for message in question.messages]
    return content_key("endpoint", endpoint.url, endpoint.model, messages, asdict(sampling))
