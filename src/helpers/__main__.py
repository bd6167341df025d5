"""What runs as `python -m helpers`."""

from __future__ import annotations

from .commands import main

if __name__ == "__main__":
    main(prog_name="python -m helpers")
