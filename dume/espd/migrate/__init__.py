"""Carry the criteria and answers of older versions into the 4.1.0 taxonomy, by position under the parent group.

Each old criterion becomes the complete 4.1.0 criterion; what the buyer required and what the operator answered is put
where 4.1.0 asks the same. The tables (JSON) are built by ``tools/build_espd_older.py``; the report names the rest.
"""

from dume.espd.migrate.lots import LotNames
from dume.espd.migrate.place import Placed, Placer

__all__ = ["LotNames", "Placed", "Placer"]
