"""Every command says how it is used, in this process."""

import subprocess
import sys

import pytest

from mmpose_stable_command import COMMANDS, main


@pytest.mark.parametrize('word', COMMANDS)
def test_every_sub_command_says_how_it_is_used(word, monkeypatch, capsys):
    pytest.importorskip(COMMANDS[word][0])
    monkeypatch.setattr(sys, 'argv', ['mmpose-stable', word, '--help'])
    with pytest.raises(SystemExit, match='0'):
        main()
    said = capsys.readouterr().out
    assert said.startswith(f'usage: mmpose-stable {word} ')
    assert '--debug' in said


@pytest.mark.parametrize('words', [[], ['trian']])
def test_without_a_known_word_it_lists_all_sub_commands(words, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['mmpose-stable', *words])
    with pytest.raises(SystemExit, match='2'):
        main()
    said = capsys.readouterr().err
    assert all(f'  {word} ' in said for word in COMMANDS)
    assert ("no command 'trian'" in said) == (words == ['trian'])


def test_the_list_comes_without_importing_the_package(repo):
    code = 'import sys, mmpose_stable_command as c; c.usage(); exit("mmpose_stable" in sys.modules)'
    subprocess.run([sys.executable, '-c', code], cwd=repo, check=True)


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_a_script_that_stands_for_a_command_says_how_it_is_used(tool, run_tool, capsys):
    with pytest.raises(SystemExit, match='0'):
        run_tool(tool, '--help')
    assert capsys.readouterr().out.startswith(f'usage: {tool}.py')
