"""Run the benchmarks one after the other; print what they print, and keep it as a page if asked.

A page that is there already keeps its sections of the benchmarks that are not run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from mmpose_stable.files import write_text

REPO = Path(__file__).resolve().parents[1]
TITLE = '## `benchmarks/'
HEADER = """# Speed

As printed by `python tools/bench.py --page docs/speed.md`, which is `make bench` and this page.
A section of it may be newer than others (`--only`).
Each comparison takes its times in turns, in one run, on one machine; the ratios carry over.
"""


def main() -> None:
    """Run the command."""
    folder = REPO / 'benchmarks'
    known = sorted(path.stem for path in folder.glob('*.py') if path.stem != 'common')
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--only', nargs='+', choices=known, default=known, metavar='NAME')
    parser.add_argument('--page', type=Path, help='write all output to this Markdown file')
    args = parser.parse_args()
    sections = read_sections(args.page) if args.page and args.page.is_file() else {}
    for name in args.only:
        print(f'== {name}', flush=True)
        script = folder / f'{name}.py'
        # Progress bars stay on the terminal: they are written to the standard error.
        done = subprocess.run(
            [sys.executable, str(script)], stdout=subprocess.PIPE, encoding='utf-8', check=False
        )
        print(done.stdout, flush=True)
        if done.returncode:
            raise SystemExit(f'{script} failed with code {done.returncode}')
        sections[name] = fenced(done.stdout.strip())
        if args.page:
            ordered = [f'{TITLE}{name}.py`\n\n{sections[name]}\n' for name in sorted(sections)]
            write_text(args.page, '\n'.join([HEADER, *ordered]))


def read_sections(page: Path) -> dict[str, str]:
    """Return what each benchmark printed, from a page that this command wrote."""
    _, *parts = page.read_text(encoding='utf-8').split(TITLE)
    pairs = (part.split('.py`\n', maxsplit=1) for part in parts)
    return {name: text.strip() for name, text in pairs}


def fenced(output: str) -> str:
    """Return output as Markdown: tables as they are, anything else in a fence."""
    return output if '|---' in output or '| ---' in output else f'```text\n{output}\n```'


if __name__ == '__main__':
    main()
