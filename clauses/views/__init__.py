"""The pages of contract drafting: thin, over ``clauses.queries`` and ``clauses.service``; they work without JavaScript."""
