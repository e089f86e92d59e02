#!/usr/bin/env bash
# Does the regression gate keep still where nothing changed, and does it notice a slowdown of a fifth?
#
#   cargo build --release
#   bash scripts/gate-on-itself.sh [PROGRAM]
#
# RUNS (20) times a build is compared with itself. Then PLANTED (5) times its server is stopped for a
# fifth of the time, 10 ms in every 50, and compared with one that is not; then both again (FILES, 3)
# with the load.json of an earlier run. Prints what each run said; exits 1 where the gate tripped for
# nothing or missed a slowdown. ROUND (500ms) and PAIRS (10) are those of the gate.
set -euo pipefail

program=${1:-target/release/kms-conformance}
runs=${RUNS:-20} planted=${PLANTED:-5} files=${FILES:-3}
gate=(--duration "${ROUND:-500ms}" --warm-up 500ms --pairs "${PAIRS:-10}" --history 20000)
scratch=$(mktemp -d)
server='' brake=''
wrong=0

clean_up() {
  [[ -z $brake ]] || kill "$brake" 2>/dev/null || true
  [[ -z $server ]] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

serve() {
  mkfifo "$scratch/greeting"
  "$program" serve --listen 127.0.0.1:0 >"$scratch/greeting" &
  server=$!
  read -r line <"$scratch/greeting"
  url=http://${line#*http://}
  url=${url%%,*}
}

# Stops the server for a fifth of the time until it is told to end.
brake_on() {
  python3 - "$server" <<'EOF' &
import os, signal, sys, time

server = int(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
period, stopped = 0.050, 0.010
begin = time.monotonic()
try:
    while True:
        os.kill(server, signal.SIGSTOP)
        time.sleep(max(0.0, begin + stopped - time.monotonic()))
        os.kill(server, signal.SIGCONT)
        begin = max(begin + period, time.monotonic())
        time.sleep(max(0.0, begin - time.monotonic()))
finally:
    os.kill(server, signal.SIGCONT)
EOF
  brake=$!
}

brake_off() {
  kill "$brake"
  wait "$brake" 2>/dev/null || true
  brake=''
}

# Runs the gate, prints what it said and counts what is wrong. $1 says what the exit code must (=1) or
# must not (!1) be.
judge() {
  local expected=$1 name=$2 code=0 said
  shift 2
  "$program" load "${gate[@]}" "$@" >"$scratch/out" 2>&1 || code=$?
  said=$(grep -A1 '^against ' "$scratch/out" | tr '\n' ' ' || tail -n 1 "$scratch/out")
  printf '%-16s exit %d  %s\n' "$name" "$code" "$said"
  case $expected in
    =1) [[ $code == 1 ]] || wrong=$((wrong + 1)) ;;
    !1) [[ $code == 0 || $code == 4 ]] || wrong=$((wrong + 1)) ;;
  esac
}

for ((run = 1; run <= runs; run++)); do
  judge '!1' "A/A $run" --baseline "$program"
done

serve
brake_on
for ((run = 1; run <= planted; run++)); do
  judge '=1' "20 % slower $run" --target "$url" --baseline "$program"
done
brake_off

"$program" load "${gate[@]}" --target "$url" --report-dir "$scratch/earlier" >/dev/null
for ((run = 1; run <= files; run++)); do
  judge '!1' "file, A/A $run" --target "$url" --baseline "$scratch/earlier/load.json"
done
brake_on
for ((run = 1; run <= files; run++)); do
  judge '=1' "file, slower $run" --target "$url" --baseline "$scratch/earlier/load.json"
done
brake_off

printf '%d of %d runs said something wrong\n' "$wrong" "$((runs + planted + 2 * files))"
[[ $wrong == 0 ]]
