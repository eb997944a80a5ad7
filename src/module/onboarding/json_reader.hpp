// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "at/text_builder.hpp"

namespace xl::module::onboarding {

/// Reads JSON from left to right without building anything. Strict; nesting is limited. source: RFC 8259
class JsonReader {
 public:
  using Text = at::TextBuilder<256>;

  explicit JsonReader(std::string_view text) : rest_(text) {}

  /// Calls `on_member(name)` for each member, with its value next; it must read or skip the value. false: not an
  /// object, not JSON, or on_member said so.
  template <class OnMember>
  bool read_object(OnMember on_member) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      Text name;
      if (!read_string(name) || !take(':') || !on_member(name.view())) return false;
    } while (take(','));
    return take('}');
  }
  /// Decodes escapes; longer strings are cut, which is_host_name() and every name of ours then refuse.
  bool read_string(Text& out);
  bool skip_value(unsigned depth = 0);
  /// Nothing but white space is left.
  bool at_end();

 private:
  bool skip_array(unsigned depth);
  bool skip_number();
  bool skip_digits();
  bool take(char c);
  bool take_word(std::string_view word);
  bool take_escape(Text& out);
  std::optional<std::uint32_t> take_hex4();
  void skip_space();

  std::string_view rest_;
};

}  // namespace xl::module::onboarding
