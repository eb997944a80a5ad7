// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

int main(int argc, char** argv) {
  const auto plan = xl::app::parse_options(argc, argv);
  return plan ? xl::quickconnect::run(*plan) : plan.error();
}
