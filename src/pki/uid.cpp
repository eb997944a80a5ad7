// SPDX-License-Identifier: Apache-2.0
#include "pki/uid.hpp"

#include "base/text.hpp"
#include "crypto/random.hpp"

namespace xl::pki {

Uid random_uid() {
  Uid uid{};
  crypto::random_bytes(uid);
  uid[0] = static_cast<Byte>((uid[0] & 0x3f) | 0x40);
  return uid;
}

std::string thing_name_of(const Uid& uid) { return hex_encode(uid); }

}  // namespace xl::pki
