"""The ``pli`` command, one module per noun."""
