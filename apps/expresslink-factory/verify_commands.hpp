// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

/// A birth certificate by itself, or a module on its serial port: its certificate, that its ThingName is the
/// certificate's, that its key opens a connection with it, and with an account's profile that the cloud has seen just
/// this certificate. errors: forbidden when a rule is broken; the rules go to standard output
Status verify(const Options& options);

}  // namespace xl::app
