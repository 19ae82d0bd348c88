"""Keys are made once, kept private, and refused when they are not what they should be."""

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from realtime.config import TokenSettings
from realtime.connection.auth import Issuer, Verifier
from realtime.connection.keys import OWN_KEY_FILE, Key, KeysUnusable, keep_own_key, load_keys, own_key
from tests.fakes import FakeClock

ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
SHARED = {"kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}


def jwks(folder: Path, document: Any) -> list[Key]:
    file = folder / "jwks.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return load_keys(TokenSettings(jwks_file=file), folder)


def test_the_own_key_is_made_once_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    first = own_key(tmp_path / "data")
    assert own_key(tmp_path / "data").id == first.id
    (file,) = (tmp_path / "data").iterdir()  # and nothing is left over
    assert file.name == OWN_KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["kty"] == "OKP"


def test_those_who_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    """By files alone, as processes would."""
    start = threading.Barrier(8)

    def make(_: int) -> str | None:
        start.wait()
        return own_key(tmp_path).id

    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(make, range(8)))
    assert ids == {own_key(tmp_path).id}


def test_the_loser_of_the_race_takes_the_winner_s_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    winner = own_key(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda self: False)  # as the loser saw it
    assert own_key(tmp_path).id == winner.id
    assert [file.name for file in tmp_path.iterdir()] == [OWN_KEY_FILE]


def test_an_issuer_s_keys_are_chosen_by_kid(tmp_path: Path) -> None:
    clock = FakeClock()
    a, b = own_key(tmp_path / "a"), own_key(tmp_path / "b")
    public = [
        {
            name: value
            for name, value in json.loads((tmp_path / folder / OWN_KEY_FILE).read_text()).items()
            if name != "d"
        }
        for folder in "ab"
    ]
    keys = jwks(tmp_path, {"keys": [*public, {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}]})
    assert [key.signing for key in keys] == [None, None]
    verifier = Verifier(keys, clock)
    for user, key in (("anna", a), ("bo", b)):
        assert verifier.identify(Issuer(key, clock).mint(user)).user == user


def test_the_settings_choose_the_kind_of_key(tmp_path: Path) -> None:
    assert load_keys(TokenSettings(hs256_secret="s" * 32), tmp_path)[0].algorithm == "HS256"
    assert list(tmp_path.iterdir()) == []
    assert load_keys(TokenSettings(), tmp_path)[0].algorithm == "EdDSA"
    assert jwks(tmp_path, ED25519)[0].algorithm == "EdDSA"
    assert jwks(tmp_path, {**ED25519, "alg": "Ed25519"})[0].algorithm == "EdDSA"
    assert jwks(tmp_path, {"keys": [SHARED]})[0].algorithm == "HS256"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "not a JSON file"),
        ("[]", "an object is wanted"),
        ({"keys": []}, "no key"),
        ({"keys": {}}, "must be a list"),
        ({"keys": [7]}, "must be a list"),
        ({"keys": [{"kty": "RSA", "kid": "r1", "n": "AQAB", "e": "AQAB"}]}, "key r1: RSA keys are not accepted"),
        ({"kty": "EC", "crv": "P-256"}, "P-256 keys are not accepted"),
        ({"kty": "OKP", "crv": "X25519", "x": ED25519["x"]}, "X25519 keys are not accepted"),
        ({"kty": "OKP", "crv": "Ed25519"}, "not a usable EdDSA key"),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, "not a usable EdDSA key"),
        ({"kty": "oct"}, "not a usable HS256 key"),
        ({"kty": "oct", "k": "c2hvcnQ"}, "at least 32 bytes"),
        ({**ED25519, "alg": "HS256"}, "HS256 is not accepted"),
        ({**SHARED, "alg": "none"}, "none is not accepted"),
        ({**ED25519, "kid": 7}, '"kid" must be text'),
        ({"keys": [ED25519, SHARED]}, 'a "kid" each'),
        ({"keys": [{**ED25519, "kid": "a"}, {**SHARED, "kid": "a"}]}, 'a "kid" each'),
    ],
)
def test_keys_that_cannot_be_used_are_refused_by_name(document: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match=r"jwks\.json") as caught:
        jwks(tmp_path, document)
    assert said in str(caught.value)


def test_files_that_cannot_be_read_or_made(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="No such file"):
        load_keys(TokenSettings(jwks_file=tmp_path / "none.json"), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysUnusable, match=r"token-key\.json: "):
        own_key(tmp_path / "file")


def test_a_saved_key_is_given_to_a_folder_that_has_none(tmp_path: Path) -> None:
    load_keys(TokenSettings(), tmp_path / "old")
    saved = (tmp_path / "old" / OWN_KEY_FILE).read_text()
    (tmp_path / "new").mkdir()
    assert keep_own_key(tmp_path / "new", saved) is True
    assert (tmp_path / "new" / OWN_KEY_FILE).read_text() == saved
    load_keys(TokenSettings(), tmp_path / "other")
    assert keep_own_key(tmp_path / "other", saved) is False
    assert (tmp_path / "other" / OWN_KEY_FILE).read_text() != saved
    with pytest.raises(KeysUnusable, match="the saved key: not a JSON file"):
        keep_own_key(tmp_path / "new", "half a k")
