// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

namespace xl::gateway {

/// The address of a unix socket. Paths of any length work, although an address holds 107 bytes.
class UnixAddress {
 public:
  explicit UnixAddress(const std::filesystem::path& path);
  ~UnixAddress();
  UnixAddress(const UnixAddress&) = delete;
  UnixAddress& operator=(const UnixAddress&) = delete;

  bool is_good() const { return is_good_; }  ///< else errno says why
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_{};
  int folder_ = -1;
  bool is_good_ = true;
};

}  // namespace xl::gateway
