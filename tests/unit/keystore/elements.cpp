// SPDX-License-Identifier: Apache-2.0
#include "unit/keystore/elements.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/text.hpp"
#include "keystore/key_uri.hpp"

namespace xl::keystore::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSoftHsm = "/usr/lib/softhsm/libsofthsm2.so";
constexpr const char* kPin = "4711";

pid_t spawn(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int nowhere = ::open("/dev/null", O_RDWR);
  ::dup2(nowhere, STDIN_FILENO);
  ::dup2(nowhere, STDOUT_FILENO);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

sockaddr_in local(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Below the ports that the system gives to outgoing connections.
std::uint16_t two_free_ports() {
  std::mt19937 random(std::random_device{}());
  for (;;) {
    const auto port = static_cast<std::uint16_t>(std::uniform_int_distribution(10'000, 29'998)(random));
    bool both = true;
    for (std::uint16_t i = 0; i < 2; ++i) {
      const sockaddr_in address = local(static_cast<std::uint16_t>(port + i));
      const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      both = both && ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
      ::close(probe);
    }
    if (both) return port;
  }
}

bool listens(std::uint16_t port) {
  const sockaddr_in address = local(port);
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool is_there = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return is_there;
}

void write_pin(const fs::path& file, const std::string& pin) {
  std::ofstream(file) << pin << "\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

class FileElement final : public Element {
 public:
  void start() override {}
  std::string where(bool) const override { return "file"; }
  std::string where_again(const fs::path&) const override { return "file"; }
  void set_pin(const std::string&) override {}
  void take_away() override {}
  void bring_back() override {}
  void wipe() override {}
};

class SwTpm final : public Element {
 public:
  explicit SwTpm(fs::path folder) : folder_(std::move(folder)), port_(two_free_ports()) {}
  ~SwTpm() override { take_away(); }
  void start() override {
    fs::create_directory(folder_ / "tpm");
    bring_back();
  }
  std::string where(bool with_pin) const override {
    const std::string place = "tpm2:tcti=swtpm:host=127.0.0.1,port=" + std::to_string(port_);
    return with_pin ? place + "?pin-source=" + (folder_ / "pin").string() : place;
  }
  std::string where_again(const fs::path& identity) const override {
    return where(false) + ";handle=" + KeyUri::parse(uri_in(identity))->value("handle");
  }
  void set_pin(const std::string& pin) override { write_pin(folder_ / "pin", pin); }
  void take_away() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    child_ = -1;
  }
  void bring_back() override {
    child_ = spawn({"swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + (folder_ / "tpm").string(), "--server",
                    "type=tcp,port=" + std::to_string(port_), "--ctrl", "type=tcp,port=" + std::to_string(port_ + 1),
                    "--flags", "not-need-init,startup-clear"});
    for (int i = 0; i < 500 && !listens(port_); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  void wipe() override {
    take_away();
    fs::remove_all(folder_ / "tpm");
    start();
  }

 private:
  fs::path folder_;
  std::uint16_t port_;
  pid_t child_ = -1;
};

/// All tokens of a test process share SoftHSM's folder, since the driver reads its configuration once.
const fs::path& soft_hsm_folder() {
  static const struct Home {
    Home() {
      std::string name = (fs::temp_directory_path() / "xl-softhsm-XXXXXX").string();
      if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
      path = name;
      fs::create_directory(path / "tokens");
      std::ofstream(path / "softhsm2.conf") << "directories.tokendir = " << (path / "tokens").string()
                                            << "\nobjectstore.backend = file\nlog.level = ERROR\n";
      ::setenv("SOFTHSM2_CONF", (path / "softhsm2.conf").c_str(), 1);
    }
    ~Home() { fs::remove_all(path); }
    fs::path path;
  } home;
  return home.path;
}

class SoftHsm final : public Element {
 public:
  explicit SoftHsm(fs::path folder) : folder_(std::move(folder)), label_(folder_.filename().string()) {}
  ~SoftHsm() override { fs::remove_all(token_); }
  void start() override {
    const fs::path tokens = soft_hsm_folder() / "tokens";
    if (!run({"softhsm2-util", "--init-token", "--free", "--label", label_, "--pin", kPin, "--so-pin", "12345678"}))
      throw std::runtime_error("softhsm2-util cannot make a token");
    for (const auto& entry : fs::directory_iterator(tokens)) token_ = entry.path();  // earlier tests' are gone
    set_pin(kPin);
  }
  std::string where(bool) const override {
    return "pkcs11:token=" + percent_encode(label_) + "?module-path=" + kSoftHsm +
           "&pin-source=" + (folder_ / "pin").string();
  }
  std::string where_again(const fs::path& identity) const override {
    KeyUri uri = *KeyUri::parse(where(true));
    uri.set_path("object", KeyUri::parse(uri_in(identity))->value("object"));
    return uri.text();
  }
  void set_pin(const std::string& pin) override { write_pin(folder_ / "pin", pin); }
  void take_away() override { fs::rename(token_, folder_ / "away"); }
  void bring_back() override { fs::rename(folder_ / "away", token_); }
  void wipe() override {
    fs::remove_all(token_);
    start();
  }

 private:
  fs::path folder_, token_;
  std::string label_;
};

}  // namespace

std::unique_ptr<Element> make_element(Kind kind, const fs::path& folder) {
  if (kind == Kind::tpm2) return std::make_unique<SwTpm>(folder);
  if (kind == Kind::pkcs11) return std::make_unique<SoftHsm>(folder);
  return std::make_unique<FileElement>();
}

std::string name_of(Kind kind) { return kind == Kind::file ? "file" : kind == Kind::tpm2 ? "tpm2" : "pkcs11"; }

std::string uri_in(const fs::path& identity) {
  std::stringstream text;
  text << std::ifstream(identity / kUriFileName).rdbuf();
  return std::string(trim(text.str()));
}

bool run(const std::vector<std::string>& command) {
  int status = -1;
  return ::waitpid(spawn(command), &status, 0) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace xl::keystore::test
