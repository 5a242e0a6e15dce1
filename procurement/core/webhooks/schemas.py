"""Bodies of the webhook endpoints, as pydantic reads them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Events = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=100)]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Description = Annotated[str, Field(max_length=200)]


class Body(BaseModel):
    """A body without members that nobody asked for."""

    model_config = ConfigDict(extra="forbid")


class WebhookBody(Body):
    """A new webhook; no event means all."""

    url: Url
    events: Events = []
    description: Description = ""


class WebhookChanges(Body):
    """What changes of a webhook; what is absent stays."""

    url: Url = ""
    events: Events = []
    description: Description = ""
    enabled: bool = True


class Nothing(Body):
    """A body that says nothing."""
