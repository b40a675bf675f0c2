"""Any OpenAI-compatible endpoint: asked politely, and never twice for what it has answered."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import openai
import tenacity
from tqdm import tqdm

from remid.domain.errors import RemidError
from remid.lm.chat import Message
from remid.lm.generation import Sampling
from remid.replies.redraw import REDRAWS, redraw_seed
from remid.store.cache import ContentCache, content_key

PASSING = (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError)
"""Failures that may pass; a timeout is one of them."""


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
    """Seconds to wait for one answer."""
    attempts: int
    """Tries per question, with growing pauses between them."""
    max_characters: int
    """Longest answer that is taken for one."""


@dataclass(frozen=True)
class Question:
    """What is asked, under an id."""

    id: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    text: str
    tokens: int | None
    finished: bool
    """False where it was cut at the token limit."""
    thought: str = ""
    """What the server sets apart as reasoning."""


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
        endpoint, or answers no question at all. What it answered before is kept.
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
        try:
            asyncio.run(run.all(wanted))
        except ExceptionGroup as group:
            raise _first(group, kept=len(answers.found)) from group
    if len(answers.failed) == len(questions):
        first = next(iter(answers.failed.values()))
        raise RemidError(
            f"{endpoint.url}: no answer to any of {len(questions)} dialogues (the first: {first}); "
            "look at the server's log, then run this again."
        )
    return answers


class _Run:
    """One pass over questions."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, keep: Any, fault: Fault) -> None:
        self.endpoint, self.sampling, self.keep, self.fault = endpoint, sampling, keep, fault

    async def all(self, questions: Sequence[Question]) -> None:
        """Ask the first question alone, so that a wrong address or key costs one question."""
        limit = asyncio.Semaphore(self.endpoint.concurrency)
        async with openai.AsyncOpenAI(
            base_url=self.endpoint.url,
            # Servers without keys want the header all the same.
            api_key=os.environ.get(self.endpoint.key_variable) or "none",
            timeout=self.endpoint.timeout,
            max_retries=0,
        ) as client:

            async def one(question: Question) -> None:
                async with limit:
                    self.keep(question, await self.answer(client, question))

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(one(questions[0]))
            async with asyncio.TaskGroup() as tasks:
                for question in questions[1:]:
                    tasks.create_task(one(question))

    async def answer(self, client: openai.AsyncOpenAI, question: Question) -> Answer | str:
        """Return the answer, or why there is none."""
        greedy = self.sampling.temperature == 0
        for attempt in range(1 if greedy else 1 + REDRAWS):
            seed = redraw_seed(self.sampling.seed, attempt)
            try:
                answer = _read(await self.post(client, question, replace(self.sampling, seed=seed)))
            except (openai.APITimeoutError, openai.APIStatusError) as error:
                return _reason(self.endpoint, error)
            except openai.APIConnectionError as error:
                raise RemidError(
                    f"{self.endpoint.url}: cannot be reached ({error.__cause__ or error}); start "
                    "the server or correct the URL, then run this again."
                ) from error
            except (json.JSONDecodeError, openai.APIResponseValidationError):
                return "its answer is not the JSON of a chat completion"
            if isinstance(answer, str):
                return answer
            if len(answer.text) > self.endpoint.max_characters:
                return f"a reply of {len(answer.text):,} characters"
            if answer.text:
                return self.fault(question, answer.text) or answer
        return "an empty reply"

    async def post(
        self, client: openai.AsyncOpenAI, question: Question, sampling: Sampling
    ) -> object:
        """Send one request, again after failures that may pass."""
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(PASSING),
            stop=tenacity.stop_after_attempt(self.endpoint.attempts),
            wait=_pause,
            reraise=True,
        )
        messages: Any = [asdict(message) for message in question.messages]
        async for attempt in retrying:
            with attempt:
                return await client.chat.completions.create(
                    model=self.endpoint.model,
                    messages=messages,
                    max_tokens=sampling.max_new_tokens,
                    temperature=sampling.temperature,
                    top_p=sampling.top_p,
                    seed=sampling.seed,
                )
        raise AssertionError


def _first(group: ExceptionGroup[Exception], *, kept: int) -> Exception:
    """Return the user's mistake in a group of failures, or the first of them."""
    mistakes = group.subgroup(RemidError)
    error: Exception = mistakes or group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, RemidError) and kept:
        return RemidError(f"{error} ({kept} answers are kept)")
    return error


def _read(response: Any) -> Answer | str:
    """Take the answer out of a response; a string says why there is none."""
    if isinstance(response, str):  # what the client makes of a page that is not JSON
        raise RemidError(
            f"the endpoint answered with text that is no JSON ({response.strip()[:60]!r}), perhaps "
            "a web page; correct the URL, which usually ends in /v1."
        )
    if not getattr(response, "choices", None) or response.choices[0].message is None:
        return "its answer holds no choices"
    choice = response.choices[0]
    tokens = response.usage.completion_tokens if response.usage else None
    message = choice.message
    thought = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    return Answer(
        (message.content or "").strip(),
        tokens,
        choice.finish_reason != "length",
        thought.strip() if isinstance(thought, str) else "",
    )


def _reason(endpoint: Endpoint, error: openai.APIError) -> str:
    """Say why one question failed; what would fail for all of them is raised."""
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        raise RemidError(
            f"{endpoint.url}: the key was refused (status {error.status_code}); put a valid one "
            f"into the environment variable {endpoint.key_variable}."
        ) from error
    if isinstance(error, openai.NotFoundError):
        raise RemidError(
            f"{endpoint.url}: status 404 for model {endpoint.model!r}; correct the model's name, "
            "or the URL, which usually ends in /v1."
        ) from error
    if isinstance(error, openai.APIStatusError):
        return f"status {error.status_code}: {str(error.message)[:120]}"
    return f"no answer within {endpoint.timeout:g} seconds"


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
