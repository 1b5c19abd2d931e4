"""Run what is missing of the planned experiments; render docs/results.md, the README's tables,
and the model index.

An interrupted run goes on from its last checkpoint. A run is missing when docs/results has no file
of its name, or one without the perturbations that the plan asks for; to run it again, remove that
file and its work folder. Rows whose status is `later` run only with --only.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from pathlib import Path

from mmpose_stable.complexity.measure import measure_costs
from mmpose_stable.complexity.models import build_from_config
from mmpose_stable.experiments.config_table import MARKS, config_table
from mmpose_stable.experiments.execute import execute
from mmpose_stable.experiments.marked_text import replace_marked
from mmpose_stable.experiments.metafile import metafile
from mmpose_stable.experiments.plan import (
    Run,
    is_finished,
    read_plan,
    read_result,
    write_result,
)
from mmpose_stable.experiments.render import README_MARKS, findings, render
from mmpose_stable.files import write_text
from mmpose_stable.locked_folder import BusyError

REPO = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--only', nargs='+', metavar='NAME', help='only these rows')
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument('--render', action='store_true', help='run nothing, only render')
    instead.add_argument(
        '--recost',
        action='store_true',
        help='run nothing, measure the cost of the finished rows again, all in one go',
    )
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(os.environ.get('MMPOSE_STABLE_DATA', REPO.parent / 'shared' / 'data')),
        help='folder of the data sets (default: MMPOSE_STABLE_DATA or ../shared/data)',
    )
    parser.add_argument('--work', type=Path, default=REPO / 'work_dirs' / 'experiments')
    args = parser.parse_args()
    plan = read_plan(REPO / 'configs' / 'experiments' / 'plan.yml')
    rows = {run.name: run for run in plan}
    results = REPO / 'docs' / 'results'
    unknown = sorted(set(args.only or []) - rows.keys())
    if unknown:
        parser.error(f'--only: {unknown} not in the plan, which has {list(rows)}')

    if args.recost:
        finished = [
            (run, result)
            for run in plan
            if (not args.only or run.name in args.only)
            and (result := read_result(results, run)) is not None
        ]
        costs = measure_costs(build_from_config(REPO / run.config) for run, _ in finished)
        for (_, result), cost in zip(finished, costs, strict=True):
            write_result(results, {**result, 'cost': cost})
    failed = []
    # Rows that test another row's model come after it.
    order = sorted(plan, key=lambda run: bool(run.trained_by))
    for run in order if not (args.render or args.recost) else []:
        wanted = run.name in args.only if args.only else run.status == 'now'
        if not wanted or is_finished(results, run):
            continue
        if run.data and not (args.data / run.data).is_dir():
            print(f'{run.name}: left out, there is no {args.data / run.data}; set --data')
            continue
        try:
            trained = rows[run.trained_by or run.name]
            result = execute(run, trained, REPO, args.data, args.work, results)
        except BusyError as error:
            print(f'{run.name}: left out, {error}')
            continue
        except Exception:  # the other rows can be run all the same
            traceback.print_exc()
            failed.append(run.name)
            continue
        print(f'{run.name}: {write_result(results, result)}')
        publish(plan, results)
    publish(plan, results)
    readme = REPO / 'README.md'
    table = config_table(REPO)  # takes a minute, in which the README may be edited
    write_text(readme, replace_marked(readme.read_text(encoding='utf-8'), table, *MARKS))
    print(REPO / 'docs' / 'results.md')
    if failed:
        sys.exit(f'failed, see above: {", ".join(failed)}')


def publish(plan: list[Run], results: Path) -> None:
    """Write everything that is rendered from the results, but for the table of configs."""
    render(plan, results, REPO / 'docs' / 'results.md')
    write_text(REPO / 'configs' / 'metafile.yml', metafile(plan, results))
    readme = REPO / 'README.md'
    text = readme.read_text(encoding='utf-8')
    write_text(readme, replace_marked(text, findings(plan, results), *README_MARKS))


if __name__ == '__main__':
    main()
