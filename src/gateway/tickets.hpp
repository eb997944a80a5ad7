// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 session tickets (RFC 5077; docs/security.md "Accounts and TLS"): sealed with keys that live for an hour, good
// for the account and the certificate that they were given to, and never a way around the registry.
#pragma once
#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"

namespace xl::gateway {

/// Hours on a clock that never jumps and that every process of one machine shares.
using HourClock = std::function<std::int64_t()>;
std::int64_t monotonic_hour();

/// The keys of this hour and of the one before. Every holder of one seed derives the same keys by itself, and a seed
/// that has moved on cannot tell what came before it.
class TicketKeys {
 public:
  static constexpr std::chrono::hours kTicketLife{1};
  struct Seed {
    crypto::Sha256 secret;
    std::int64_t hour;
  };
  static Seed fresh_seed(const HourClock& clock = &monotonic_hour);

  /// The seed to give to one more holder in this hour: it tells the keys of this hour and of the one before.
  static Seed moved_on(Seed seed, const HourClock& clock = &monotonic_hour);

  explicit TicketKeys(const Seed& seed, HourClock clock = &monotonic_hour);

  struct Keys {
    crypto::Sha256 name, cipher, mac;  ///< of the name, RFC 5077 4 carries the first 16 bytes
  };
  struct Found {
    const Keys* keys = nullptr;
    bool is_old = false;  ///< a new ticket should replace this one
  };
  const Keys& current();
  Found find(ByteView name);

 private:
  void move_on();
  static void next_hour(Seed& seed);

  HourClock clock_;
  Seed seed_;
  Keys current_, previous_{};
};

/// Gives tickets of TLS 1.2 and takes them back. `keys` must outlive the context.
void use_tickets(SSL_CTX* context, TicketKeys& keys);

}  // namespace xl::gateway
