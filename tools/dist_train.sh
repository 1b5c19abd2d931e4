#!/usr/bin/env bash
# Train on several GPUs (or processes of a machine without any) of one or more machines:
#   tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
# NNODES, NODE_RANK, MASTER_ADDR and PORT describe more than one machine; one takes a free port.
set -euo pipefail
usage='usage: tools/dist_train.sh CONFIG GPUS [arguments]'
config=${1:?$usage} gpus=${2:?$usage}
where=(--standalone) # torchrun holds a free port
if [[ -n "${NNODES:-}${PORT:-}" ]]; then
    where=(--nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}"
        --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}")
fi
torchrun "${where[@]}" --nproc_per_node="$gpus" "$(dirname "$0")/train.py" "$config" --launcher pytorch "${@:3}"
