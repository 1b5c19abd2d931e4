"""The page, opened in a real browser, and the command that compares."""

import pytest
from headless_browser import browser, find_browser
from made_results import CELLS, write_run

from mmpose_stable.cli import compare
from mmpose_stable.robustness.report import write_report

HOSTILE = '<img src=x onerror=alert(1)>&"\''
MEASURING = """<script>
for (const part of document.querySelectorAll('main > .scroll, html'))
  if (part.scrollWidth > part.clientWidth) console.error('cut off', part.className);
</script></body>"""


@pytest.fixture(scope='module')
def run_folder(tmp_path_factory):
    """A result with its report."""
    folder = write_run(tmp_path_factory.mktemp('run'), seed=1)
    write_report(folder)
    return folder


@pytest.fixture(scope='module')
def comparison(run_folder, tmp_path_factory):
    """A page of two runs, one of them without heatmaps and with a hostile name."""
    folder = tmp_path_factory.mktemp('comparison')
    other = write_run(folder / 'other', seed=2, maps=False, cells=CELLS[:7])
    names = f'plain,{HOSTILE}'
    compare.main([str(run_folder), str(other), '--out', str(folder), '--names', names])
    return folder


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    """A browser, or the reason why there is none."""
    if find_browser() is None:
        pytest.skip('no Chromium with chromedriver on PATH')
    with browser(tmp_path_factory.mktemp('profile')) as opened:
        yield opened


@pytest.mark.parametrize('which', ['run_folder', 'comparison'])
def test_every_picture_is_shown_without_errors_or_requests(page, request, which):
    path = request.getfixturevalue(which) / 'report.html'
    page.requested()
    page.log('browser')
    page.open(path)
    widths = page.run('return [...document.images].map(image => image.naturalWidth)')
    assert len(widths) == len(list((path.parent / 'figures').glob('*.png'))) == 4
    assert min(widths) > 100
    assert page.log('browser') == []
    asked = [url for url in page.requested() if not url.startswith('data:')]
    assert asked == [path.resolve().as_uri()]


def test_nothing_is_cut_off_on_a_phone(page, run_folder, comparison, tmp_path):
    for path in (run_folder, comparison):
        # A browser's window cannot be as narrow as a phone, a frame can. Files may not look into
        # each other, so a copy of the page measures itself.
        measured = (path / 'report.html').read_text().replace('</body>', MEASURING)
        measured = measured.replace("default-src 'none'", "script-src 'unsafe-inline'")
        (tmp_path / 'report.html').write_text(measured)
        frame = tmp_path / 'frame.html'
        frame.write_text('<iframe src="report.html" style="width:420px;height:900px"></iframe>')
        page.log('browser')
        page.open(frame)
        assert page.log('browser') == []


def test_a_comparison_says_what_was_left_out_and_runs_no_hostile_name(page, comparison):
    page.open(comparison / 'report.html')
    assert page.run("return document.querySelector('h2').textContent") == 'Which one should I take?'
    notes = page.run("return document.querySelector('.notes').textContent")
    assert 'saturate 3/5' in notes
    rows = "[...document.querySelectorAll('details table')[0].tBodies[0].rows]"
    runs = page.run(f'return {rows}.map(row => row.cells[2].textContent)')
    assert runs == ['plain', HOSTILE] * (1 + 7 + 1)
    assert page.run("return document.querySelectorAll('[onerror]').length") == 0


def test_absent_pictures_are_said_and_those_of_an_earlier_run_do_not_stay(tmp_path):
    (tmp_path / 'figures').mkdir()
    (tmp_path / 'figures' / 'picture_01.png').touch()
    write_report(write_run(tmp_path, maps=False, examples=1))
    assert [path.name for path in tmp_path.glob('figures/picture_*')] == ['picture_00.png']
    page = write_report(write_run(tmp_path / 'without', examples=0)).read_text()
    assert 'Not shown: examples.npz is not beside every result' in page


def test_the_command_prints_a_table_and_refuses_by_name(run_folder, tmp_path, capsys):
    damaged = tmp_path / 'robustness.json'
    damaged.write_text('{')
    with pytest.raises(ValueError, match=str(damaged)):
        compare.main([str(run_folder), str(damaged), '--out', str(tmp_path / 'out')])
    assert not (tmp_path / 'out').exists()
    with pytest.raises(SystemExit):
        compare.main([str(run_folder), '--out', str(tmp_path / 'out')])
    assert 'at least two' in capsys.readouterr().err
    other = write_run(tmp_path / 'other', seed=3, examples=0)
    compare.main([str(run_folder), str(other), '--out', str(tmp_path / 'out')])
    printed = capsys.readouterr().out.splitlines()
    assert 'do not tell model_3 and model_1 apart' in printed[-2]
    assert printed[-1] == str(tmp_path / 'out' / 'report.html')
