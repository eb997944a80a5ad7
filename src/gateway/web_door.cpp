// SPDX-License-Identifier: Apache-2.0
#include "gateway/web_door.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "gateway/engine_socket.hpp"
#include "gateway/unix_address.hpp"

namespace xl::gateway {
namespace asio = boost::asio;

namespace {

constexpr std::string_view kPrefix = "web-", kSuffix = ".sock";
constexpr int kBacklog = 128;
constexpr std::chrono::milliseconds kAcceptPause{100};

/// Three lines and zeros up to this size, so that what follows is left in the socket.
using Introduction = std::array<char, 256>;

bool introduce_to(int descriptor, const cloud::WebClient& client) {
  Introduction text{};
  const std::string lines = client.account_id + "\n" + client.access_key_id + "\n" + client.peer_address + "\n";
  if (lines.size() > text.size()) return false;
  lines.copy(text.data(), lines.size());
  return ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

class GatewaysDoor final : public cloud::MqttDoor {
 public:
  explicit GatewaysDoor(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<int> open(const cloud::WebClient& client) override {
    std::vector<std::filesystem::path> doors;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) doors.push_back(entry.path());
    }
    const std::size_t first = next_++;
    for (std::size_t i = 0; i < doors.size(); ++i) {
      const EngineSocket reached = connect_engine(doors[(first + i) % doors.size()]);
      if (reached.outcome != ConnectOutcome::connected) continue;
      if (introduce_to(reached.descriptor, client)) return reached.descriptor;
      ::close(reached.descriptor);
    }
    return fail(Error::unavailable("no gateway takes MQTT over WebSocket now"));
  }

 private:
  const std::filesystem::path folder_;
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace

std::unique_ptr<cloud::MqttDoor> make_mqtt_door(const std::filesystem::path& engine_socket) {
  return std::make_unique<GatewaysDoor>(engine_socket.parent_path());
}

Status WebDoor::listen(const std::filesystem::path& engine_socket, const std::string& name) {
  path_ = engine_socket.parent_path() / (std::string(kPrefix) + name + std::string(kSuffix));
  const auto refuse = [this] {
    return fail(Error::unavailable("cannot listen on " + path_.string() + ": " + std::strerror(errno)));
  };
  ::unlink(path_.c_str());  // of a process that was killed
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return refuse();
  const UnixAddress address(path_);
  boost::system::error_code error;
  error = acceptor_.assign(asio::local::stream_protocol(), descriptor, error);
  if (error || !address.is_good() || ::bind(descriptor, address.get(), UnixAddress::size()) != 0 ||
      ::listen(descriptor, kBacklog) != 0)
    return refuse();
  accept_next();
  return {};
}

void WebDoor::close() {
  boost::system::error_code ignored;
  ignored = acceptor_.close(ignored);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void WebDoor::accept_next() {
  acceptor_.async_accept([this](boost::system::error_code error, Socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      introduce(std::make_shared<Socket>(std::move(socket)));
      return accept_next();
    }
    // Descriptors have run out, or the like: without a pause this would spin.
    auto pause = std::make_shared<asio::steady_timer>(acceptor_.get_executor(), kAcceptPause);
    pause->async_wait([this, pause](auto) {
      if (acceptor_.is_open()) accept_next();
    });
  });
}

void WebDoor::introduce(std::shared_ptr<Socket> socket) {
  const auto text = std::make_shared<Introduction>();
  asio::async_read(*socket, asio::buffer(*text), [this, socket, text](boost::system::error_code error, std::size_t) {
    if (error || !acceptor_.is_open()) return;
    const auto lines = split({text->data(), text->size()}, '\n');
    if (lines.size() != 4) return log::error("gateway", "a web client was not introduced");
    error = socket->non_blocking(true, error);
    const int descriptor = socket->release(error);
    if (error) return;
    welcome_({std::string(lines[0]), std::string(lines[1]), std::string(lines[2])}, descriptor);
  });
}

}  // namespace xl::gateway
