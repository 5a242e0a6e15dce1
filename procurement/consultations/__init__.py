"""Consultations: what a buyer publishes, its lots, deadlines and tender documents (DCE), and who took them.

Words: a *consultation* is one procurement from draft to archive; a *lot* a part of it that is awarded apart; the
*DCE* its tender documents, published in numbered versions; the *withdrawal register* says who took them.

Invariants: facts are stored and the state is derived; what is published never changes, only its deadline, later;
documents cost nothing and ask no account; no page of this room knows how many bids there are.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Read the procedures (a mistake in the file stops the start), add routes, views and hooks."""
    from clauses import hooks as contract_hooks
    from procurement.accounts import dashboard
    from procurement.consultations import contracts, dumes, hooks, rules
    from procurement.consultations.dashboard import ConsultationsSection
    from procurement.core import services
    from procurement.core.settings import Settings
    from procurement.core.text import display_name
    from procurement.core.vault import KeyVault

    rules.procedures()
    hooks.install(config.registry)
    hooks.add_section(config, dumes.DumeSection())
    hooks.add_guard(config, dumes.DumeGuard())
    hooks.on_published(config, dumes.DumePublished())
    hooks.on_deadline_changed(config, dumes.DumeDeadline())
    settings: Settings = services.find(config.registry, Settings)
    source = contracts.ConsultationFacts(settings.base_url, lambda: services.find(config.registry, KeyVault))
    contract_hooks.register(config, source)
    hooks.add_section(config, contracts.ContractsSection())
    hooks.add_guard(config, contracts.ContractGuard(source))
    hooks.on_published(config, contracts.ContractsFrozen())
    config.include("procurement.consultations.routes")
    config.scan("procurement.consultations.views", categories=("pyramid",))
    dashboard.register(config, ConsultationsSection())

    def show_names() -> None:
        config.get_jinja2_environment(".html").filters["visible"] = display_name

    config.action(("pli", "consultations", "jinja2"), show_names, order=1000)
