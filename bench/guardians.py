"""What a second is worth: whoever does it leaves on foot, and is still in sight of ever fewer of those who were told.

Somebody walks away from the place at 1.4 m/s, nobody knows where to. After t seconds he can be anywhere within 1.4 t
metres. Whoever was told (N people, even over a circle of radius R) and is further out than that can still meet or see
him: that ring is the area that still matters.

    ahead(t)  = N (1 - (v t / R)²)       until v t = R, when he is out of the circle
    cost(t)   = 2 N v² t / R²            guardians lost by each further second, at t

It is an upper bound: he passes by only some of them. Within sight, 50 m to each side, of a straight way out are

    on the way(t) = N 2 s (R - v t) / (π R²)    of whom each second costs N 2 s v / (π R²)
"""

from math import pi
from typing import Final

SPEED_M_S: Final = 1.4
RADIUS_M: Final = 500.0
SIGHT_M: Final = 50.0
OUT_OF_IT_S: Final = RADIUS_M / SPEED_M_S

# Before the server has it and after the phone has it, from the time budget of the mission (the middle of each span).
NOTICES_S: Final = 20.0
PRESSES_S: Final = 7.5
NETWORKS_S: Final = 1.2
READS_S: Final = 17.5
PEOPLE_S: Final = NOTICES_S + PRESSES_S + NETWORKS_S + READS_S
WINDOW_S: Final = 300.0


def ahead(told: float, after_s: float) -> float:
    """How many of those told he cannot have passed yet."""
    return max(0.0, told * (1 - (SPEED_M_S * after_s / RADIUS_M) ** 2))


def cost_per_s(told: float, after_s: float) -> float:
    """How many fewer that are, a second later."""
    return 2 * told * SPEED_M_S**2 * after_s / RADIUS_M**2 if after_s < OUT_OF_IT_S else 0.0


def on_the_way(told: float, after_s: float) -> float:
    """How many have the rest of a straight way out in sight."""
    return max(0.0, told * 2 * SIGHT_M * (RADIUS_M - SPEED_M_S * after_s) / (pi * RADIUS_M**2))
