// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xl::at {

/// Text in a fixed buffer; what does not fit is cut off.
template <std::size_t kCapacity>
class TextBuilder {
 public:
  void clear() { size_ = 0; }
  TextBuilder& add(std::string_view text) {
    const std::size_t n = std::min(text.size(), kCapacity - size_);
    std::copy_n(text.begin(), n, bytes_.data() + size_);
    size_ += n;
    return *this;
  }
  TextBuilder& add(char c) { return add(std::string_view(&c, 1)); }
  /// Decimal, with leading zeros up to `digits_min`.
  TextBuilder& add_number(std::uint64_t value, std::size_t digits_min = 1) {
    std::array<char, 20> digits{};
    std::size_t n = 0;
    for (; value != 0 || n < std::min(digits_min, digits.size()); value /= 10) {
      digits[digits.size() - ++n] = static_cast<char>('0' + value % 10);
    }
    return add(std::string_view(digits.data() + digits.size() - n, n));
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kCapacity> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace xl::at
