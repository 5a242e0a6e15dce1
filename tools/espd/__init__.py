"""Read the official ESPD kits and give the facts that ``tools/build_espd_data.py`` writes."""
