// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "module/ports/storage.hpp"

namespace xl::module::dictionary {

/// Persistent keys that change together: whatever cuts the power, or refuses a write, all of them have changed or none.
/// What is to be done is stored first, as one value; once that is durable it counts as done, and is done as soon as the
/// storage lets us, at the latest before the next write of any key.
///
/// shape of the stored value: for each key its name's size (1 byte), its name, 1 and its value's size (2 bytes, big
/// endian) and its value, or 0: back to never written.
class JointChange {
 public:
  struct Part {
    std::string_view key;
    std::optional<std::string_view> value;  ///< nullopt: back to never written
  };
  /// Every key of table 2 that FACTORY_RESET touches, or a network's name and passphrase.
  static constexpr std::size_t kBytesMax = 256;

  explicit JointChange(ports::Storage& storage) : storage_(storage) {}

  /// After power-up: whether a change is left to be done.
  void load();
  /// false: nothing has changed. Else all of it counts, even if the storage refuses the rest for now.
  [[nodiscard]] bool commit(std::span<const Part> parts);
  /// Does what is left. false: the storage refuses; no key may be written before.
  [[nodiscard]] bool finish();
  /// visit(Part) for each part of a change that is left to be done.
  template <class Visitor>
  void for_each_left(Visitor visit) const {
    Buffer buffer;
    ByteView rest = left(buffer);
    while (const auto part = next(rest)) visit(*part);
  }

 private:
  using Buffer = std::array<Byte, kBytesMax>;

  ByteView left(Buffer& buffer) const;
  static std::optional<Part> next(ByteView& rest);

  ports::Storage& storage_;
  bool is_left_ = false;
};

}  // namespace xl::module::dictionary
