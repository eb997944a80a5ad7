// SPDX-License-Identifier: Apache-2.0
#include "mcu/emulator.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "platform/mcu/wire.hpp"

namespace xl::tests {
namespace {

constexpr int kPatienceMs = 15'000;

int listen_at(const std::filesystem::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || ::listen(fd, 1) != 0) {
    throw std::runtime_error("cannot listen at " + path.string());
  }
  return fd;
}

bool is_readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, kPatienceMs) == 1;
}

pid_t start(const std::vector<std::string>& words, const std::filesystem::path& output) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, output.c_str(), O_WRONLY | O_CREAT, 0600);
  ::posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int failure = ::posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw std::runtime_error(words[0] + ": " + std::strerror(failure));
  return child;
}

}  // namespace

Emulator::Emulator(const std::filesystem::path& image) {
  std::string pattern = (std::filesystem::temp_directory_path() / "mcu-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  folder_ = pattern;
  const std::array lines{&host, &bench};
  const std::array names{folder_ / "host", folder_ / "bench"};
  const std::array listeners{listen_at(names[0]), listen_at(names[1])};
  child_ = start({"qemu-system-arm", "-M", "mps2-an385", "-nodefaults", "-display", "none", "-monitor", "none",
                  "-semihosting-config", "enable=on,target=native", "-serial", "unix:" + names[0].string(), "-serial",
                  "unix:" + names[1].string(), "-kernel", image.string()},
                 folder_ / "said");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_readable(listeners[i])) lines[i]->fd_ = ::accept4(listeners[i], nullptr, nullptr, SOCK_CLOEXEC);
    ::close(listeners[i]);
  }
  if (host.fd_ < 0 || bench.fd_ < 0) fail("the emulator does not start");
  if (bench.read() != static_cast<Byte>(platform::mcu::Call::ready)) fail("the target is not ready");
}

Emulator::~Emulator() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  for (const Line* line : {&host, &bench}) {
    if (line->fd_ >= 0) ::close(line->fd_);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

/// Both, whichever of them somebody waits for: a target that cannot get rid of its bytes on one says nothing on the
/// other.
bool Emulator::read_lines() {
  std::array<pollfd, 2> lines{{{host.fd_, POLLIN, 0}, {bench.fd_, POLLIN, 0}}};
  if (::poll(lines.data(), lines.size(), kPatienceMs) <= 0) return false;
  bool some = false;
  if (lines[0].revents != 0) some = host.fill();
  if (lines[1].revents != 0) some = bench.fill() || some;
  return some;
}

int Emulator::wait() {
  while (read_lines()) {
  }
  ::kill(child_, SIGTERM);  // without effect on one that has ended
  int status = 0;
  ::waitpid(child_, &status, 0);
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Emulator::said() const {
  std::ostringstream text;
  text << std::ifstream(folder_ / "said").rdbuf();
  return text.str();
}

void Emulator::fail(const std::string& what) { throw std::runtime_error(what + "; the emulator said: " + said()); }

void Emulator::Line::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) emulator_.fail("the target takes no bytes");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

Byte Emulator::Line::read() {
  while (taken_ == input_.size()) {
    if (!emulator_.read_lines()) emulator_.fail("the target says nothing any more");
  }
  return static_cast<Byte>(input_[taken_++]);
}

std::string Emulator::Line::read(std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) bytes += static_cast<char>(read());
  return bytes;
}

bool Emulator::Line::fill() {
  std::array<char, 4096> bytes;
  const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  input_.erase(0, std::exchange(taken_, 0));
  input_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

}  // namespace xl::tests
