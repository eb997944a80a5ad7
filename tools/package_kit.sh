#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the archive that a kit's owner unpacks: tools/package_kit.sh PROGRAM FOLDER NAME writes FOLDER/NAME.tar.gz, the
# same bytes for the same input. PROGRAM is quick-connect, linked statically.
set -euo pipefail
sources=$(cd "$(dirname "$0")/.." && pwd)
program=$1 archive=$2/$3.tar.gz
die() {
  echo "package_kit: $*" >&2
  exit 1
}

! readelf -lW "$program" | grep -q INTERP || die "$program needs shared libraries; take it from a build without sanitizers"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
kit=$folder/$3
mkdir -p "$kit/licenses"
install -m 755 "$program" "$kit/quick-connect"
strip "$kit/quick-connect"
install -m 755 "$sources/tools/package_kit/Start_Quick_Connect" "$kit"
install -m 644 "$sources/tools/package_kit/config.txt" "$sources/tools/package_kit/README.txt" "$kit"
install -m 644 "$sources/LICENSE" "$kit/licenses/open-expresslink.txt"
# What is linked into the program, with its terms.
for package in libc6-dev libstdc++-12-dev libssl-dev libcli11-dev libexpected-dev; do
  copyright=/usr/share/doc/$package/copyright
  [ -f "$copyright" ] || die "$copyright is missing: install $package"
  install -m 644 "$copyright" "$kit/licenses/${package%-dev}.txt"
done
install -m 644 /usr/share/common-licenses/{LGPL-2.1,GPL-3} "$kit/licenses"

tar -C "$folder" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go-w -cf - "$3" | gzip -n9 >"$archive.new"
mv "$archive.new" "$archive"
echo "$archive ($(stat -c %s "$archive") bytes)"
