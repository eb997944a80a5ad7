// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

/// A new firmware key, after which `issue` gives its certificate to new modules.
Status make_image_key(const Options& options);
Status sign_image(const Options& options);
/// Over the module's serial port, by AT+OTW; ends when the module runs it, or says why it does not.
/// errors: invalid_argument (the module refuses), conflict (it went back to its old firmware), unavailable
Status send_image(const Options& options);

}  // namespace xl::app
