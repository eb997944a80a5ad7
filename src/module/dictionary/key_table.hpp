// SPDX-License-Identifier: Apache-2.0
// The configuration dictionary as data. source: guide tables 2 and 3
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "module/limits.hpp"

namespace xl::module::dictionary {

/// In the order of kKeys.
enum class Key : std::uint8_t {
  apn,
  about,
  certificate,
  custom_name,
  defender_period,
  enable_shadow,
  endpoint,
  hota_certificate,
  ota_certificate,
  passphrase,
  qos,
  root_ca,
  ssid,
  shadow,
  shadow_token,
  tech_spec,
  thing_name,
  topic,
  version,
};

enum class Access : std::uint8_t { read, write, both };
enum class Kind : std::uint8_t { text, flag, number, certificate };
enum class Lifetime : std::uint8_t {
  identity,       ///< the factory's, never changes
  kept,           ///< non-volatile, survives FACTORY_RESET
  until_factory,  ///< non-volatile, FACTORY_RESET restores the initial value
  until_reset     ///< volatile, any reset restores the initial value
};
enum class Radio : std::uint8_t { any, wifi, cellular };

struct KeySpec {
  std::string_view name;
  Key key{};
  Access access = Access::both;
  Lifetime lifetime = Lifetime::until_reset;
  std::size_t bytes_max = 0;
  Kind kind = Kind::text;
  Radio radio = Radio::any;  ///< models without it do not have the key
  unsigned count = 0;        ///< 0: one key; n: a family name1 to name<n>
};

inline constexpr std::array<KeySpec, 19> kKeys{{
    {"APN", Key::apn, Access::both, Lifetime::until_factory, 128, Kind::text, Radio::cellular, 0},
    {"About", Key::about, Access::read, Lifetime::identity, 64, Kind::text, Radio::any, 0},
    {"Certificate", Key::certificate, Access::read, Lifetime::identity, 4096, Kind::certificate, Radio::any, 0},
    {"CustomName", Key::custom_name, Access::both, Lifetime::until_factory, 128, Kind::text, Radio::any, 0},
    {"DefenderPeriod", Key::defender_period, Access::both, Lifetime::until_factory, 8, Kind::number, Radio::any, 0},
    {"EnableShadow", Key::enable_shadow, Access::both, Lifetime::until_reset, 1, Kind::flag, Radio::any, 0},
    {"Endpoint", Key::endpoint, Access::both, Lifetime::until_factory, 128, Kind::text, Radio::any, 0},
    {"HOTAcertificate", Key::hota_certificate, Access::both, Lifetime::until_factory, kSizes.signer_bytes,
     Kind::certificate, Radio::any, 0},
    {"OTAcertificate", Key::ota_certificate, Access::write, Lifetime::kept, kSizes.signer_bytes, Kind::certificate,
     Radio::any, 0},
    {"Passphrase", Key::passphrase, Access::write, Lifetime::until_factory, 64, Kind::text, Radio::wifi, 0},
    {"QoS", Key::qos, Access::both, Lifetime::until_reset, 1, Kind::flag, Radio::any, 0},
    {"RootCA", Key::root_ca, Access::both, Lifetime::kept, kEntryBytesMax, Kind::certificate, Radio::any, 0},
    {"SSID", Key::ssid, Access::both, Lifetime::until_factory, 32, Kind::text, Radio::wifi, 0},
    {"Shadow", Key::shadow, Access::both, Lifetime::until_reset, 64, Kind::text, Radio::any, kShadowsMax},
    {"ShadowToken", Key::shadow_token, Access::both, Lifetime::until_factory, 64, Kind::text, Radio::any, 0},
    {"TechSpec", Key::tech_spec, Access::read, Lifetime::identity, 16, Kind::text, Radio::any, 0},
    {"ThingName", Key::thing_name, Access::read, Lifetime::identity, 64, Kind::text, Radio::any, 0},
    {"Topic", Key::topic, Access::both, Lifetime::until_reset, kTopicBytesMax, Kind::text, Radio::any, kTopicsMax},
    {"Version", Key::version, Access::read, Lifetime::identity, 32, Kind::text, Radio::any, 0},
}};

constexpr bool is_in_key_order() {
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (static_cast<std::size_t>(kKeys[i].key) != i) return false;
    if (i > 0 && !(kKeys[i - 1].name < kKeys[i].name)) return false;
  }
  return true;
}
static_assert(is_in_key_order());

constexpr const KeySpec& spec_of(Key key) { return kKeys[static_cast<std::size_t>(key)]; }
constexpr unsigned slots_of(const KeySpec& spec) {
  return spec.lifetime == Lifetime::identity ? 0 : (spec.count == 0 ? 1 : spec.count);
}
constexpr bool is_persistent(const KeySpec& spec) {
  return spec.lifetime == Lifetime::kept || spec.lifetime == Lifetime::until_factory;
}

constexpr std::size_t slot_count() {
  std::size_t count = 0;
  for (const auto& spec : kKeys) count += slots_of(spec);
  return count;
}

/// Of all values that are not the factory's, at their longest.
constexpr std::size_t value_bytes() {
  std::size_t bytes = 0;
  for (const auto& spec : kKeys) bytes += slots_of(spec) * spec.bytes_max;
  return bytes;
}

}  // namespace xl::module::dictionary
