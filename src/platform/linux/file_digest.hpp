// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"

namespace xl::platform {

/// The bytes of `file` from `offset` on, as many as `out` has. false: there are not as many, or the disk does not give
/// them (errno). A read says so; a mapping of the file would end the process with SIGBUS.
[[nodiscard]] bool read_at(int file, std::uint64_t offset, ByteSpan out);

/// Of the file's first `bytes`. nullopt: as read_at().
std::optional<crypto::Sha256> file_digest(int file, std::uint64_t bytes);

}  // namespace xl::platform
