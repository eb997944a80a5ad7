// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "at/error.hpp"
#include "at/text_builder.hpp"
#include "module/dictionary/joint_change.hpp"
#include "module/dictionary/key_table.hpp"
#include "module/ports/certificates.hpp"
#include "module/ports/identity.hpp"
#include "module/ports/storage.hpp"

namespace xl::module::dictionary {

/// One key of the dictionary: a row of the table and, in a family (Topic1, Topic2 …), its number.
struct KeyRef {
  const KeySpec* spec;
  unsigned index;  ///< 0 for single keys, else from 1
};

inline constexpr std::string_view kTechSpec = "v1.2";

/// The values behind CONF and CONF?. Persistent ones go to Storage before a write is acknowledged.
class Dictionary {
 public:
  Dictionary(ports::Storage& storage, const ports::Certificates& certificates, const ports::Identity& identity);

  /// Reads the persistent keys and clears the volatile ones.
  void load();
  /// Restores the initial value of every key that FACTORY_RESET touches; false: the storage refused, no value changed.
  [[nodiscard]] bool factory_reset();
  /// Sets SSID and Passphrase together; false: too long or the storage refused, neither has changed.
  [[nodiscard]] bool assign_network(std::string_view ssid, std::string_view passphrase);

  /// errors: invalid_key_length, invalid_key_name, unknown_key (in this order). source: guide 6.1.1
  tl::expected<KeyRef, at::AtError> find(std::string_view name) const;

  /// The value now; views into the dictionary, valid until the key is written.
  std::string_view value(KeyRef ref) const;
  std::string_view value(Key key, unsigned index = 0) const { return value({&spec_of(key), index}); }

  /// errors: key_readonly, parameter_error (too long, not a value of its kind, storage refused), invalid_certificate,
  /// invalid_signature. On error the old value stands. source: guide 6.2.1, 8.6, 8.11
  tl::expected<void, at::AtError> assign(KeyRef ref, std::string_view value);

  bool is_onboarded() const { return value(Key::endpoint) != identity_.factory_endpoint; }

 private:
  struct Slot {
    std::uint32_t offset = 0;
    std::uint16_t size = 0;
    bool is_set = false;  ///< false: the initial value applies
  };

  std::size_t slot_of(KeyRef ref) const;
  std::string_view initial_value(Key key) const;
  std::string_view identity_value(Key key) const;
  tl::expected<void, at::AtError> check(KeyRef ref, std::string_view value) const;
  tl::expected<void, at::AtError> check_certificate(KeyRef ref, std::string_view value) const;
  void store(Slot& slot, std::string_view value);
  Slot& single_slot(Key key) { return slots_[first_slot_[static_cast<std::size_t>(key)]]; }
  void apply_what_is_left();
  bool is_present(const KeySpec& spec) const;

  ports::Storage& storage_;
  JointChange joint_change_;
  const ports::Certificates& certificates_;
  const ports::Identity& identity_;
  at::TextBuilder<64> about_;
  std::array<Slot, slot_count()> slots_{};
  std::array<std::uint8_t, kKeys.size()> first_slot_{};
  std::array<Byte, value_bytes()> arena_{};
};

}  // namespace xl::module::dictionary
