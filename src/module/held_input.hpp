// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "module/limits.hpp"

namespace xl::module {

/// What the host sent while a command still runs; read when its reply has gone out.
class HeldInput {
 public:
  void put(Byte byte) {
    if (end_ == bytes_.size()) {
      lost_ = true;
      lost_an_end_ = lost_an_end_ || byte == '\n' || byte == '\r';
    } else {
      bytes_[end_++] = byte;
    }
  }
  /// The oldest byte; nullopt when there is none left.
  std::optional<Byte> take() {
    if (begin_ == end_) return std::nullopt;
    return bytes_[begin_++];
  }
  bool has_lost() const { return lost_; }
  bool has_lost_an_end() const { return lost_an_end_; }
  void clear() {
    begin_ = end_ = 0;
    lost_ = lost_an_end_ = false;
  }

 private:
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool lost_ = false;         ///< more came than fits
  bool lost_an_end_ = false;  ///< and an EOL was among it
  std::array<Byte, kHeldInputBytes> bytes_{};
};

}  // namespace xl::module
