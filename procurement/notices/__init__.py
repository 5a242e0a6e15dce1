"""Notices (eForms): read those of others into draft consultations."""
