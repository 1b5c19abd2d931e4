"""Install the wheel beside MMPose, away from the checkout, and train by `custom_imports` alone.

MMPose's own training tool runs two configs of a user for two updates each: CLNet, and HRNet with
stability training. Run it by an interpreter that has MMPose and setuptools.
"""

import importlib.util
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
HANDS = 'mmpose::hand_2d_keypoint/topdown_heatmap/onehand10k'
COMMON = f"""
custom_imports = dict(imports=['mmpose_stable'], allow_failed_imports=False)
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        data_root='{REPO}/tools/demo/hands/',
        ann_file='train.json',
        data_prefix=dict(img='images/'),
        indices=4,
        pipeline=train_pipeline,
    ),
)
train_cfg = dict(max_epochs=1)
default_hooks = dict(checkpoint=dict(save_best=None), logger=dict(interval=1))
val_cfg = val_dataloader = val_evaluator = None
"""
CLNET = f"""
_base_ = '{HANDS}/td-hm_res50_8xb32-210e_onehand10k-256x256.py'
codec = dict(type='CompositeLocalization', input_size=(256, 256), stride=16)
stages = dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,), init_cfg=None)
head = dict(type='CLHead', in_channels=1024, num_keypoints=21, decoder=codec, _delete_=True)
model = dict(backbone=stages, head=head)
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.train_pipeline[:-2], target, dict(type='PackPoseInputs')]
{COMMON}"""
STABLE = f"""
_base_ = '{HANDS}/td-hm_hrnetv2-w18_8xb64-210e_onehand10k-256x256.py'
model = dict(
    type='StabilityTrainedPoseEstimator',
    backbone=dict(init_cfg=None),
    consistency=[dict(type='MSTLoss', loss_weight=0.01)],
)
views = [dict(type='PerturbedViews', num_views=1, kinds='train'), dict(type='PackPoseViews')]
train_pipeline = [*_base_.train_pipeline[:-1], *views]
{COMMON}"""


def main() -> None:
    """Build, install, train."""
    mmpose = Path(importlib.util.find_spec('mmpose').origin).parent
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Building writes into the folder of the source.
        archive = subprocess.run(['git', 'archive', 'HEAD'], cwd=REPO, check=True, stdout=-1).stdout
        (folder / 'source').mkdir()
        subprocess.run(['tar', '-x', '-C', folder / 'source'], input=archive, check=True)
        pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check', '--quiet']
        command = [*pip, 'wheel', '--no-deps', '--no-build-isolation', '--wheel-dir', folder]
        subprocess.run([*command, folder / 'source'], check=True)
        (wheel,) = folder.glob('*.whl')

        # The packages at hand, but not what is installed there as editable.
        venv.create(folder / 'env', with_pip=False)
        (packages,) = (folder / 'env').glob('lib/python*/site-packages')
        (packages / 'stack.pth').write_text(sysconfig.get_path('purelib'))
        python = folder / 'env' / 'bin' / 'python'
        install = [*pip, '--python', python, 'install', '--no-deps', '--no-index']
        subprocess.run([*install, wheel], check=True)
        subprocess.run([folder / 'env' / 'bin' / 'mmpose-stable', '--help'], check=True)

        for stem, text in {'clnet': CLNET, 'stable_hrnet': STABLE}.items():
            config = folder / f'{stem}.py'
            config.write_text(text)
            tool = [python, mmpose / '.mim' / 'tools' / 'train.py', config]
            subprocess.run([*tool, '--work-dir', folder / stem], cwd=folder, check=True)
            assert (folder / stem / 'epoch_1.pth').is_file()
            print(f'{stem}: trained by the wheel')


if __name__ == '__main__':
    main()
