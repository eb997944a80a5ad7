// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::module::ports {

/// Room for one firmware image on its way in (guide 8.13), who checks it, and what starts it. The firmware that runs
/// stays as it is until restart(). What an image looks like inside is the platform's; it never begins with LF.
class ImageStore {
 public:
  enum class Verdict : std::uint8_t {
    good,
    damaged,            ///< no image, another size than it says, or its bytes have changed
    unknown_format,     ///< of a later version than this one reads
    other_model,        ///< for another vendor, model or machine
    older,              ///< than the firmware that runs
    no_room,            ///< or the storage refuses
    invalid_signature,  ///< not by the key of the certificate
  };
  /// As many bytes at the beginning of an image tell how long it is.
  static constexpr std::size_t kHeadBytes = 16;

  /// The size in all of the image that begins with `head` (kHeadBytes of it), in bytes; 0: that is no image.
  virtual std::uint32_t size_of(ByteView head) const = 0;
  /// An image of `size` bytes follows. good, or no_room. What another begin() has left is gone.
  [[nodiscard]] virtual Verdict begin(std::uint32_t size) = 0;
  /// The next bytes. false: no room for them, or the storage refuses.
  [[nodiscard]] virtual bool append(ByteView bytes) = 0;
  /// All bytes have come: is this an image for this module, signed with the key of the certificate `signer_pem`? It
  /// is kept when it is good; otherwise its memory is free again.
  [[nodiscard]] virtual Verdict finish(std::string_view signer_pem) = 0;
  /// From the next start on the image that finish() has found good runs, whatever kills the power when; a platform may
  /// try it first and go back to the firmware before. false: not stored, nothing has changed.
  [[nodiscard]] virtual bool activate() = 0;
  /// The image that is not activated is forgotten, its memory free. Harmless when there is none.
  virtual void abort() = 0;
  /// Once what the module has written has gone out: starts what activate() has chosen. Until then the module hears
  /// nothing; Module::start() is what it hears first, unless it is another program then.
  virtual void restart() = 0;

 protected:
  ~ImageStore() = default;
};

}  // namespace xl::module::ports
