// SPDX-License-Identifier: Apache-2.0
#include "quickconnect/qr_code.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "quickconnect/qr_codewords.hpp"

namespace xl::quickconnect {
namespace {

using std::size_t;

class Symbol {
 public:
  Symbol(unsigned version, unsigned mask) : version_(version), mask_(mask), size_(17 + 4 * version) {
    dark_.resize(size_ * size_);
    reserved_.resize(size_ * size_);
  }

  QrCode build(const std::vector<std::uint8_t>& codewords) {
    draw_finders();
    draw_alignments();
    draw_timing();
    draw_format();
    draw_version();
    draw_data(codewords);
    return {size_, dark_};
  }

 private:
  void set(size_t x, size_t y, bool dark) {
    dark_[y * size_ + x] = dark;
    reserved_[y * size_ + x] = true;
  }

  /// A finder pattern and its separator, as far as they lie inside.
  void draw_finder(size_t centre_x, size_t centre_y) {
    for (int dy = -4; dy <= 4; ++dy) {
      for (int dx = -4; dx <= 4; ++dx) {
        const auto x = static_cast<size_t>(static_cast<int>(centre_x) + dx);
        const auto y = static_cast<size_t>(static_cast<int>(centre_y) + dy);
        if (x >= size_ || y >= size_) continue;
        const int ring = std::max(std::abs(dx), std::abs(dy));
        set(x, y, ring != 2 && ring != 4);
      }
    }
  }
  void draw_finders() {
    draw_finder(3, 3);
    draw_finder(size_ - 4, 3);
    draw_finder(3, size_ - 4);
  }

  void draw_timing() {
    for (size_t i = 8; i < size_ - 8; ++i) {
      set(6, i, i % 2 == 0);
      set(i, 6, i % 2 == 0);
    }
  }

  /// Annex E, versions 2 to 10: 6, the last one, and from version 7 on the middle.
  std::vector<size_t> alignment_centres() const {
    if (version_ == 1) return {};
    const size_t last = size_ - 7;
    if (version_ < 7) return {6, last};
    return {6, 22 + 2 * (version_ - 7), last};
  }
  void draw_alignments() {
    const auto centres = alignment_centres();
    for (const size_t y : centres) {
      for (const size_t x : centres) {
        const bool meets_finder = (x == 6 && y == 6) || (x == 6 && y == size_ - 7) || (x == size_ - 7 && y == 6);
        if (!meets_finder) draw_alignment(x, y);
      }
    }
  }
  void draw_alignment(size_t centre_x, size_t centre_y) {
    for (size_t dy = 0; dy < 5; ++dy) {
      for (size_t dx = 0; dx < 5; ++dx) {
        const bool is_edge = dx == 0 || dx == 4 || dy == 0 || dy == 4;
        set(centre_x + dx - 2, centre_y + dy - 2, is_edge || (dx == 2 && dy == 2));
      }
    }
  }

  /// Level L is 01; BCH(15,5), then a fixed pattern. Both copies.
  void draw_format() {
    const unsigned data = 1u << 3 | mask_;
    unsigned remainder = data;
    for (int i = 0; i < 10; ++i) remainder = (remainder << 1) ^ ((remainder >> 9) * 0x537);
    const unsigned bits = (data << 10 | remainder) ^ 0x5412;
    const auto bit = [&](size_t i) { return (bits >> i & 1) != 0; };
    for (size_t i = 0; i < 6; ++i) set(8, i, bit(i));
    set(8, 7, bit(6));
    set(8, 8, bit(7));
    set(7, 8, bit(8));
    for (size_t i = 9; i < 15; ++i) set(14 - i, 8, bit(i));
    for (size_t i = 0; i < 8; ++i) set(size_ - 1 - i, 8, bit(i));
    for (size_t i = 8; i < 15; ++i) set(8, size_ - 15 + i, bit(i));
    set(8, size_ - 8, true);
  }

  /// BCH(18,6), from version 7 on.
  void draw_version() {
    if (version_ < 7) return;
    unsigned remainder = version_;
    for (int i = 0; i < 12; ++i) remainder = (remainder << 1) ^ ((remainder >> 11) * 0x1f25);
    const unsigned bits = version_ << 12 | remainder;
    for (size_t i = 0; i < 18; ++i) {
      const bool bit = (bits >> i & 1) != 0;
      set(size_ - 11 + i % 3, i / 3, bit);
      set(i / 3, size_ - 11 + i % 3, bit);
    }
  }

