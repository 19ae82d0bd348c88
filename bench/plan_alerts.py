"""Which alerts come when, from whom, for whom, and what follows them; and what is said in rooms meanwhile."""

from collections.abc import Sequence

import numpy as np

from bench.drawing import DECIMALS, Path, drawn, in_disc, moved
from bench.planned import AlertPlan, Plan, Said, Step
from bench.workload import BadProfile, Profile, Quiet, Scope, Stream, Where
from realtime.messages import Kind, Level

KINDS: tuple[Kind, ...] = ("inform", "warn", "help")
APART_S = 1.5  # an alert takes one update a second
LAST_S = 1.0  # before the end of the run comes the alert that breaks the silence
QUIET = "quiet"  # the case of that one

WORDS = "Grey van, they went into number 14."
COMMENTS = (
    "Seen at the corner, going north.",
    "Two of them, on foot now.",
    "A dog barks behind number 8.",
    "Lights on.",
)
WRONG = "It was the next street."
FALSE = "It was the caretaker."


def alerts(profile: Profile, people: Plan, rng: np.random.Generator) -> tuple[AlertPlan, ...]:
    """Of all streams, in the order of time."""
    until_s = _until_s(profile, people.seconds)
    found = _of_streams(profile, people, until_s, rng)
    if profile.quiet is not None and until_s < people.seconds:
        found.append(_after_silence(profile, people, profile.quiet, rng))
    return tuple(sorted(found, key=lambda alert: alert.due_s))


def said(profile: Profile, people: Plan, rng: np.random.Generator) -> tuple[Said, ...]:
    """In the order of time. Raises BadProfile if there is no group of that spread."""
    chat = profile.chat
    if chat is None:
        return ()
    rooms = [number for number, group in enumerate(people.groups) if group.of == chat.of]
    if not rooms:
        raise BadProfile(f"there is chat in rooms of {chat.of!r}, which has none")
    due_s = np.arange(chat.every_s / 2, _until_s(profile, people.seconds), chat.every_s).tolist()
    drawn_rooms = [rooms[int(rng.integers(len(rooms)))] for _ in due_s]
    return tuple(
        Said(at_s, _speaker(people.groups[room].members, people.excused, rng), room)
        for at_s, room in zip(due_s, drawn_rooms, strict=True)
    )


def _until_s(profile: Profile, seconds: float) -> float:
    """When the silence at the end begins, or the end of a run that is too short for one."""
    quiet = profile.quiet
    return seconds if quiet is None or seconds < 2 * quiet.silence_s else seconds - quiet.silence_s - LAST_S


def _of_streams(profile: Profile, people: Plan, until_s: float, rng: np.random.Generator) -> list[AlertPlan]:
    return [
        _alert(profile, people, stream, due_s, number, until_s, rng)
        for stream in profile.every_stream
        for number, due_s in enumerate(_times(stream, until_s, rng))
    ]


def _after_silence(profile: Profile, people: Plan, quiet: Quiet, rng: np.random.Generator) -> AlertPlan:
    streams = {stream.name: stream for stream in profile.every_stream}
    if quiet.like not in streams:
        raise BadProfile(f"the alert after the silence is like {quiet.like!r}, which is no stream")
    like = streams[quiet.like]
    stream = Stream(
        name=QUIET, every_s=1.0, levels={"red": 1.0}, scopes=like.scopes, places=like.places, headline=like.headline
    )
    return _alert(profile, people, stream, people.seconds - LAST_S, 0, people.seconds, rng)


def _times(stream: Stream, until_s: float, rng: np.random.Generator) -> list[float]:
    if stream.every_s is not None:
        due_s = np.arange(min(stream.every_s / 2, 5.0), until_s, stream.every_s)
    elif stream.per_min is not None:
        due_s = np.cumsum(rng.exponential(60 / stream.per_min, int(until_s * stream.per_min / 30) + 50))
    else:
        raise BadProfile(f"the stream {stream.name!r} has neither per_min nor every_s")
    return [float(at_s) for at_s in due_s[due_s < until_s][: stream.count]]


