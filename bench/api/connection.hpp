// SPDX-License-Identifier: Apache-2.0
// One HTTP/1.1 connection that stays, blocking: the least that can send a request and read its answer.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace xl::bench {

class Connection {
 public:
  /// To this machine. Ends the program when nobody listens.
  explicit Connection(std::uint16_t port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The answer's status; 0 when the connection broke.
  int exchange(std::string_view request);

 private:
  bool send_all(std::string_view data) const;
  bool receive_more();

  int socket_ = -1;
  std::string received_;
};

}  // namespace xl::bench
