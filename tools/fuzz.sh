#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/setup.sh

kept=tests/fuzz/corpus
grown=build/fuzz/corpus
findings=build/fuzz/findings
mapfile -t all_targets < <(sed -n 's/^xl_fuzz(\([a-z_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)

usage() {
  cat <<TEXT
Usage: tools/fuzz.sh [--keep] [SECONDS] [TARGET…]

Builds the preset \`fuzz\` and runs each target for SECONDS (60) from the inputs of $kept/TARGET and those
that earlier runs left in $grown/TARGET. Stops at the first finding, names the input and how to run it again.
With --keep it then adds to $kept/TARGET the small inputs that reach what the kept ones do not; with 0
SECONDS it does only that.

Targets: ${all_targets[*]}

  tools/fuzz.sh                     every target for a minute
  tools/fuzz.sh 600 policy at_line  two of them, ten minutes each
  build/fuzz/bin/fuzz_policy FILE   one input again
  build/fuzz/bin/fuzz_policy -minimize_crash=1 -runs=100000 FILE

After a finding: mend the product, write a unit test, and copy the input to $kept/TARGET under a telling
name; the tests of every build replay that folder.
TEXT
}

seconds=60
keep=no
targets=()
for argument in "$@"; do
  case "$argument" in
    -h | --help) usage && exit 0 ;;
    --keep) keep=yes ;;
    *[!0-9]*)
      [[ " ${all_targets[*]} " == *" $argument "* ]] || { usage >&2 && die "there is no target $argument"; }
      targets+=("$argument")
      ;;
    *) seconds=$argument ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || targets=("${all_targets[@]}")

run_target() { # run_target NAME
  local name=$1 program=build/fuzz/bin/fuzz_$1 log=build/fuzz/$1.log
  mkdir -p "$grown/$name" "$findings"
  say "$name for $seconds s"
  "$program" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$findings/$name-" "$grown/$name" "$kept/$name" 2>&1 | tee "$log" |
    awk '/INITED|pulse|DONE/ { print; fflush() }' || {
    grep -vE '^#[0-9]+.*(NEW|REDUCE|RELOAD|pulse)' "$log" | tail -40 >&2
    local input
    input=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -1)
    die "$name found something. The input: $input
  again: $program $input"
  }
  printf '%s: %s executions, %s inputs\n' "$name" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(find "$grown/$name" -type f | wc -l)"
}

keep_inputs() { # keep_inputs NAME: the fewest files that reach every line; how often they do does not count
  "build/fuzz/bin/fuzz_$1" -set_cover_merge=1 -use_counters=0 -max_len=1024 "$kept/$1" "$grown/$1" \
    >>"build/fuzz/$1.log" 2>&1
  printf '%s: %s kept, %s\n' "$1" "$(find "$kept/$1" -type f | wc -l)" "$(du -sh --apparent-size "$kept/$1" | cut -f1)"
}

mkdir -p build
install_packages "${BUILD_PACKAGES[@]}" libclang-rt-19-dev llvm-19
configure fuzz
cmake --build --preset fuzz -- --quiet
for target in "${targets[@]}"; do
  if [ "$seconds" -gt 0 ]; then run_target "$target"; fi
  if [ $keep = yes ]; then keep_inputs "$target"; fi
done
