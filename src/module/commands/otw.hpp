// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/commands/spec.hpp"
#include "module/ports/image_store.hpp"

namespace xl::module::commands {

Reply update_over_the_wire(Core&, const Arguments&);

/// Why an image is not taken.
Reply refusal(ports::ImageStore::Verdict verdict);

/// AT+OTW [size[,block size]]: OK, then raw blocks, an OK for each; after the last one also `OK COMPLETE` and the
/// restart with the new firmware. Without a size the image tells it.
/// errors: 3 (the model cannot), 4 (size, block size), 21 (no room; later: what is wrong with the image, or nothing
/// came for kImageTimeout), 23 (no OTAcertificate; later: signed by somebody else) source: guide 8.13
inline constexpr CommandSpec kOtw{.name = "OTW", .argument = Argument::optional, .run = &update_over_the_wire};

}  // namespace xl::module::commands
