// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "gateway/gateway.hpp"

namespace xl::gateway {

struct AtomicCounters {
  std::atomic<std::uint64_t> connections_accepted = 0, connections_refused = 0, handshakes_failed = 0,
                             handshakes_resumed = 0, sessions_open = 0, connects_accepted = 0, connects_refused = 0,
                             provisioned = 0, messages_in = 0, messages_out = 0, messages_refused = 0;

  GatewayCounters read() const;
};

/// Counters in memory that a worker shares with its supervisor: what it has counted is known when it has been killed.
class SharedCounters {
 public:
  /// All zero. errors: unavailable (no descriptor or memory is left)
  static Result<std::unique_ptr<SharedCounters>> make();
  /// Of a descriptor that make() has opened in another process; takes it over. errors: unavailable
  static Result<std::unique_ptr<SharedCounters>> open(int descriptor);
  ~SharedCounters();
  SharedCounters(const SharedCounters&) = delete;
  SharedCounters& operator=(const SharedCounters&) = delete;

  int descriptor() const { return descriptor_; }
  AtomicCounters& values() { return *values_; }
  const AtomicCounters& values() const { return *values_; }

 private:
  SharedCounters(int descriptor, void* memory);

  int descriptor_;
  AtomicCounters* values_;
};

}  // namespace xl::gateway
