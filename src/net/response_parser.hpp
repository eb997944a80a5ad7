// SPDX-License-Identifier: Apache-2.0
// Bytes in, one HTTP/1.1 response out. The client's half of request_parser.hpp.
#pragma once
#include <memory>
#include <string>

#include "net/http.hpp"

namespace xl::net {

class ResponseParser {
 public:
  enum class Progress { need_more, done, failed };

  /// `without_body`: the answer to HEAD.
  explicit ResponseParser(bool without_body);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  Progress feed(std::string& inbox);
  Progress end_of_data();  ///< ends a body that has no length
  HttpResponse take();     ///< after `done`

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xl::net
