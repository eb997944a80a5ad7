// SPDX-License-Identifier: Apache-2.0
#include "unit/net/support.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include "pki/authority.hpp"

namespace xl::net::test {

std::unique_ptr<HttpServer> start(HttpHandler handler, HttpServerOptions options) {
  if (options.listeners.empty()) options.listeners = {HttpListener{}};
  auto server = start_http_server(std::move(options), std::move(handler));
  if (!server) ADD_FAILURE() << server.error().detail;
  return server ? *std::move(server) : nullptr;
}

std::string url_of(const HttpServer& server, std::string_view host) {
  const HttpListener& listener = server.listeners().front();
  return (listener.tls ? "https://" : "http://") + std::string(host) + ":" + std::to_string(listener.port);
}

RawClient::RawClient(const HttpServer& server) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.listeners().front().port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const timeval patience{20, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}
RawClient::~RawClient() { close(); }

void RawClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has hung up: what it said is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::read_more() {
  std::array<char, 4096> chunk{};
  const auto count = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  inbox_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::read_until(std::string_view mark) {
  while (inbox_.find(mark) == std::string::npos)
    if (!read_more()) return std::exchange(inbox_, {});
  const auto end = inbox_.find(mark) + mark.size();
  std::string text = inbox_.substr(0, end);
  inbox_.erase(0, end);
  return text;
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(inbox_, {});
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

TlsFiles make_tls_files(const std::vector<std::string>& names) {
  const auto root = pki::create_root_ca("Test Root", "Test", 1, wall_now());
  const auto key = pki::PrivateKey::generate_p256();
  const auto certificate = pki::issue_server_certificate(*root, key, names, 7, wall_now());
  const auto folder = std::make_shared<const xl::test::TemporaryFolder>("xl-net");
  TlsFiles files{certificate->facts().pem, key.to_pem(), folder->path() / "root.pem", folder};
  std::ofstream(files.root_file) << root->certificate.facts().pem;
  return files;
}

}  // namespace xl::net::test
