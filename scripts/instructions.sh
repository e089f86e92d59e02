#!/usr/bin/env bash
# How many instructions a step takes, by valgrind: what more repetitions take beyond what fewer take, so
# that the beginning does not count. Wall clocks are noisy where others work; this is not.
#
# bash scripts/instructions.sh [STEP]...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v valgrind >/dev/null; then
  echo 'valgrind is not installed: no instructions are counted'
  exit 0
fi

few=200
many=1200

cargo build --release --quiet -p kms-conformance-benches --example instructions
binary=${CARGO_TARGET_DIR:-target}/release/examples/instructions

count() {
  valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$binary" "$1" "$2" 2>&1 >/dev/null |
    sed -n 's/.*I *refs: *//p' | tr -d ,
}

if (($# == 0)); then
  mapfile -t steps < <("$binary")
  set -- "${steps[@]}"
fi
printf '| step | instructions |\n|---|---|\n'
for step in "$@"; do
  fewer=$(count "$step" $few)
  more=$(count "$step" $many)
  printf '| %s | %d |\n' "$step" $(((more - fewer) / (many - few)))
done
