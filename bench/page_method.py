"""How a deadline run is measured, and what it does not show: on every report, in the same words."""

from typing import Final

METHOD: Final = (
    "Members are simulated: each has a WebSocket of its own to the server, over the loopback of one machine, says "
    "hello with a token and a position, joins groups, and reports where it is as the profile says.",
    "Open loop: every alert leaves at a moment fixed beforehand, whatever the server does, and its latency counts from "
    "that moment. A server that stands still makes the next alerts late, too, instead of being spared them.",
    "Every recipient is measured, not a sample: the moment at which the bytes are read from its socket, before they "
    "are decoded.",
    "Who had to get an alert is worked out afterwards, by brute force over every position that was reported, in code "
    "that shares nothing with the server. Where a position changed just then, either answer counts; how often is told.",
    "The server's processor time and memory are read from the system, the rest from its own /health (twice a second) "
    "and /metrics (once in two seconds); that costs it some milliseconds a minute, which are in the figures.",
    "A red's way through the server is noted by a few wrappers that the bench puts around the server's functions from "
    "outside, once for each alert (2.3 µs of the 10 ms or so that one takes), by the clock of press and receipt. Of a "
    "server that is not the bench's own this is not seen.",
    "The floor is a process that does nothing but write a frame of the same size to as many sockets (at most 1,000) "
    "in a loop of uvloop's transport.write, on the server's core, right after the run.",
)
CAVEATS: Final = (
    "Loopback is not a mobile network. Radio, operator and the phone's own waking come on top: 0.1 to 2 s with an open "
    "connection, and without one as long as a push service takes, which is not measured here.",
    "Server and simulated members share one machine; the members' process reads its sockets in turn, so the last "
    "recipient's time has some of that reading in it. A real server's phones read at the same time.",
    "Other programs on the server's core make it late. How much of it they had is told; a miss beside many is not "
    "proven.",
    "The stretches of a red are medians, each of its own: they add up to about the median of the whole, not exactly.",
    "The loop's stalls are what the server measured of itself, of the first five seconds only from the sixth on.",
    "With 50 alerts or fewer a p99 is the slowest of them, and with 100 the slowest but one.",
    "Processor time for each delivery has all of the server's work in it: positions, pings, commits. With few alerts "
    "and many positions it says little about deliveries; `python -m bench.delivery` measures one alone.",
    "Guardians are an arithmetic of areas, not an observation: that people who know and look prevent a crime is the "
    "mission's assumption, and nobody should go after anybody.",
    "The people, places and times are made up from the figures of one Swedish report; no real member's data is in "
    "here.",
)
