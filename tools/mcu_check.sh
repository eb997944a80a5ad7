#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The module on an emulated Cortex-M3: it links, it speaks as the AT conversations of tests/transcript are written, and
# it fits. tools/mcu_check.sh [--write]; needs build/release/bin/test_mcu. --write: the sizes go to docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/mcu
tools/mcu_build.sh "$folder"
XL_MCU_IMAGE=$folder/expresslink-mcu.elf build/release/bin/test_mcu | tee "$folder/test_output" | grep -v '^\[ RUN'
python3 tools/mcu_sizes.py "$folder/expresslink-mcu.elf" "$folder/test_output" "$@"
