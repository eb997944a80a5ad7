// SPDX-License-Identifier: Apache-2.0
// bench_keystore IDENTITY SECONDS: TLS 1.3 handshakes a second with that module's key, on standard output.
#include <openssl/ssl.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "keystore/key_store.hpp"
#include "unit/keystore/handshake.hpp"

namespace {

using namespace xl;

/// Opens the key as each connection attempt does. Empty, or what went wrong.
std::string shake_hands(keystore::KeyStore& store) {
  const auto key = store.key();
  return key ? keystore::test::handshake_failure(key->get(), TLS1_3_VERSION) : key.error().detail;
}

int measure(keystore::KeyStore& store, std::chrono::duration<double> time) {
  const auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> passed{};
  for (long count = 1;; ++count) {
    const std::string failure = shake_hands(store);
    passed = std::chrono::steady_clock::now() - start;
    if (!failure.empty()) {
      std::fprintf(stderr, "%s\n", failure.c_str());
      return 1;
    }
    if (passed < time) continue;
    std::printf("%.1f\n", static_cast<double>(count) / passed.count());
    return 0;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto store = keystore::open_key_store(argv[1]);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().detail.c_str());
    return 1;
  }
  return measure(**store, std::chrono::duration<double>(std::atof(argv[2])));
}
