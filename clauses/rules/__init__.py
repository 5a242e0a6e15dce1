"""The rules of contract drafting: facts, conditions, evaluation, analysis. Pure: no database, no web."""
