#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over src/ and apps/. A file whose preprocessed text passed before is not looked at again.
set -euo pipefail
cd "$(dirname "$0")/.."
database=build/release
cache=build/tidy-cache
mkdir -p "$cache"
[ -f "$database/compile_commands.json" ] || { echo "build first: ./check build" >&2; exit 1; }

check_one() {
  local file=$1 key
  key=$({ cat .clang-tidy; clang++-19 -std=c++20 -Isrc -I"$(dirname "$file")" -I/usr/include/p11-kit-1 -E -P "$file"; } | sha256sum | cut -d' ' -f1)
  [ -e "$cache/$key" ] && return 0
  clang-tidy-19 --quiet -p "$database" "$file" 2>"$cache/$$.err" || { cat "$cache/$$.err"; return 1; }
  touch "$cache/$key"
}
export -f check_one
export database cache
git ls-files -co --exclude-standard 'src/*.cpp' 'apps/*.cpp' | xargs -P"$(nproc)" -n1 bash -c 'check_one "$0"'
echo "tidy: clean"
