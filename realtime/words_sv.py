"""What the server says to people, in Swedish, by the code of the notice."""

from typing import Final

NOTICES_SV: Final[dict[str, str]] = {
    "trusted": "I {name} har du fått förtroendet: {trusted}.",
    "not_trusted": "I {name} är du vanlig medlem igen.",
    "more_yellows": "Den senaste timmen kom {count} gula larm till utan signal.",
    "group_applied": "{who} vill bli medlem i {name}.",
    "group_approved": "Du har släppts in i {name}.",
    "group_refused": "Du har inte släppts in i {name}: {reason}",
    "group_invited": "{who} bjuder in dig till {name}.",
    "group_removed": "Du har tagits bort från {name}: {reason}",
    "group_banned": "Du är avstängd från {name}: {reason}",
    "group_unbanned": "Du är inte längre avstängd från {name}: {reason}",
    "group_yours": "Du ansvarar för {name} från och med nu.",
    "group_closed": "{name} är stängd: {reason}",
    "group_suspended": "{name} är avstängd tills vidare: {reason}",
    "group_grown": "{name} har nu {members} medlemmar. Du ser vilka som är aktiva, och kan dela gruppen.",
}
"""What is not here is said in English. A notice is named here before or after the program that sends it: no matter."""
