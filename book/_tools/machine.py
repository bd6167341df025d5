"""What machine figures were measured on, for the programs that measure."""

from __future__ import annotations

import datetime
import os
import platform
import re
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """What this machine is, as far as it matters; the date comes last."""
    cpu = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.*)", cpu.read_text()) if cpu.exists() else None
    return {
        "Processor": model.group(1) if model else platform.processor() or platform.machine(),
        "Cores": os.cpu_count(),
        "System": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "Date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
