"""Package map of Pli; all metadata stands in pyproject.toml.

Two importable names live outside their parent's folder: ``procurement.templates`` is the top-level
``templates/`` and ``procurement.migrations`` the top-level ``alembic/`` (which must never hold an
``__init__.py`` of its own, or it would shadow the library of that name).
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["procurement*", "dume*", "clauses*", "signing*"]),
        "procurement.templates",
        "procurement.migrations",
        "procurement.migrations.versions",
    ],
    package_dir={
        "procurement.templates": "templates",
        "procurement.migrations": "alembic",
        "procurement.migrations.versions": "alembic/versions",
    },
    package_data={
        "procurement": [
            "static/**/*",
            "core/data/*",
            "locale/**/*",
            "**/*.toml",
            "**/*.yaml",
            "**/*.typ",
            "cli/demo/*",
        ],
        "dume": ["**/*.json", "**/*.toml", "**/*.yaml"],
        "clauses": [
            "openapi.yaml",
            "starter/*.yaml",
            "starter/**/*.yaml",
            "starter/**/*.png",
            "starter/**/*.jpg",
        ],
        "procurement.templates": ["**/*.html", "**/*.txt", "**/*.xml", "**/*.svg", "**/*.typ"],
        "procurement.migrations": ["HEAD", "*.mako"],
    },
)
