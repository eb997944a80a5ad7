// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/qr_codewords.hpp"

#include <array>
#include <cstddef>

namespace xl::quickconnect {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Level L. source: ISO/IEC 18004, tables 1 and 9
struct Capacity {
  std::size_t codewords;
  std::size_t correction_per_block;
  std::size_t blocks;
  std::size_t data() const { return codewords - correction_per_block * blocks; }
};
constexpr std::array<Capacity, 10> kVersions{{{26, 7, 1},
                                              {44, 10, 1},
                                              {70, 15, 1},
                                              {100, 20, 1},
                                              {134, 26, 1},
                                              {172, 18, 2},
                                              {196, 20, 2},
                                              {242, 24, 2},
                                              {292, 30, 2},
                                              {346, 18, 4}}};

/// In GF(256) with the polynomial 0x11d.
std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  for (int bit = 7; bit >= 0; --bit) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= (b >> bit & 1u) * a;
  }
  return static_cast<std::uint8_t>(product);
}

/// Coefficients of (x - 1)(x - 2)(x - 4)…, without the leading 1.
Bytes generator(std::size_t degree) {
  Bytes out(degree);
  out[degree - 1] = 1;
  std::uint8_t root = 1;
  for (std::size_t i = 0; i < degree; ++i) {
    for (std::size_t j = 0; j < degree; ++j) {
      out[j] = multiply(out[j], root);
      if (j + 1 < degree) out[j] ^= out[j + 1];
    }
    root = multiply(root, 2);
  }
  return out;
}

Bytes correction(const Bytes& data, const Bytes& divisor) {
  Bytes remainder(divisor.size());
  for (const std::uint8_t byte : data) {
    const auto factor = static_cast<std::uint8_t>(byte ^ remainder.front());
    remainder.erase(remainder.begin());
    remainder.push_back(0);
    for (std::size_t i = 0; i < divisor.size(); ++i) remainder[i] ^= multiply(divisor[i], factor);
  }
  return remainder;
}

class Bits {
 public:
  void add(unsigned value, unsigned count) {
    while (count-- > 0) {
      if (bits_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | (value >> count & 1u) << (7 - bits_ % 8));
      ++bits_;
    }
  }
  Bytes& bytes() { return bytes_; }
  std::size_t size() const { return bits_; }

 private:
  Bytes bytes_;
  std::size_t bits_ = 0;
};

unsigned length_bits(unsigned version) { return version < 10 ? 8 : 16; }

Bytes data_codewords(std::string_view text, unsigned version, std::size_t capacity) {
  Bits bits;
  bits.add(4, 4);  // byte mode
  bits.add(static_cast<unsigned>(text.size()), length_bits(version));
  for (const char c : text) bits.add(static_cast<unsigned char>(c), 8);
  const std::size_t room = capacity * 8 - bits.size();
  bits.add(0, static_cast<unsigned>(room < 4 ? room : 4));  // terminator
  Bytes bytes = std::move(bits.bytes());
  for (std::uint8_t pad = 0xec; bytes.size() < capacity; pad ^= 0xec ^ 0x11) bytes.push_back(pad);
  return bytes;
}

/// Blocks of nearly equal length, the short ones first; byte by byte in turn, then their correction bytes likewise.
Bytes interleave(const Bytes& data, const Capacity& capacity) {
  const Bytes divisor = generator(capacity.correction_per_block);
  const std::size_t short_length = data.size() / capacity.blocks;
  const std::size_t short_blocks = capacity.blocks - data.size() % capacity.blocks;
  std::vector<Bytes> blocks, corrections;
  auto from = data.begin();
  for (std::size_t i = 0; i < capacity.blocks; ++i) {
    const auto to = from + static_cast<std::ptrdiff_t>(short_length + (i < short_blocks ? 0 : 1));
    blocks.emplace_back(from, to);
    corrections.push_back(correction(blocks.back(), divisor));
    from = to;
  }
  Bytes out;
  for (std::size_t i = 0; i <= short_length; ++i) {
    for (const Bytes& block : blocks) {
      if (i < block.size()) out.push_back(block[i]);
    }
  }
  for (std::size_t i = 0; i < capacity.correction_per_block; ++i) {
    for (const Bytes& block : corrections) out.push_back(block[i]);
  }
  return out;
}

}  // namespace

std::optional<QrCodewords> qr_codewords(std::string_view text) {
  for (unsigned version = 1; version <= kVersions.size(); ++version) {
    const Capacity& capacity = kVersions[version - 1];
    const std::size_t bits = 4 + length_bits(version) + text.size() * 8;
    if (bits > capacity.data() * 8) continue;
    return QrCodewords{version, interleave(data_codewords(text, version, capacity.data()), capacity)};
  }
  return std::nullopt;
}

}  // namespace xl::quickconnect
