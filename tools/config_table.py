"""Write the README's table of configs anew, from the configs and the saved results."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmpose_stable.experiments.config_table import MARKS, config_table
from mmpose_stable.experiments.marked_text import replace_marked
from mmpose_stable.files import write_text

REPO = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run the command."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    readme = REPO / 'README.md'
    table = config_table(REPO)  # takes a minute, in which the README may be edited
    write_text(readme, replace_marked(readme.read_text(encoding='utf-8'), table, *MARKS))
    print(readme)


if __name__ == '__main__':
    main()
