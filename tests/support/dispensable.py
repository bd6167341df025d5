"""What processes of the tests do without, for who imports this before all else.

JupyterLab brings `rfc3987_syntax`, and jsonschema, which nbformat imports, then builds its grammars
whenever it is imported: more than a second for each process, for a check of addresses that nothing here
asks for. A reader's environment is without it.
"""

import sys

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
