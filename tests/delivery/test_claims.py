"""What a returning client says that it holds: believed as far as it may have had it, and answered by what changed."""

from collections.abc import Iterator

import pytest

from tests.town import HERE, Phone, Town, kinds, north


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def red(phone: Phone, **fields: object) -> str:
    given = {"level": "red", "kind": "warn", "lat": HERE[0], "lon": HERE[1], "public": True, "groups": []}
    return str(phone.ask("alert", **(given | fields))["alert"])


def test_what_a_client_holds_at_its_current_revision_is_not_sent_again(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)
    bo.hang_up()
    bo = town.phone("bo", HERE, holds=[{"alert": alert, "revision": 1}])
    assert kinds(bo.connection.frames) == ["welcome", "live"]


def test_what_changed_while_away_comes_once_whole_and_ends_with_an_all_clear(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)
    bo.hang_up()
    anna.ask("update", alert=alert, text="More")
    anna.ask("update", alert=alert, state="closed")
    bo = town.phone("bo", north(HERE, 9_000), holds=[{"alert": alert, "revision": 1}])
    [update] = bo.all("update", "alert")
    assert (update["type"], update["revision"], update["state"]) == ("update", 3, "closed")
    assert (update["signal"], update["tone"], "late" in update) == (True, "all_clear", False)


def test_words_that_came_while_away_do_not_sound(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)
    bo.hang_up()
    anna.ask("update", alert=alert, text="More")
    bo = town.phone("bo", HERE, holds=[{"alert": alert, "revision": 1}])
    assert [update["signal"] for update in bo.all("update")] == [False]


def test_a_raising_that_was_missed_sounds(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna, level="yellow")
    bo.hang_up()
    anna.ask("update", alert=alert, level="red")
    bo = town.phone("bo", HERE, holds=[{"alert": alert, "revision": 1}])
    assert [update["signal"] for update in bo.all("update")] == [True]


def test_what_was_held_quietly_sounds_on_coming_near(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo", HERE)
    alert = red(anna)
    bo.hang_up()
    bo = town.phone("bo", holds=[{"alert": alert, "revision": 1, "quiet": True}], device="other")
    assert bo.all("alert", "update") == []
    bo.say("position", lat=HERE[0], lon=HERE[1])
    [update] = bo.all("update")
    assert (update["revision"], update["signal"]) == (1, True)


def test_false_unknown_and_foreign_claims_are_unconfirmed_alike(town: Town) -> None:
    anna, eve = town.phone("anna"), town.phone("eve")
    group = town.group(anna)
    secret, public = red(anna, public=False, groups=[group]), red(anna)
    eve.hang_up()
    claims = [{"alert": alert, "revision": 1} for alert in (secret, "f" * 32)] + [{"alert": public, "revision": 9}]
    eve = town.phone("eve", holds=claims)
    assert eve.all("unconfirmed") == [{"type": "unconfirmed", "alerts": [secret, "f" * 32, public]}]
    anna.ask("update", alert=secret, text="hidden", state="closed")
    # What is public anybody may have had; of a revision that died in a crash they get what is left of it.
    assert [(copy["alert"], copy["revision"], copy["signal"]) for copy in eve.all("alert", "update")] == [
        (public, 1, False)
    ]


def test_who_had_a_revision_that_died_with_the_server_gets_what_comes_after(town: Town) -> None:
    """Also whoever has left the group, or walked away: there is nothing but what they hold to find them by."""
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    alert = red(anna, public=False, groups=[group])
    bo.ask("leave", group=group)
    bo.hang_up()
    bo = town.phone("bo", holds=[{"alert": alert, "revision": 2}])
    assert kinds(bo.connection.frames) == ["welcome", "unconfirmed", "update", "live"]
    anna.ask("update", alert=alert, state="closed")
    updates = [(update["revision"], update["signal"], update.get("tone")) for update in bo.all("update")]
    assert updates == [(1, False, None), (2, True, "all_clear")]


def test_a_former_member_may_claim_what_was_raised_while_they_belonged_and_not_later(town: Town) -> None:
    anna, bo = town.phone("anna"), town.phone("bo")
    group = town.group(anna, bo)
    before = red(anna, public=False, groups=[group])
    town.pass_time(5)
    bo.ask("leave", group=group)
    town.pass_time(5)
    after = red(anna, public=False, groups=[group])
    bo.hang_up()
    anna.ask("update", alert=before, state="closed")
    town = town.restarted()
    bo = town.phone("bo", holds=[{"alert": before, "revision": 1}, {"alert": after, "revision": 1}])
    assert [(update["alert"], update["why"]) for update in bo.all("update")] == [(before, ["held"])]
    assert bo.all("unconfirmed")[0]["alerts"] == [after]
    town.close()
