"""The API: what every endpoint for programs shares."""
