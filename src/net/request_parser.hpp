// SPDX-License-Identifier: Apache-2.0
// Bytes in, one HTTP/1.1 request out. No sockets, no clock: Beast's parser behind a plain face.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "net/http.hpp"

namespace xl::net {

class RequestParser {
 public:
  struct Limits {
    std::size_t header_bytes_max;
    std::size_t body_bytes_max;
  };
  enum class Progress { need_more, header_done, done, failed };

  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Consumes from the front of `inbox` and leaves what belongs to the next request. `header_done` is told once,
  /// before any of the body is read.
  Progress feed(std::string& inbox);

  /// After `failed`: the answer that names the fault: 400, 413, 417, 431, 501 or 505.
  int failure_status() const { return failure_status_; }
  bool expects_continue() const;  ///< after `header_done`
  bool keep_alive() const;
  HttpRequest take();  ///< after `done`

 private:
  struct Impl;
  Progress fail_with(int status);
  int header_fault() const;

  std::unique_ptr<Impl> impl_;
  bool header_told_ = false;
  int failure_status_ = 0;
};

}  // namespace xl::net
