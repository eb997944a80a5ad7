// SPDX-License-Identifier: Apache-2.0
#include "module/dictionary/dictionary.hpp"

#include <algorithm>

#include "at/command_line.hpp"

namespace xl::module::dictionary {
namespace {

using at::AtError;

constexpr std::size_t kKeyNameMax = 16;  // source: guide 6.1.1.1

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// The number of a family's member: "Topic12" is 12 of "Topic". No leading zeros.
std::optional<unsigned> member_number(const KeySpec& spec, std::string_view name) {
  if (!name.starts_with(spec.name)) return std::nullopt;
  const std::string_view digits = name.substr(spec.name.size());
  if (digits.empty() || digits.front() == '0') return std::nullopt;
  return at::parse_number(digits, spec.count);
}

bool is_flag(std::string_view value) { return value == "0" || value == "1"; }
bool is_number(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Dictionary::Dictionary(ports::Storage& storage, const ports::Certificates& certificates,
                       const ports::Identity& identity)
    : storage_(storage), joint_change_(storage), certificates_(certificates), identity_(identity) {
  about_.add(identity.vendor).add(" - ").add(identity.model);
  std::size_t slot = 0;
  std::size_t offset = 0;
  for (std::size_t row = 0; row < kKeys.size(); ++row) {
    first_slot_[row] = static_cast<std::uint8_t>(slot);
    for (unsigned i = 0; i < slots_of(kKeys[row]); ++i) {
      slots_[slot++].offset = static_cast<std::uint32_t>(offset);
      offset += kKeys[row].bytes_max;
    }
  }
}

void Dictionary::load() {
  joint_change_.load();
  static_cast<void>(joint_change_.finish());  // what the storage refuses still counts, below
  for (const auto& spec : kKeys) {
    for (unsigned i = 0; i < slots_of(spec); ++i) {
      Slot& slot = slots_[first_slot_[static_cast<std::size_t>(spec.key)] + i];
      slot.is_set = false;
      if (!is_persistent(spec)) continue;
      const auto size = storage_.read(spec.name, ByteSpan(arena_).subspan(slot.offset, spec.bytes_max));
      slot.is_set = size.has_value();
      slot.size = static_cast<std::uint16_t>(size.value_or(0));
    }
  }
  apply_what_is_left();
}

/// Of a joint change that the storage does not let us finish yet.
void Dictionary::apply_what_is_left() {
  joint_change_.for_each_left([this](const JointChange::Part& part) {
    const auto ref = find(part.key);
    if (!ref || (part.value && part.value->size() > ref->spec->bytes_max)) return;
    Slot& changed = slots_[slot_of(*ref)];
    changed.is_set = false;
    if (part.value) store(changed, *part.value);
  });
}

bool Dictionary::factory_reset() {
  std::array<JointChange::Part, kKeys.size()> parts;
  std::size_t count = 0;
  for (const auto& spec : kKeys) {
    if (spec.lifetime == Lifetime::until_factory) parts[count++] = {spec.name, std::nullopt};
  }
  if (!joint_change_.commit(std::span(parts).first(count))) return false;
  for (const auto& spec : kKeys) {
    if (spec.lifetime == Lifetime::until_factory) single_slot(spec.key).is_set = false;
  }
  return true;
}

bool Dictionary::assign_network(std::string_view ssid, std::string_view passphrase) {
  if (!check({&spec_of(Key::ssid), 0}, ssid) || !check({&spec_of(Key::passphrase), 0}, passphrase)) return false;
  const std::array<JointChange::Part, 2> parts{
      {{spec_of(Key::ssid).name, ssid}, {spec_of(Key::passphrase).name, passphrase}}};
  if (!joint_change_.commit(parts)) return false;
  store(single_slot(Key::ssid), ssid);
  store(single_slot(Key::passphrase), passphrase);
  return true;
}

tl::expected<KeyRef, AtError> Dictionary::find(std::string_view name) const {
  if (name.empty() || name.size() > kKeyNameMax) return tl::make_unexpected(AtError::invalid_key_length);
  if (!std::ranges::all_of(name, is_alphanumeric)) return tl::make_unexpected(AtError::invalid_key_name);
  for (const auto& spec : kKeys) {
    if (!is_present(spec)) continue;
    if (spec.count == 0 && spec.name == name) return KeyRef{&spec, 0};
    if (spec.count == 0) continue;
    if (const auto number = member_number(spec, name)) return KeyRef{&spec, *number};
  }
  return tl::make_unexpected(AtError::unknown_key);
}

std::string_view Dictionary::value(KeyRef ref) const {
  if (ref.spec->lifetime == Lifetime::identity) return identity_value(ref.spec->key);
  const Slot& slot = slots_[slot_of(ref)];
  if (!slot.is_set) return initial_value(ref.spec->key);
  return as_text(ByteView(arena_).subspan(slot.offset, slot.size));
}

tl::expected<void, AtError> Dictionary::assign(KeyRef ref, std::string_view value) {
  if (ref.spec->access == Access::read) return tl::make_unexpected(AtError::key_readonly);
  if (auto checked = check(ref, value); !checked) return checked;
  const bool is_stored =
      !is_persistent(*ref.spec) || (joint_change_.finish() && storage_.write(ref.spec->name, as_bytes(value)));
  if (!is_stored) return tl::make_unexpected(AtError::parameter_error);
  store(slots_[slot_of(ref)], value);
  return {};
}

std::size_t Dictionary::slot_of(KeyRef ref) const {
  return first_slot_[static_cast<std::size_t>(ref.spec->key)] + (ref.index == 0 ? 0 : ref.index - 1);
}

std::string_view Dictionary::initial_value(Key key) const {
  switch (key) {
    case Key::endpoint:
      return identity_.factory_endpoint;
    case Key::root_ca:
      return identity_.factory_root_ca;
    case Key::ota_certificate:
      return identity_.factory_ota_certificate;
    case Key::shadow_token:
      return "ExpressLink";
    case Key::defender_period:
    case Key::qos:
    case Key::enable_shadow:
      return "0";
    default:
      return {};
  }
}

std::string_view Dictionary::identity_value(Key key) const {
  switch (key) {
    case Key::about:
      return about_.view();
    case Key::certificate:
      return identity_.certificate_pem;
    case Key::tech_spec:
      return kTechSpec;
    case Key::thing_name:
      return identity_.thing_name;
    case Key::version:
      return identity_.firmware_version;
    default:
      return {};
  }
}

tl::expected<void, AtError> Dictionary::check(KeyRef ref, std::string_view value) const {
  bool valid = value.size() <= ref.spec->bytes_max;
  if (ref.spec->kind == Kind::flag) valid = valid && is_flag(value);
  if (ref.spec->kind == Kind::number) valid = valid && is_number(value);
  if (!valid) return tl::make_unexpected(AtError::parameter_error);
  if (ref.spec->kind == Kind::certificate) return check_certificate(ref, value);
  return {};
}

tl::expected<void, AtError> Dictionary::check_certificate(KeyRef ref, std::string_view text) const {
  using Verdict = ports::Certificates::Verdict;
  const bool replaces_a_signer = ref.spec->key != Key::root_ca;  // the chain of trust of guide 8.6.1 and 8.11.1
  switch (replaces_a_signer ? certificates_.check_successor(text, value(ref)) : certificates_.check(text)) {
    case Verdict::valid:
      return {};
    case Verdict::invalid_signature:
      return tl::make_unexpected(AtError::invalid_signature);
    default:
      return tl::make_unexpected(AtError::invalid_certificate);
  }
}

void Dictionary::store(Slot& slot, std::string_view value) {
  std::ranges::copy(as_bytes(value), arena_.begin() + slot.offset);
  slot.size = static_cast<std::uint16_t>(value.size());
  slot.is_set = true;
}

bool Dictionary::is_present(const KeySpec& spec) const {
  if (spec.radio == Radio::any) return true;
  return (spec.radio == Radio::wifi) == identity_.has_wifi;
}

}  // namespace xl::module::dictionary
