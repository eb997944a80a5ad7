// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/ports/clock.hpp"
#include "module/ports/random.hpp"

namespace xl::module::connection {

/// How long CONNECT stays refused after a failure: doubles with each failure, a random part on top, until a success.
/// source: guide 4.7.2.4
class Backoff {
 public:
  explicit Backoff(ports::Random& random) : random_(random) {}

  bool allows(ports::Millis now) const { return failures_ == 0 || now >= not_before_; }
  void failed(ports::Millis now);
  void reset() { failures_ = 0; }

 private:
  ports::Random& random_;
  unsigned failures_ = 0;
  ports::Millis not_before_{};
};

}  // namespace xl::module::connection
