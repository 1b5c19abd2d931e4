"""The console command ``mmpose-stable``; its first word chooses what runs.

It stands beside the package: to import the package is to import MMPose, and the list of
sub-commands should appear at once.
"""

import importlib
import sys

# Sub-command -> module with `main`, and what it does.
COMMANDS = {
    'train': ('mmpose_stable.cli.train', 'train a model from a config'),
    'test': ('mmpose_stable.cli.test', 'test a checkpoint; --robustness measures its stability'),
    'compare': ('mmpose_stable.cli.compare', 'compare the robustness of several models'),
    'stabilize': ('mmpose_stable.cli.stabilize', 'make a trained model stable, without labels'),
    'jitter': ('mmpose_stable.cli.jitter', 'measure how much keypoints shake on a video'),
    'export': ('mmpose_stable.cli.export_onnx', 'write a model to an ONNX file'),
    'config': ('mmpose_stable.cli.config', 'write a config to one file; --method changes it'),
}


def usage() -> str:
    """Return the list of sub-commands."""
    width = max(map(len, COMMANDS))
    listed = (f'  {word:{width}}  {said}' for word, (_, said) in COMMANDS.items())
    return '\n'.join(
        [
            'usage: mmpose-stable COMMAND ...',
            '',
            *listed,
            '',
            '`mmpose-stable COMMAND --help` lists the options of a command.',
        ]
    )


def main() -> None:
    """Run the sub-command that the command line names."""
    word, *options = sys.argv[1:] or ['']
    if word in ('-h', '--help'):
        print(usage())
        return
    if word not in COMMANDS:
        said = f'there is no command {word!r}' if word else 'expected a command'
        print(f'mmpose-stable: error: {said}\n\n{usage()}', file=sys.stderr)
        sys.exit(2)
    sys.argv[:] = [f'mmpose-stable {word}', *options]
    command = importlib.import_module('mmpose_stable.cli.command')
    command.run(importlib.import_module(COMMANDS[word][0]).main)


if __name__ == '__main__':
    main()
