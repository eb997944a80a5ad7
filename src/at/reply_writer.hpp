// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "at/reply.hpp"
#include "base/bytes.hpp"

namespace xl::at {

/// Where replies go, in order.
class Sink {
 public:
  virtual void write(ByteView bytes) = 0;

 protected:
  ~Sink() = default;
};

/// Writes one whole response, every line ended by CR LF. Writes nothing for a suspended reply. source: guide 4.6.1
void write_reply(const Reply& reply, Sink& sink);

}  // namespace xl::at
