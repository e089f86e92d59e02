#!/usr/bin/env bash
# Does `check` find several faults at once in an emulator that it cannot reset? See docs/soup.md.
#
#   bash scripts/soup.sh                                                    the whole exam: hours
#   bash scripts/soup.sh --soups 4 --k 5 --calls 3000 --first-seed 1        a short one: minutes
#
# Builds the program, and prints the table. The options are those of harness/examples/soup.rs (--help).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --quiet --release -p kms-conformance --bin kms-conformance --example soup
target=${CARGO_TARGET_DIR:-target}/release
exec "$target/examples/soup" --program "$target/kms-conformance" "$@"
