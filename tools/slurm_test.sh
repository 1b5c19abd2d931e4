#!/usr/bin/env bash
# Test under slurm:
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS set what srun asks for.
set -euo pipefail
usage='usage: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments]'
partition=${1:?$usage} job=${2:?$usage} config=${3:?$usage} checkpoint=${4:?$usage}
gpus=${GPUS:-8} per_node=${GPUS_PER_NODE:-8}
# shellcheck disable=SC2086  # SRUN_ARGS holds several words
srun -p "$partition" --job-name="$job" --gres="gpu:$per_node" --ntasks="$gpus" \
    --ntasks-per-node="$per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} python -u "$(dirname "$0")/test.py" "$config" "$checkpoint" \
    --launcher slurm "${@:5}"
