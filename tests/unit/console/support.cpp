// SPDX-License-Identifier: Apache-2.0
#include "unit/console/support.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <thread>

#include "crypto/digest.hpp"

namespace xl::console::test {
namespace {

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

}  // namespace

ConsoleSite::ConsoleSite() {
  std::string folder = ::testing::TempDir() + "xl-console-XXXXXX";
  EXPECT_NE(::mkdtemp(folder.data()), nullptr);
  root = std::filesystem::path(folder) / "web";
  write_file(root / "index.html", "<!doctype html><title>page</title>");
  write_file(root / "assets" / "app-1a2b.js", "export {}");
  write_file(root / "assets" / ".hidden.js", "hidden");
  write_file(root.parent_path() / "secret.txt", "outside");
  grant(kThing, kSecret);
  console = make_console({root}, store, bus, presence);
  net::HttpServerOptions options;
  options.listeners = {net::HttpListener{}};
  auto server = net::start_http_server(std::move(options), [this](net::HttpRequest request, auto responder) {
    if (console->handles(request)) return console->handle(std::move(request), std::move(responder));
    responder->respond({418, {}, {}});
  });
  EXPECT_TRUE(server.has_value());
  server_ = *std::move(server);
}

ConsoleSite::~ConsoleSite() {
  server_.reset();
  std::filesystem::remove_all(root.parent_path());
}

void ConsoleSite::grant(const std::string& thing, std::string_view secret, std::chrono::hours lifetime) {
  EXPECT_TRUE(store.grants.put({std::string(kAccount), thing, crypto::sha256_hex(secret), wall_now() + lifetime}));
}

net::HttpResponse ConsoleSite::call(net::HttpRequest request) const {
  auto response = net::http_call("http://127.0.0.1:" + std::to_string(port()), std::move(request));
  EXPECT_TRUE(response.has_value()) << (response ? "" : response.error().detail);
  return response.value_or(net::HttpResponse{});
}

net::HttpResponse ConsoleSite::get(const std::string& target, net::HttpHeaders headers) const {
  net::HttpRequest request;
  request.method = "GET";
  request.target = target;
  request.headers = std::move(headers);
  return call(std::move(request));
}

net::HttpResponse ConsoleSite::post(const std::string& target, std::string json, net::HttpHeaders headers) const {
  net::HttpRequest request;
  request.method = "POST";
  request.target = target;
  request.headers = std::move(headers);
  if (!request.header("Content-Type")) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(json);
  return call(std::move(request));
}

std::string ConsoleSite::sign_in(const std::string& thing, std::string_view secret) const {
  const auto answer = post("/q/" + thing + "/session", R"({"secret":")" + std::string(secret) + R"("})");
  EXPECT_EQ(answer.status, 204) << answer.body;
  const std::string cookie = header_of(answer, "Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

Listener::Listener(const ConsoleSite& site, const std::string& target, const std::string& cookie)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(site.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const timeval patience{20, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n";
  EXPECT_EQ(::send(fd_, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
}
Listener::~Listener() { ::close(fd_); }

std::string Listener::read_until(std::string_view mark) {
  while (inbox_.find(mark) == std::string::npos) {
    std::array<char, 4096> chunk{};
    const auto count = ::recv(fd_, chunk.data(), chunk.size(), 0);
    if (count <= 0) return {};
    inbox_.append(chunk.data(), static_cast<std::size_t>(count));
  }
  const auto end = inbox_.find(mark) + mark.size();
  std::string text = inbox_.substr(0, end);
  inbox_.erase(0, end);
  return text;
}

std::string Listener::head() { return read_until("\r\n\r\n"); }

std::string Listener::event() {
  std::string text = read_until("\n\n");
  while (text.starts_with(':')) text = read_until("\n\n");
  return text;
}

std::string header_of(const net::HttpResponse& response, std::string_view name) {
  return std::string(net::find_header(response.headers, name).value_or(""));
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace xl::console::test
