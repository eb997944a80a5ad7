// SPDX-License-Identifier: Apache-2.0
// bench_connect server PORT CHAIN KEY CLIENT_CA
// bench_connect fleet PORT HOST ROOT_CA IDENTITIES CONNECTS CONCURRENCY [tls12]
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "baseline_server.hpp"
#include "fleet.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 6 && std::strcmp(argv[1], "server") == 0) {
    return xl::bench::serve_baseline(static_cast<std::uint16_t>(std::atoi(argv[2])), {argv[3], argv[4], argv[5]});
  }
  if (argc >= 8 && std::strcmp(argv[1], "fleet") == 0) {
    xl::bench::FleetOptions options;
    options.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    options.host = argv[3];
    options.root_ca = argv[4];
    options.identities = argv[5];
    options.connects = std::atol(argv[6]);
    options.concurrency = std::atoi(argv[7]);
    options.tls12 = argc > 8;
    return xl::bench::run_fleet(options);
  }
  std::fprintf(stderr, "usage: see bench/run, which drives this program\n");
  return 2;
}
