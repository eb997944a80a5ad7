# SPDX-License-Identifier: Apache-2.0
# Sourced by ./quickstart and ./check: installs what they need on Debian 12, and nothing that is there already.
# shellcheck shell=bash

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
die() {
  printf '\033[31merror:\033[0m %s\n' "$*" >&2
  exit 1
}

BUILD_PACKAGES=(
  clang-19 cmake ninja-build ccache mold ca-certificates
  libboost1.81-dev libboost-json1.81-dev libssl-dev libsqlite3-dev libexpected-dev
  libspdlog-dev libcli11-dev libqrencode-dev libpng-dev zlib1g-dev libtcmalloc-minimal4 libgpiod-dev
  libtss2-dev libp11-kit-dev
)
RUN_PACKAGES=(mosquitto curl)
TEST_PACKAGES=(
  clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19 libgtest-dev librapidcheck-dev
  mosquitto-clients awscli python3 python3-boto3 python3-botocore python3-paho-mqtt libnss-myhostname chromium git
  openssl libfaketime swtpm softhsm2
  gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-dev qemu-system-arm dpkg-dev
)

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "packages must be installed, but you are not root and sudo is missing. As root, run: $*"
  fi
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# install_packages NAME…: one apt run for all that are missing.
install_packages() {
  command -v apt-get >/dev/null ||
    die "this script installs its needs with apt-get (Debian 12). On another system install the equivalents of: $*"
  local missing=() package
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root apt-get update -qq || die "apt-get update failed: check the network and /etc/apt/sources.list, then run this again"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt-get install failed (see above). Debian 12 (bookworm) has all of these; check /etc/apt/sources.list, then run this again"
}

# A node of 18 or newer with npm is kept as it is; only a machine without one gets Debian's.
install_node() {
  local major=0
  command -v node >/dev/null && major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -ge 18 ] && command -v npm >/dev/null; then return 0; fi
  install_packages nodejs npm
}

configure() { # configure PRESET
  cmake --preset "$1" >"build/$1.configure.log" 2>&1 || {
    cat "build/$1.configure.log" >&2
    die "cmake could not configure the build (see above)"
  }
}

# build_web: web/dist, only when its sources are newer than what was built.
build_web() {
  if [ -f web/dist/index.html ] && [ -z "$(find web/src web/public web/index.html web/package-lock.json \
    web/vite.config.* -newer web/dist/index.html 2>/dev/null | head -1)" ]; then
    return 0
  fi
  say "Building the web pages"
  (cd web && npm ci --no-audit --no-fund --silent && npm run build --silent) ||
    die "the web pages could not be built (see above); check that npm reaches its registry"
}

# link_web PRESET: where expresslink-cloud looks for the pages when it runs from the build folder.
link_web() {
  mkdir -p "build/$1/share/openexpresslink"
  ln -sfn "$PWD/web/dist" "build/$1/share/openexpresslink/web"
}
