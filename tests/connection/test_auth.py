"""Only who holds the key can say who somebody is, and only for as long, and in the world, that the token says."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.config import TokenSettings
from realtime.connection.auth import Issuer, Verifier
from realtime.connection.keys import Key, KeysUnusable, load_keys, own_key, probe_key, secret_key
from realtime.errors import TokenRefused
from realtime.identity import Identity
from tests.fakes import FakeClock

SECRET = secret_key(b"0123456789abcdef0123456789abcdef")
CLAIMS = {"sub": "anna", "exp": 1_700_000_060}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return own_key(tmp_path_factory.mktemp("data"))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: dict[str, Any] | bytes, key: Key = SECRET, **header: Any) -> str:
    """Any payload under a good signature, also one that no issuer would make."""
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    headers = header or ({"kid": key.id} if key.id else None)
    assert key.signing is not None
    return jwt.PyJWS().encode(body, key.signing, algorithm=key.algorithm, headers=headers)


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """HS256 by hand, for what PyJWT declines to sign."""
    start = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{start}.{b64(hmac.digest(secret, start.encode(), hashlib.sha256))}"


def refusal(token: str, *keys: Key, **options: Any) -> str:
    with pytest.raises(TokenRefused) as caught:
        Verifier(keys or [SECRET], FakeClock(), **options).identify(token)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["EdDSA", "HS256"])
def test_a_minted_token_names_an_established_member(kind: str, own: Key) -> None:
    clock = FakeClock()
    key = own if kind == "EdDSA" else SECRET
    token = Issuer(key, clock).mint("anna", ttl_s=60)
    assert jwt.get_unverified_header(token)["alg"] == kind
    assert Verifier([key], clock).identify(token) == Identity(
        user="anna",
        world="real",
        expires_at=clock.now() + 60 + 30,
        name="anna",
        role="member",
        since=clock.now() - 30 * 86_400,
        vouched=True,
        accepted={"conduct": "1", "consents": "1"},
    )


def test_a_new_member_of_the_exercise_world(own: Key) -> None:
    clock = FakeClock()
    token = Issuer(own, clock).mint("bo", role="guard", name="Bo Ek", world="exercise", new=True)
    who = Verifier([own], clock).identify(token)
    assert (who.world, who.role, who.name, who.since, who.vouched) == ("exercise", "guard", "Bo Ek", clock.now(), False)


def test_a_bare_token_is_a_member_of_the_real_world_for_whom_nobody_vouches() -> None:
    who = Verifier([SECRET], FakeClock()).identify(signed(CLAIMS))
    assert (who.world, who.role, who.name, who.since, who.vouched) == ("real", "member", None, None, False)


def test_expiry_goes_by_the_clock_and_allows_for_some_skew() -> None:
    clock = FakeClock()
    verifier = Verifier([SECRET], clock, leeway_s=30)
    token = signed(CLAIMS)
    clock.advance(89.9)
    assert verifier.identify(token).user == "anna"
    clock.advance(0.1)
    with pytest.raises(TokenRefused, match="expired at 2023-11-14 22:14:20 UTC"):
        verifier.identify(token)


def test_not_yet_valid() -> None:
    clock = FakeClock()
    token = signed({**CLAIMS, "nbf": 1_700_000_050})
    verifier = Verifier([SECRET], clock)
    with pytest.raises(TokenRefused, match="not valid before 2023-11-14 22:14:10 UTC"):
        verifier.identify(token)
    clock.advance(20)
    assert verifier.identify(token).user == "anna"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": 1_700_000_060}, 'no "sub"'),
        ({"sub": "anna"}, 'no "exp"'),
        ({**CLAIMS, "sub": 7}, '"sub" must be'),
        ({**CLAIMS, "sub": ""}, '"sub" must be'),
        ({**CLAIMS, "sub": "a" * 256}, '"sub" must be'),
        ({**CLAIMS, "sub": "real/anna"}, '"sub" must be'),
        ({**CLAIMS, "sub": "anna\n"}, '"sub" must be'),
        ({**CLAIMS, "exp": True}, '"exp" must be'),
        ({**CLAIMS, "exp": "soon"}, '"exp" must be'),
        ({**CLAIMS, "exp": float("nan")}, '"exp" must be'),
        ({**CLAIMS, "exp": float("inf")}, '"exp" must be'),
        ({**CLAIMS, "exp": 1_700_000_060_000}, '"exp" must be'),
        ({**CLAIMS, "exp": 10**400}, '"exp" must be'),
        ({**CLAIMS, "since": "always"}, '"since" must be'),
        ({**CLAIMS, "since": -1}, '"since" must be'),
        ({**CLAIMS, "nbf": []}, '"nbf" must be'),
        ({**CLAIMS, "vouched": "yes"}, '"vouched" must be'),
        ({**CLAIMS, "vouched": 1}, '"vouched" must be'),
        ({**CLAIMS, "minor": "no"}, '"minor" must be'),
        ({**CLAIMS, "world": "test"}, '"world" must be'),
        ({**CLAIMS, "world": None}, '"world" must be'),
        ({**CLAIMS, "world": ["real"]}, '"world" must be'),
        ({**CLAIMS, "role": "Police"}, '"role" must be'),
        ({**CLAIMS, "role": "a" * 33}, '"role" must be'),
        ({**CLAIMS, "role": 3}, '"role" must be'),
        ({**CLAIMS, "name": "a" * 81}, '"name" must be'),
        ({**CLAIMS, "name": " "}, '"name" must be'),
        ({**CLAIMS, "name": 3}, '"name" must be'),
        ({**CLAIMS, "name": "Bo\x00"}, "cannot be shown"),
        ({**CLAIMS, "name": "Bo\u202eecilop"}, "cannot be shown"),
        ({**CLAIMS, "name": "\ud800"}, "cannot be shown"),
        ({**CLAIMS, "accepted": "all"}, '"accepted" must be'),
        ({**CLAIMS, "accepted": {str(n): 1 for n in range(17)}}, '"accepted" must be'),
        ({**CLAIMS, "aud": "another-service"}, "another audience"),
    ],
)
def test_each_claim_is_checked_and_the_message_says_which(claims: dict[str, Any], said: str) -> None:
    assert said in refusal(signed(claims))


@pytest.mark.parametrize("name", ["Åsa Öberg", "محمد رضا", "می\u200cخواهم", "👩\u200d🚒", "李 小龍"])
def test_names_of_all_scripts(name: str) -> None:
    assert Verifier([SECRET], FakeClock()).identify(signed({**CLAIMS, "name": name})).name == name


def test_an_audience_that_is_set_is_demanded() -> None:
    verifier = Verifier([SECRET], FakeClock(), audience="samverkan")
    assert verifier.identify(signed({**CLAIMS, "aud": ["other", "samverkan"]})).user == "anna"
    assert "samverkan is expected" in refusal(signed({**CLAIMS, "aud": "other"}), audience="samverkan")
    assert "samverkan is expected" in refusal(signed(CLAIMS), audience="samverkan")


# --- forgery ---------------------------------------------------------------------------------------------------------


def test_a_token_of_another_key_is_refused(own: Key, tmp_path: Path) -> None:
    stranger = own_key(tmp_path)
    assert "does not know" in refusal(Issuer(stranger, FakeClock()).mint("anna"), own)
    assert "signature does not hold" in refusal(signed(CLAIMS, stranger, kid=own.id), own)


def test_any_changed_character_of_the_claims_is_noticed(own: Key) -> None:
    head, claims, signature = Issuer(own, FakeClock()).mint("anna").split(".")
    for at in range(0, len(claims), 7):
        other = "A" if claims[at] != "A" else "B"
        refusal(f"{head}.{claims[:at]}{other}{claims[at + 1 :]}.{signature}", own)


@pytest.mark.parametrize("alg", ["none", "None", "", None, "HS256", "HS512", "RS256", "ES256", "Ed448"])
def test_the_token_does_not_choose_the_algorithm(alg: str | None, own: Key) -> None:
    """RFC 8725 section 3.1: neither `none`, nor the public key taken for a shared secret."""
    public = own.verifying.key.public_bytes_raw()
    for secret in (public, b64(public).encode(), b""):
        token = hmac_signed({"alg": alg, "kid": own.id}, CLAIMS, secret)
        assert "another algorithm" in refusal(token, own)
        assert "another algorithm" in refusal(token.rpartition(".")[0] + ".", own)


def test_a_header_without_an_algorithm(own: Key) -> None:
    assert "another algorithm" in refusal(hmac_signed({"kid": own.id}, CLAIMS, b""), own)


def test_a_key_inside_the_token_is_not_looked_at(own: Key) -> None:
    mine = b"m" * 32
    header = {"alg": "HS256", "jwk": {"kty": "oct", "k": b64(mine)}, "jku": "https://example.org/keys"}
    assert "another algorithm" in refusal(hmac_signed(header, CLAIMS, mine), own)
    assert "signature does not hold" in refusal(hmac_signed(header, CLAIMS, mine), SECRET)


def test_critical_extensions_that_are_not_understood_are_refused() -> None:
    """RFC 7515 section 4.1.11."""
    token = hmac_signed({"alg": "HS256", "crit": ["exp"], "exp": 1}, CLAIMS, SECRET.verifying.key)
    assert "malformed" in refusal(token)


def test_a_refused_forgery_does_not_teach_the_verifier_its_header(own: Key) -> None:
    verifier = Verifier([own, SECRET], FakeClock())
    forged = hmac_signed({"alg": "EdDSA", "kid": own.id}, CLAIMS, b"x" * 32)
    for _ in range(2):
        with pytest.raises(TokenRefused, match="signature"):
            verifier.identify(forged)


# --- worlds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["own", "secret"])
def test_the_probe_s_key_is_good_for_the_exercise_world_only(operator: str, own: Key) -> None:
    """R16: whoever steals it can disturb an exercise, and never a real alert."""
    clock = FakeClock()
    probe = probe_key()
    verifier = Verifier([own if operator == "own" else SECRET, probe], clock)
    assert verifier.identify(Issuer(probe, clock).mint("probe", world="exercise")).world == "exercise"
    with pytest.raises(ValueError, match="does not vouch for the real world"):
        Issuer(probe, clock).mint("probe")
    for claims in (CLAIMS, {**CLAIMS, "world": "real"}):
        with pytest.raises(TokenRefused, match="does not vouch for the real world"):
            verifier.identify(signed(claims, probe))
        with pytest.raises(TokenRefused):  # nor by not naming itself, which would name the operator's key
            verifier.identify(hmac_signed({"alg": "HS256"}, claims, probe.verifying.key))


def test_beside_the_probe_s_key_tokens_need_not_name_the_operator_s_only_key() -> None:
    assert Verifier([probe_key(), SECRET], FakeClock()).identify(signed(CLAIMS)).user == "anna"


def test_minting_refuses_what_would_be_refused(own: Key) -> None:
    issuer = Issuer(own, FakeClock())
    for wrong in ({"user": "a b"}, {"user": "anna", "name": "\n"}, {"user": "anna", "role": "Chief of Police"}):
        with pytest.raises(ValueError, match="must be"):
            issuer.mint(**wrong)


def test_without_a_private_key_nothing_can_be_minted(own: Key) -> None:
    with pytest.raises(KeysUnusable, match="only verifies"):
        Issuer(Key(own.id, own.verifying), FakeClock())


# --- published vectors -----------------------------------------------------------------------------------------------


def test_rfc_7515_appendix_a_1() -> None:
    """The published HS256 token: its signature holds, so it is refused for its age, and then for having no subject."""
    k = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    key = secret_key(base64.urlsafe_b64decode(k + "=="))
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    assert "expired at 2011-03-22 18:43:00 UTC" in refusal(token, key)
    with pytest.raises(TokenRefused, match='no "sub"'):
        Verifier([key], FakeClock(1_300_819_000)).identify(token)
    assert "signature does not hold" in refusal(token[:-2] + "XQ", key)


def test_rfc_8037_appendix_a_4(tmp_path: Path) -> None:
    """The published EdDSA signature holds under the published key; its payload is a sentence, not claims."""
    file = tmp_path / "jwks.json"
    file.write_text('{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}')
    (key,) = load_keys(TokenSettings(jwks_file=file), tmp_path)
    token = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    assert "Invalid payload" in refusal(token, key)
    assert "signature does not hold" in refusal(token.replace(".hgyY", ".hgyZ"), key)


# --- garbage ---------------------------------------------------------------------------------------------------------


SEGMENT = st.one_of(
    st.binary(max_size=40).map(b64),
    st.text(max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: b64(json.dumps(value).encode())),
    st.just(b64(b'{"alg":"HS256"}')),
)


@given(st.one_of(st.text(st.characters(), max_size=60), st.lists(SEGMENT, max_size=5).map(".".join)))
def test_garbage_is_refused_and_nothing_else(token: str) -> None:
    refusal(token)


CLAIM = st.sampled_from(["sub", "exp", "nbf", "since", "name", "role", "world", "vouched", "accepted", "aud", "jti"])
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(CLAIM, VALUE))
def test_signed_nonsense_is_refused_or_yields_an_identity_within_bounds(claims: dict[str, Any]) -> None:
    try:
        who = Verifier([SECRET], FakeClock()).identify(signed({**CLAIMS, **claims}))
    except TokenRefused:
        return
    assert 0 < len(who.user) <= 255
    assert "/" not in who.user
    assert who.world == claims.get("world", "real")
    (who.name or "").encode()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'"anna"', b"{", b"[" * 100_000, b"\xff", b'{"a":1}x'])
def test_a_good_signature_over_something_else_than_claims(body: bytes) -> None:
    refusal(signed(body))


def test_a_token_that_is_too_long_is_not_even_parsed() -> None:
    assert "longer than" in refusal("a" * 8_193)
