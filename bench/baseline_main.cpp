// SPDX-License-Identifier: Apache-2.0
// bench_baseline PORT CHAIN KEY CLIENT_CA
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "baseline_server.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 5)
    return xl::bench::serve_baseline(static_cast<std::uint16_t>(std::atoi(argv[1])), {argv[2], argv[3], argv[4]});
  std::fprintf(stderr, "usage: see bench/run, which drives this program\n");
  return 2;
}
