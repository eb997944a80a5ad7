// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "module/limits.hpp"
#include "module/ports/clock.hpp"
#include "module/ports/image_store.hpp"

namespace xl::module::update {

/// OTW's bytes between the UART and the image store: collects blocks, hands them on, and knows when all have come.
/// source: guide 8.13
class Transfer {
 public:
  using Verdict = ports::ImageStore::Verdict;
  enum class Event : std::uint8_t {
    none,
    block,     ///< one is stored, more are to come
    complete,  ///< the last one is stored; finish() is next
    refused    ///< the transfer is over: see verdict()
  };
  struct Plan {
    std::uint32_t size = 0;  ///< of the image, in bytes; 0: as its head will tell
    std::size_t block_bytes = kImageBlockBytes;
  };

  /// `buffer` holds a block while a transfer is active.
  Transfer(ports::ImageStore* store, ByteSpan buffer) : store_(store), buffer_(buffer) {}

  /// good, or no_room: the transfer has not begun.
  Verdict begin(const Plan& plan, ports::Millis now);
  bool is_active() const { return deadline_.has_value(); }
  /// When a host that says nothing any more has given up.
  std::optional<ports::Millis> deadline() const { return deadline_; }

  Event push(Byte byte, ports::Millis now);
  Verdict verdict() const { return verdict_; }
  /// After `complete`: the image is verified and what the module starts next, or why it is not. The transfer is over.
  Verdict finish(std::string_view signer_pem);
  /// Nothing is kept. Harmless when none is active.
  void cancel();

 private:
  std::uint32_t told_size() const;
  std::size_t block_end() const;
  Event store_block();
  Event refuse(Verdict why);
  Verdict give_up(Verdict why);

  ports::ImageStore* store_;
  ByteSpan buffer_;
  std::optional<ports::Millis> deadline_;
  std::uint32_t size_ = 0;
  std::uint32_t received_ = 0;  ///< stored, the block in the buffer not counted
  std::uint16_t block_bytes_ = 0;
  std::uint16_t filled_ = 0;  ///< of the buffer
  bool has_begun_ = false;    ///< in the store
  Verdict verdict_ = Verdict::good;
};

}  // namespace xl::module::update
