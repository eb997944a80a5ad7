#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The portable rooms must build for a machine without an operating system, and must not ask for memory or exceptions.
set -eu
cd "$(dirname "$0")/.."
compiler="${CXX:-clang++-19}"
symbols="${NM:-nm}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

find src/at src/mqtt src/module -name '*.cpp' | sort >"$out/sources"
export compiler out
if ! xargs -P "$(nproc)" -I {} sh -c '
  object="$out/$(echo "{}" | tr / +).o"
  exec "$compiler" -std=c++20 -Os -ffreestanding -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Werror -Isrc \
       -c "{}" -o "$object"' <"$out/sources"; then
  echo "portable: a file above does not compile with -ffreestanding -fno-exceptions -fno-rtti" >&2
  exit 1
fi

# std::__throw_… are the library's bounds checks, which abort in such a build. The heap, threads, files, exceptions and run-time types, by the names that the linker would look for.
banned='operator new|operator delete|(^|[^a-z_])(malloc|calloc|realloc|free|aligned_alloc|strdup|fopen|printf|pthread_[a-z_]*)$'
banned="$banned|__cxa_throw|__cxa_allocate_exception|__dynamic_cast|std::basic_string<char"
found=0
for object in "$out"/*.o; do
  if used="$("$symbols" -u -C "$object" | grep -E "$banned")"; then
    echo "portable: $(basename "$object" .cpp.o | tr + /) uses: $used" >&2
    found=1
  fi
done
[ "$found" -eq 0 ] && echo "portable: $(wc -l <"$out/sources") files, no heap, no exceptions, no operating system"
exit "$found"
