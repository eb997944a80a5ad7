// SPDX-License-Identifier: Apache-2.0
#include "fleet.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "mqtt/packet.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Device {
  std::string thing_name;
  pki::SslCtxPtr context;
};

struct Connection {
  int fd = -1;
  pki::SslPtr ssl;
  const Device* device = nullptr;
  bool sent = false;
  Clock::time_point started;
};

pki::SslCtxPtr make_context(const FleetOptions& options, const std::filesystem::path& identity) {
  pki::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (options.tls12) SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_locations(context.get(), options.root_ca.c_str(), nullptr);
  SSL_CTX_use_certificate_file(context.get(), (identity / "certificate.pem").c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(context.get(), (identity / "key.pem").c_str(), SSL_FILETYPE_PEM);
  pki::BioPtr chain(BIO_new_file((identity / "chain.pem").c_str(), "r"));
  while (X509* extra = chain ? PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr) : nullptr) {
    SSL_CTX_add_extra_chain_cert(context.get(), extra);
  }
  return context;
}

std::vector<Device> load_devices(const FleetOptions& options) {
  std::vector<Device> devices;
  for (const auto& entry : std::filesystem::directory_iterator(options.identities)) {
    if (!std::filesystem::exists(entry.path() / "thing-name")) continue;
    devices.push_back({entry.path().filename().string(), make_context(options, entry.path())});
  }
  return devices;
}

class Fleet {
 public:
  explicit Fleet(const FleetOptions& options) : options_(options), devices_(load_devices(options)) {}

  int run() {
    if (devices_.empty()) return std::fprintf(stderr, "no identities in %s\n", options_.identities.c_str()), 1;
    connections_.resize(static_cast<std::size_t>(options_.concurrency));
    const auto begin = Clock::now();
    for (Connection& connection : connections_) start(connection);
    while (open_ > 0) turn();
    report(std::chrono::duration<double>(Clock::now() - begin).count());
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void start(Connection& connection) {
    if (begun_ == options_.connects) return;
    const Device& device = devices_[static_cast<std::size_t>(begun_++) % devices_.size()];
    connection = Connection{};
    connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connection.device = &device;
    connection.started = Clock::now();
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    connection.ssl.reset(SSL_new(device.context.get()));
    SSL_set_tlsext_host_name(connection.ssl.get(), options_.host.c_str());
    SSL_set1_host(connection.ssl.get(), options_.host.c_str());
    SSL_set_fd(connection.ssl.get(), connection.fd);
    SSL_set_connect_state(connection.ssl.get());
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    ++open_;
  }

  void turn() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 30000);
    if (count <= 0) {
      failed_ += open_;
      open_ = 0;
      return;
    }
    for (int i = 0; i < count; ++i) step(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void step(Connection& connection) {
    ERR_clear_error();
    if (!connection.sent) {
      const int result = SSL_do_handshake(connection.ssl.get());
      if (result != 1) return wait_or_fail(connection, result);
      send(connection, mqtt::Connect{.client_id = connection.device->thing_name, .keep_alive_seconds = 60});
      connection.sent = true;
    }
    std::array<Byte, 64> bytes;
    const int read = SSL_read(connection.ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (read <= 0) return wait_or_fail(connection, read);
    if (read < 4 || bytes[0] != 0x20 || bytes[3] != 0) return finish(connection, false);
    send(connection, mqtt::Disconnect{});
    finish(connection, true);
  }

  void wait_or_fail(Connection& connection, int result) {
    const int error = SSL_get_error(connection.ssl.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) finish(connection, false);
  }

  static void send(Connection& connection, const mqtt::Packet& packet) {
    std::array<Byte, 256> bytes;
    if (const auto size = mqtt::encode(packet, bytes)) {
      SSL_write(connection.ssl.get(), bytes.data(), static_cast<int>(*size));
    }
  }

  void finish(Connection& connection, bool good) {
    if (good) {
      latencies_ms_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - connection.started).count());
    } else {
      ++failed_;
    }
    SSL_set_quiet_shutdown(connection.ssl.get(), 1);
    connection.ssl.reset();
    ::close(connection.fd);
    --open_;
    start(connection);
  }

  double percentile(double fraction) {
    if (latencies_ms_.empty()) return 0;
    std::sort(latencies_ms_.begin(), latencies_ms_.end());
    return latencies_ms_[static_cast<std::size_t>(fraction * static_cast<double>(latencies_ms_.size() - 1))];
  }

  void report(double seconds) {
    std::printf("{\"done\":%zu,\"failed\":%ld,\"seconds\":%.3f,\"p50_ms\":%.2f,\"p99_ms\":%.2f}\n",
                latencies_ms_.size(), failed_, seconds, percentile(0.50), percentile(0.99));
  }

  const FleetOptions& options_;
  std::vector<Device> devices_;
  std::vector<Connection> connections_;
  std::vector<double> latencies_ms_;
  int epoll_ = ::epoll_create1(0);
  long begun_ = 0, open_ = 0, failed_ = 0;
};

}  // namespace

int run_fleet(const FleetOptions& options) { return Fleet(options).run(); }

}  // namespace xl::bench
