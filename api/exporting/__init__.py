"""What can be taken along as a file: its columns, and how its rows are read."""

from api.exporting.firms import COMPANIES
from api.exporting.items import NEEDS, OFFERINGS
from api.exporting.matches import MATCHES, OUTCOMES
from api.exporting.reading import Caller, Table, rows_of

TABLES: dict[str, Table] = {
    table.kind: table for table in (MATCHES, COMPANIES, NEEDS, OFFERINGS, OUTCOMES)
}
__all__ = ["TABLES", "Caller", "Table", "rows_of"]
