"""Train a small CLNet on photographs of hands, test it on other persons, and make it stable.

Nothing is downloaded. A demo that was interrupted goes on where it stopped.
"""

import argparse
import os
import webbrowser
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.runner import find_latest_checkpoint

from mmpose_stable.cli.stabilize import main as stabilize
from mmpose_stable.cli.test import main as test
from mmpose_stable.cli.train import main as train
from mmpose_stable.engine.cpu_amp import fast_bfloat16

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'configs' / 'demo_hands.py'
HANDS = ROOT / 'tools' / 'demo' / 'hands'
# A minute of training, and half a minute of testing.
UPDATES, PERSONS = '120', '50'
START = """\
This demo takes about eight minutes on two processor cores. It
  1. trains a small CLNet on 894 photographs of the hands of 90 persons,
  2. tests it on 100 photographs of 10 other persons, clean and under five perturbations
     (blur, JPEG, saturation, spatter, speckle noise) that it was not trained with,
  3. makes it stable, in a minute on its own training photographs, without their labels,
  4. opens the page that compares the model before and after.
"""
END = """
On persons it has never seen, the AUC is {clean:.3f} on clean pictures
and {perturbed:.3f} on perturbed ones.
The labels are MediaPipe's, so the AUC is agreement with MediaPipe (0 to 30 px).

Then the same model was made stable without labels:
{verdict}

The page that compares before and after: {page}
The page of the model before, in detail: {report}

Try next:
  .venv/bin/mmpose-stable test configs/demo_hands.py {checkpoint} --robustness \\
      --perturbations all --work-dir work_dirs/demo_all
      all fifteen perturbations
  .venv/bin/mmpose-stable test YOUR_CONFIG YOUR_CHECKPOINT --robustness
      how stable your own model of MMPose is
  .venv/bin/mmpose-stable stabilize YOUR_CONFIG YOUR_CHECKPOINT --images FOLDER_OR_VIDEO
      your own model, made stable
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
    amp = ['--amp'] if fast_bfloat16(get_device()) else []
    if not (folder / f'iter_{Config.fromfile(CONFIG).train_cfg.max_iters}.pth').is_file():
        train([*common, '--resume', '--no-validate', *amp])
    checkpoint = find_latest_checkpoint(str(folder))
    tested = [*common[:1], checkpoint, *common[1:]]
    metrics = test([*tested, '--robustness', '--severities', '1,3,5', '--resume'])

    words = [str(CONFIG), checkpoint, '--work-dir', str(folder / 'stable'), *common[3:], *amp]
    words += ['--resume', '--updates', UPDATES, '--test-persons', PERSONS]
    made = stabilize(words)
    scores = {'clean': metrics['AUC@30px'], 'perturbed': metrics['robustness/mPC AUC@30px']}
    paths = {'page': made.page, 'report': folder / 'robustness' / 'report.html'}
    verdict = '\n'.join(made.lines)
    print(END.format(**scores, **paths, verdict=verdict, checkpoint=os.path.relpath(checkpoint)))
    if not args.no_open and not os.environ.get('CI'):
        webbrowser.open(made.page.resolve().as_uri())


if __name__ == '__main__':
    main()
