// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>

#include "fleet.hpp"

namespace {

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) {
  interrupted = 1;
  std::signal(SIGINT, SIG_DFL);  // the second one ends us at once
}

int complain(const xl::Error& error) {
  std::fprintf(stderr, "expresslink-storm: %s\n", error.detail.c_str());
  return 2;
}

constexpr int kInterrupted = 130;

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, &interrupt);
  std::signal(SIGTERM, &interrupt);
  const auto options = xl::storm::parse_options(argc, argv);
  if (!options) return options.error();
  const auto shared = xl::storm::load(*options);
  if (!shared) return complain(shared.error());
  xl::storm::Fleet fleet(*options, *shared, interrupted);
  if (const auto status = fleet.run(); !status) return complain(status.error());
  const xl::storm::Tally& tally = fleet.tally;
  if (options->json) {
    std::printf("%s\n", xl::storm::summary_json(tally, fleet.times()).c_str());
  } else {
    std::printf("%s", xl::storm::summary_text(tally, fleet.times()).c_str());
  }
  if (interrupted != 0) return kInterrupted;
  return tally.failed == 0 ? 0 : 1;
}
