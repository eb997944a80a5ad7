// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.hpp"
#include "gateway/gateway.hpp"

namespace xl::gateway {

/// A socket that listens; closed with the object.
class BoundListener {
 public:
  /// Takes the descriptor over.
  BoundListener(Listener where, int descriptor) : where_(std::move(where)), descriptor_(descriptor) {}
  ~BoundListener();
  BoundListener(BoundListener&& other) noexcept;
  BoundListener(const BoundListener&) = delete;
  BoundListener& operator=(const BoundListener&) = delete;

  const Listener& where() const { return where_; }  ///< the port is filled in
  int descriptor() const { return descriptor_; }
  int release();

 private:
  Listener where_;
  int descriptor_;
};

/// Not accepting anything yet. On a host without IPv6 its loopback listener is left out.
/// errors: unavailable (port in use: names it and says what to do), invalid_argument (not an address)
Result<std::vector<BoundListener>> bind_listeners(const std::vector<Listener>& listeners);

}  // namespace xl::gateway
