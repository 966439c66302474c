#!/bin/bash
# Every task on as many nodes as Slurm gives, one Ray node on each: sbatch --nodes=4 deploy/slurm.sh
# `suite` and Ray are installed on all nodes, in the same place. The store stays in the folder that this was submitted from.
#SBATCH --job-name=suite
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=04:00:00
set -euo pipefail
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export SUITE_DATA=${SUITE_DATA:-${TMPDIR:-/tmp}/suite-$USER}
srun --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" \
  ray symmetric-run --address "$head:6379" --min-nodes "$SLURM_JOB_NUM_NODES" --disable-usage-stats -- \
  suite bench --executor ray
