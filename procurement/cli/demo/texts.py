"""The documents of the demonstration: small, real, and made here."""


def tender_rules(title: str) -> bytes:
    """Return the rules of the consultation, as text."""
    return (
        f"Règlement de la consultation\n\n{title}\n\n"
        "1. Les plis sont remis par voie électronique, scellés, avant la date limite.\n"
        "2. Une entreprise peut remplacer son pli jusqu’à la date limite.\n"
        "3. Critères : prix 50 %, valeur technique 40 %, délai 10 %.\n"
    ).encode()


def offer(company: str, lot: int, price: str) -> bytes:
    """Return an offer, as text."""
    where = f"Lot {lot}" if lot else "Marché non alloti"
    return f"Acte d’engagement\n\n{company}\n{where}\nPrix : {price} euros hors taxes\n".encode()


def candidature(company: str) -> bytes:
    """Return a candidature, as text."""
    return (
        f"Lettre de candidature\n\n{company}\nRéférences : trois chantiers semblables depuis 2024.\n".encode()
    )


def memo(company: str, size: int) -> bytes:
    """Return ``size`` bytes that differ from one company to another, so that several segments travel."""
    seed = f"Mémoire technique de {company}. ".encode()
    return (seed * (size // len(seed) + 1))[:size]
