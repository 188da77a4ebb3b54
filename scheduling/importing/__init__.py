"""CSV files into the register: `rappel24 import wards|seniors|rota|practitioners`.

Each function reads the whole file first and lists every wrong row; with one error it writes nothing.
"""

from scheduling.importing.practitioners import import_practitioners, read_practitioners, zones
from scheduling.importing.rota import import_rota
from scheduling.importing.seniors import import_seniors
from scheduling.importing.sheet import Report, RowError
from scheduling.importing.wards import import_wards

__all__ = [
    "Report",
    "RowError",
    "import_practitioners",
    "import_rota",
    "import_seniors",
    "import_wards",
    "read_practitioners",
    "zones",
]
