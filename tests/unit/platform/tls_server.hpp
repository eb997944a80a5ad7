// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "pki/openssl_ptr.hpp"
#include "platform/linux/descriptor.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform::testing {

/// A blocking server on 127.0.0.1 with a thread of its own, one client at a time. It sends everything back.
class TlsServer {
 public:
  struct Behaviour {
    int version_min = TLS1_2_VERSION;
    int version_max = 0;         ///< 0: the newest
    bool trusts_modules = true;  ///< false: our certificate's issuer is unknown to it
    bool speaks_tls = true;      ///< false: answers like a web server without TLS
    bool says_nothing = false;   ///< accepts and is silent
    bool hangs_up_after_echo = false;
  };
  TlsServer(const Credentials& credentials, Behaviour behaviour);
  explicit TlsServer(const Credentials& credentials) : TlsServer(credentials, Behaviour()) {}
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string server_name() const;  ///< SNI of the last client; empty: none
  std::string client_common_name() const;
  std::string received() const;
  bool resumed() const { return resumed_; }                ///< the last client's session
  bool closed_cleanly() const { return closed_cleanly_; }  ///< the last client said goodbye

 private:
  void serve();
  void talk(int socket);
  void note_client(const SSL* ssl);

  Behaviour behaviour_;
  pki::SslCtxPtr context_;
  Descriptor listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string server_name_;
  std::string client_common_name_;
  std::string received_;
  std::atomic<int> client_{-1};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> closed_cleanly_{false};
  std::atomic<bool> resumed_{false};
  std::thread thread_;
};

/// A port of 127.0.0.1 on which nobody listens.
std::uint16_t unused_port();

}  // namespace xl::platform::testing
