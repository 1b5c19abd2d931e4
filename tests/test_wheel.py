"""The wheel holds all the package needs, and works away from the checkout."""

import shutil
import subprocess
import sys
import zipfile

import pytest

pytest.importorskip('setuptools')
pytest.importorskip('pip')

ASIDE = """
import sys
from pathlib import Path
import mmpose_stable
from mmpose.registry import KEYPOINT_CODECS
assert Path(mmpose_stable.__file__).is_relative_to(sys.argv[1]), mmpose_stable.__file__
assert KEYPOINT_CODECS.get('CompositeLocalization')
Path('mine.py').write_text("_base_ = 'mmpose_stable::cl_resnet50_coco.py'")
from mmengine.config import Config
assert Config.fromfile('mine.py').model.head.type == 'CLHead'
import mmpose_stable.cli.train, mmpose_stable.cli.test
heavy = {'jinja2', 'mmpose.visualization', 'mmpose_stable.robustness.report'} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture(scope='module')
def wheel(repo, tmp_path_factory):
    """The wheel, built offline from a copy, since building writes into the folder of the source."""
    source, target = tmp_path_factory.mktemp('source'), tmp_path_factory.mktemp('wheel')
    for name in ('mmpose_stable', 'configs'):
        hidden = shutil.ignore_patterns('__pycache__')
        shutil.copytree(repo / name, source / name, ignore=hidden, symlinks=True)
    for name in ('mmpose_stable_command.py', 'pyproject.toml', 'setup.cfg', 'README.md', 'LICENSE'):
        shutil.copy(repo / name, source)
    command = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--no-build-isolation', '--no-index']
    subprocess.run([sys.executable, *command, str(source)], check=True, cwd=target)
    (file,) = target.glob('*.whl')
    with zipfile.ZipFile(file) as archive:
        archive.extractall(target)
    return target


def files_below(folder):
    found = (path for path in folder.rglob('*') if path.is_file() and path.suffix != '.pyc')
    return {path.relative_to(folder).as_posix() for path in found}


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_beside_it(wheel, repo):
    packed = files_below(wheel / 'mmpose_stable')
    configs = {f'.mim/configs/{name}' for name in files_below(repo / 'configs') if '.py' in name}
    assert packed == files_below(repo / 'mmpose_stable') | configs
    assert {'py.typed', 'robustness/report/templates/page.html.j2'} <= packed
    folders = [path.name for path in wheel.iterdir() if path.is_dir()]
    assert sorted(name.split('-')[0] for name in folders) == ['mmpose_stable'] * 2


def test_it_imports_lightly_and_registers_in_an_empty_folder(wheel, tmp_path):
    command = [sys.executable, '-c', ASIDE, str(wheel)]
    environment = {'PYTHONPATH': str(wheel), 'PATH': '', 'HOME': str(tmp_path)}
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