def _alert(
    profile: Profile,
    people: Plan,
    stream: Stream,
    due_s: float,
    number: int,
    until_s: float,
    rng: np.random.Generator,
) -> AlertPlan:
    level: Level = drawn(tuple(stream.levels), tuple(stream.levels.values()), rng)
    scope = drawn(stream.scopes, tuple(one.share for one in stream.scopes), rng)
    author, addressed = _addressed(scope, people, rng)
    if stream.along_path:
        place = _on_path(profile, stream, number)
    else:
        place = _place(drawn(stream.places, tuple(one.share for one in stream.places), rng), author, people, rng)
    return AlertPlan(
        due_s=due_s,
        author=author,
        level=level,
        kind=KINDS[rng.integers(len(KINDS))],
        lat=place[0],
        lon=place[1],
        radius_m=stream.radius_m(level) if scope.public else None,
        public=scope.public,
        groups=addressed,
        headline=stream.headline,
        steps=_steps(stream, due_s, until_s, rng),
        case=stream.name,
    )


def _addressed(scope: Scope, people: Plan, rng: np.random.Generator) -> tuple[int, tuple[int, ...]]:
    """Who sends it and to which groups: a member of them, a large group more often than a small one."""
    excused, groups = people.excused, people.groups
    fitting = [
        number
        for number, group in enumerate(groups)
        if (scope.locked is None or group.locked == scope.locked)
        and (scope.of is None or group.of == scope.of)
        and not excused.issuperset(group.members)
    ]
    if not scope.rooms or not fitting:
        return _speaker(range(people.clients), excused, rng), ()
    first = drawn(fitting, [float(len(groups[number].members)) for number in fitting], rng)
    author = _speaker(groups[first].members, excused, rng)
    if scope.rooms == 1:
        return author, (first,)
    others = [number for number in fitting if number != first and author in groups[number].members]
    return author, (first, *others[: scope.rooms - 1])


def _speaker(of: Sequence[int], excused: frozenset[int], rng: np.random.Generator) -> int:
    while (one := of[int(rng.integers(len(of)))]) in excused:
        pass
    return one


def _place(where: Where, author: int, people: Plan, rng: np.random.Generator) -> tuple[float, float]:
    """Where it is. The author's own place is where the author was at the start: the place is chosen, not measured."""
    here = float(people.lat[author]), float(people.lon[author])
    around = here if where.lat is None or where.lon is None else (where.lat, where.lon)
    to_lat, to_lon = moved(*around, *in_disc(where.disc_m, 1, rng))
    return round(float(to_lat[0]), DECIMALS), round(float(to_lon[0]), DECIMALS)


def _on_path(profile: Profile, stream: Stream, number: int) -> tuple[float, float]:
    if len(profile.path) < 2 or stream.count is None:
        raise BadProfile(f"the stream {stream.name!r} goes along a path: it needs one, and a count")
    lat, lon = Path(profile.path).at(number / max(1, stream.count - 1))
    return round(float(lat), DECIMALS), round(float(lon), DECIMALS)


def _steps(stream: Stream, due_s: float, until_s: float, rng: np.random.Generator) -> tuple[Step, ...]:
    """What follows, in the order of time and far enough apart; an end is the last of it."""
    given, wanted = stream.updates, []
    if rng.random() < given.words_share:
        wanted.append(Step(due_s + rng.uniform(*given.words_after_s), text=WORDS))
    if given.comments_per_min:
        gaps_s = rng.exponential(60 / given.comments_per_min, int(given.comments_per_min * given.comments_for_s / 60))
        wanted += [
            Step(due_s + 3.0 + after_s, text=COMMENTS[number % len(COMMENTS)])
            for number, after_s in enumerate(np.cumsum(gaps_s).tolist())
        ]
    if rng.random() < given.correct_share:
        wanted.append(Step(due_s + rng.uniform(*given.correct_after_s), text=WORDS, wrong=WRONG))
    wanted.sort(key=lambda step: step.due_s)
    if rng.random() < given.close_share:
        at_s = due_s + rng.uniform(*given.close_after_s)
        false = rng.random() < given.false_share
        wanted = [step for step in wanted if step.due_s < at_s]
        wanted.append(Step(at_s, state="false_alarm", wrong=FALSE) if false else Step(at_s, state="closed"))
    steps: list[Step] = []
    for step in wanted:
        earliest_s = steps[-1].due_s + APART_S if steps else 0.0
        steps.append(Step(max(earliest_s, step.due_s), step.text, step.state, step.wrong))
    return tuple(step for step in steps if step.due_s < until_s)
