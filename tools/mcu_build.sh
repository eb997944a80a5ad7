#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The module for a Cortex-M3: tools/mcu_build.sh FOLDER writes FOLDER/expresslink-mcu.elf and its map. Debian's cross
# compiler without its C++ library: what would need a heap, exceptions or an operating system does not link.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
mkdir -p "$folder/objects"
launcher=$(command -v ccache || true)
flags=(-mcpu=cortex-m3 -mthumb -std=c++20 -Os -ffunction-sections -fdata-sections -fno-exceptions -fno-rtti
  -fno-threadsafe-statics -fno-unwind-tables -fno-asynchronous-unwind-tables -Wall -Wextra -Wpedantic -Wshadow
  -Werror -DXL_MODULE_ON_MICROCONTROLLER -Isrc -idirafter /usr/include)
export folder launcher flags_text="${flags[*]}"

compile_one() {
  local object
  object=$folder/objects/$(echo "$1" | tr / +).o
  # shellcheck disable=SC2086  # words
  $launcher arm-none-eabi-g++ $flags_text -c "$1" -o "$object"
}
export -f compile_one

rm -f "$folder"/objects/*.o
find src/at src/mqtt src/module src/platform/mcu apps/expresslink-mcu -name '*.cpp' | sort |
  xargs -P "$(nproc)" -I{} bash -c 'compile_one {}'
arm-none-eabi-gcc -mcpu=cortex-m3 -c src/platform/mcu/startup.S -o "$folder/objects/startup.o"
arm-none-eabi-g++ -mcpu=cortex-m3 -mthumb -nostdlib -Wl,--gc-sections -Wl,--fatal-warnings \
  -Wl,-Map="$folder/expresslink-mcu.map" -T src/platform/mcu/mps2_an385.ld "$folder"/objects/*.o -lc -lgcc \
  -o "$folder/expresslink-mcu.elf"
