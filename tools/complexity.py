"""Count parameters and multiply-adds of top-down configs with MMEngine's counter."""

import torch
from mmengine.analysis import get_model_complexity_info
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

import mmpose_stable  # noqa: F401  registers the package
from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.config_parts import read_config
from mmpose_stable.model_parts import decoder_input_size


def main() -> None:
    """Run the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='config files')
    args = parser.parse_args()
    print('| config | input | parameters, M | GMACs |\n|---|---|---:|---:|')
    for path in args.configs:
        cfg = read_config(path)
        init_default_scope('mmpose')
        cfg.model.backbone.pop('init_cfg', None)
        model = MODELS.build(cfg.model).eval()
        width, height = decoder_input_size(model)
        image = torch.zeros(1, 3, height, width)
        counted = get_model_complexity_info(
            model, inputs=(image, None, 'tensor'), show_table=False, show_arch=False
        )
        print(
            f'| {path} | {height}×{width} | {counted["params"] / 1e6:.2f} '
            f'| {counted["flops"] / 1e9:.2f} |'
        )


if __name__ == '__main__':
    run(main)
