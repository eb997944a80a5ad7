// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "net/http.hpp"
#include "temporary_folder.hpp"

namespace xl::net::test {

/// A server on a free port of 127.0.0.1.
std::unique_ptr<HttpServer> start(HttpHandler handler, HttpServerOptions options = {});
std::string url_of(const HttpServer& server, std::string_view host = "127.0.0.1");

/// A socket that says exactly what a test wants, well-formed or not.
class RawClient {
 public:
  explicit RawClient(const HttpServer& server);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  std::string read_until(std::string_view mark);  ///< what has come up to and with `mark`, or until the end
  std::string read_to_end();
  void close();

 private:
  bool read_more();
  int fd_ = -1;
  std::string inbox_;
};

/// Polls; false after ten seconds.
bool eventually(const std::function<bool()>& condition);

/// Certificates of a private root for `names`, and the root as a file.
struct TlsFiles {
  std::string chain_pem;
  std::string key_pem;
  std::string root_file;
  std::shared_ptr<const xl::test::TemporaryFolder> folder;  ///< in which that is
};
TlsFiles make_tls_files(const std::vector<std::string>& names);

}  // namespace xl::net::test
