"""Addresses of webhooks, and the resource behind them: another client's webhook is not found."""

from typing import Any

from procurement.core.api import ApiResource
from procurement.core.webhooks import service
from procurement.core.webhooks.models import Webhook


class OwnWebhook(ApiResource):
    """A webhook of the client that asks; held against others when the request may change it."""

    hook: Webhook

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        if self.client_id is not None:
            lock = request.method not in {"GET", "HEAD"}
            self.hook = service.find(request.db, self.client_id, self.id_of("webhook"), lock=lock)


def includeme(config: Any) -> None:
    """Add the routes."""
    config.add_route("core.api.webhooks", "/api/v1/webhooks", factory=ApiResource)
    one = "/api/v1/webhooks/{webhook}"
    config.add_route("core.api.webhook", one, factory=OwnWebhook)
    config.add_route("core.api.webhook_rotate", f"{one}/rotate", factory=OwnWebhook)
    config.add_route("core.api.webhook_test", f"{one}/test", factory=OwnWebhook)
    config.add_route("core.api.webhook_deliveries", f"{one}/deliveries", factory=OwnWebhook)
    config.add_route("core.api.webhook_resend", f"{one}/deliveries/{{delivery}}/resend", factory=OwnWebhook)