  bool is_masked(size_t x, size_t y) const {
    switch (mask_) {
      case 0:
        return (x + y) % 2 == 0;
      case 1:
        return y % 2 == 0;
      case 2:
        return x % 3 == 0;
      case 3:
        return (x + y) % 3 == 0;
      case 4:
        return (x / 3 + y / 2) % 2 == 0;
      case 5:
        return x * y % 2 + x * y % 3 == 0;
      case 6:
        return (x * y % 2 + x * y % 3) % 2 == 0;
      default:
        return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
  }

  /// Pairs of columns from the right, upwards and downwards in turn; the column of the timing pattern is left out.
  void draw_data(const std::vector<std::uint8_t>& codewords) {
    size_t next = 0;
    bool upwards = true;
    for (size_t right = size_ - 1; right >= 1 && right < size_; right -= 2, upwards = !upwards) {
      if (right == 6) right = 5;
      for (size_t step = 0; step < size_; ++step) {
        const size_t y = upwards ? size_ - 1 - step : step;
        for (const size_t x : {right, right - 1}) {
          if (reserved_[y * size_ + x]) continue;
          const bool bit = next < codewords.size() * 8 && (codewords[next / 8] >> (7 - next % 8) & 1) != 0;
          ++next;
          dark_[y * size_ + x] = bit != is_masked(x, y);
        }
      }
    }
  }

  unsigned version_;
  unsigned mask_;
  size_t size_;
  std::vector<bool> dark_;
  std::vector<bool> reserved_;
};

/// Runs of five and more, and the pattern of a finder, along one row or column.
template <class At>
unsigned line_penalty(size_t size, At at) {
  unsigned penalty = 0;
  unsigned run = 0;
  unsigned history = 0;
  for (size_t i = 0; i < size; ++i) {
    run = i > 0 && at(i) == at(i - 1) ? run + 1 : 1;
    if (run == 5) penalty += 3;
    if (run > 5) penalty += 1;
    history = (history << 1 | (at(i) ? 1u : 0u)) & 0x7ff;
    if (i >= 10 && (history == 0x5d0 || history == 0x05d)) penalty += 40;
  }
  return penalty;
}

unsigned block_penalty(const QrCode& code) {
  unsigned penalty = 0;
  for (size_t y = 1; y < code.size; ++y) {
    for (size_t x = 1; x < code.size; ++x) {
      const bool dark = code.at(x, y);
      if (code.at(x - 1, y) == dark && code.at(x, y - 1) == dark && code.at(x - 1, y - 1) == dark) penalty += 3;
    }
  }
  return penalty;
}

unsigned balance_penalty(const QrCode& code) {
  const auto dark = static_cast<size_t>(std::ranges::count(code.modules, true));
  const size_t percent = dark * 100 / code.modules.size();
  return static_cast<unsigned>((percent > 50 ? percent - 50 : 50 - percent) / 5 * 10);
}

/// source: ISO/IEC 18004, 7.8.3
unsigned penalty_of(const QrCode& code) {
  unsigned penalty = block_penalty(code) + balance_penalty(code);
  for (size_t i = 0; i < code.size; ++i) {
    penalty += line_penalty(code.size, [&](size_t x) { return code.at(x, i); });
    penalty += line_penalty(code.size, [&](size_t y) { return code.at(i, y); });
  }
  return penalty;
}

}  // namespace

std::optional<QrCode> encode_qr(std::string_view text, unsigned mask) {
  const auto words = qr_codewords(text);
  if (!words || mask > 7) return std::nullopt;
  return Symbol(words->version, mask).build(words->codewords);
}

std::optional<QrCode> encode_qr(std::string_view text) {
  std::optional<QrCode> best;
  unsigned least = std::numeric_limits<unsigned>::max();
  for (unsigned mask = 0; mask < 8; ++mask) {
    auto code = encode_qr(text, mask);
    if (!code) return std::nullopt;
    const unsigned penalty = penalty_of(*code);
    if (penalty >= least) continue;
    least = penalty;
    best = std::move(code);
  }
  return best;
}

std::string draw_qr(const QrCode& code) {
  constexpr size_t kQuiet = 2;
  const size_t side = code.size + 2 * kQuiet;
  const auto dark = [&](size_t x, size_t y) {
    const bool inside = x >= kQuiet && y >= kQuiet && x < code.size + kQuiet && y < code.size + kQuiet;
    return inside && code.at(x - kQuiet, y - kQuiet);
  };
  std::string out;
  for (size_t y = 0; y < side; y += 2) {
    out += "  \x1b[30;107m";  // black on bright white
    for (size_t x = 0; x < side; ++x) {
      const bool upper = dark(x, y);
      const bool lower = dark(x, y + 1);
      out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    out += "\x1b[0m\n";
  }
  return out;
}

}  // namespace xl::quickconnect
