"""Train a small CLNet on photographs of hands, test it on other persons, open a page of results.

Nothing is downloaded. A demo that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import webbrowser
from pathlib import Path

from mmengine.runner import find_latest_checkpoint

from mmpose_stable.cli.test import main as test
from mmpose_stable.cli.train import main as train
from mmpose_stable.engine.cpu_amp import fast_bfloat16

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'configs' / 'demo_hands.py'
HANDS = ROOT / 'tools' / 'demo' / 'hands'
START = """\
This demo takes about ten minutes on two processor cores, less where they compute in bfloat16. It
  1. trains a small CLNet on 894 photographs of the hands of 90 persons,
  2. tests it on 100 photographs of 10 other persons, clean and under five perturbations
     (blur, JPEG, saturation, spatter, speckle noise) that it was not trained with,
  3. writes one page: its predictions, clean beside perturbed, and the table of scores.
"""
END = """
On persons it has never seen, the AUC is {clean:.3f} on clean pictures
and {perturbed:.3f} on perturbed ones.
The labels are MediaPipe's, so the AUC is agreement with MediaPipe (0 to 30 px).
The page: {page}

Try next:
  .venv/bin/python tools/train.py configs/demo_hands.py --method m --work-dir work_dirs/demo_m
      the same model with stability training: it sees a perturbed view beside each picture
  .venv/bin/python tools/test.py configs/demo_hands.py {checkpoint} --robustness \\
      --perturbations all --work-dir work_dirs/demo_all
      all fifteen perturbations
  .venv/bin/python tools/test.py YOUR_CONFIG YOUR_CHECKPOINT --robustness
      your own model of MMPose
"""


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work-dir', default='work_dirs/demo', help='where everything goes')
    parser.add_argument('--no-open', action='store_true', help='do not open the page in a browser')
    args = parser.parse_args()
    folder = Path(args.work_dir)
    print(START, flush=True)

    common = [str(CONFIG), '--work-dir', str(folder), '--data-root', str(HANDS)]
    train([*common, '--resume', *(['--amp'] if fast_bfloat16() else [])])
    checkpoint = find_latest_checkpoint(str(folder))
    metrics = test([*common[:1], checkpoint, *common[1:], '--robustness', '--resume'])

    page = folder / 'robustness' / 'report.html'
    scores = {'clean': metrics['AUC@30px'], 'perturbed': metrics['robustness/mPC AUC@30px']}
    print(END.format(**scores, page=page, checkpoint=os.path.relpath(checkpoint)))
    if not args.no_open and not os.environ.get('CI'):
        webbrowser.open(page.resolve().as_uri())


if __name__ == '__main__':
    main()
