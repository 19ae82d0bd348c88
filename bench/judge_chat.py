"""The accounting of messages: each goes to everybody else in its room, once, and to nobody else. Pure, as judge.py."""

from collections import defaultdict
from collections.abc import Collection

import numpy as np

from bench.judge import Verdict
from bench.plan import Plan
from bench.records import NEVER, Messages, Post, Records, Times


def judge_chat(plan: Plan, records: Records, verdict: Verdict) -> None:
    """Adds to the verdict."""
    came = _by_message(records.messages)
    for post in records.posts:
        verdict.unanswered += post.sent_ns != NEVER and post.answered_ns == NEVER
        if post.answered_ns != NEVER and post.error is None and post.message_id is not None:
            _judge_one(plan, post, came.pop(post.message_id, []), verdict)
    verdict.fault("wrong", sum(map(len, came.values())), "a frame of a message that nobody here sent, or had refused")


def _by_message(messages: Messages) -> dict[str, list[tuple[int, int]]]:
    """Who got each, and when."""
    came: dict[str, list[tuple[int, int]]] = defaultdict(list)
    columns = (messages.message.tolist(), messages.client.tolist(), messages.received_ns.tolist())
    for message, client, received_ns in zip(*columns, strict=True):
        came[messages.ids[message]].append((client, received_ns))
    return came


def _judge_one(plan: Plan, post: Post, came: Collection[tuple[int, int]], verdict: Verdict) -> None:
    said = plan.said[post.number]
    others = set(plan.groups[said.group].members) - {said.author}
    must, got = others - plan.excused, {client for client, _ in came}
    name = f"message {post.number} (due at {said.due_s:.2f} s)"
    verdict.fault("lost", len(must - got), name)
    verdict.fault("wrong", len(got - others), name)
    verdict.fault("duplicate", len(came) - len(got), name)
    verdict.said += 1
    verdict.heard += len(came)
    waited_ns: Times = np.array([at_ns - post.due_ns for client, at_ns in came if client in must], np.int64)
    verdict.chat.add(waited_ns)
