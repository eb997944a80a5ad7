// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "keystore/key_store.hpp"

namespace xl::platform {

/// What the module shows of itself.
struct TlsIdentity {
  std::string certificate_pem;  ///< birth certificate
  std::string chain_pem;        ///< its issuers, may be empty
  keystore::KeyStore* keys = nullptr;
};

/// Where to connect and whom to trust there.
struct TlsTarget {
  std::string host;  ///< the SNI, and named by the server's certificate; an IP address is compared but not sent
  std::uint16_t port = 0;
  std::string root_ca_pem;
  friend bool operator==(const TlsTarget&, const TlsTarget&) = default;
};

/// The last session with a server, for its cheap resumption. Offered to that Endpoint only, under the RootCA that
/// verified it: asking for any other forgets it (docs/onboarding.md).
class TlsSessionCache {
 public:
  const std::string& session_for(const TlsTarget& target) {
    if (target != target_) session_.clear();
    return session_;
  }
  void keep(const TlsTarget& target, std::string session) {
    target_ = target;
    session_ = std::move(session);
  }
  void forget() { session_.clear(); }

 private:
  TlsTarget target_;
  std::string session_;  ///< DER; empty: none
};

/// The client's half of one mutually authenticated TLS >= 1.2 session over a connected, non-blocking socket.
/// Owns no descriptor; calls nobody back.
class TlsClient {
 public:
  enum class Step : std::uint8_t { done, want_read, want_write, closed, failed };

  /// `session`: an earlier client's, offered for resumption; empty: none.
  /// errors: invalid_argument (root CA, own certificate), unavailable (key store)
  static Result<std::unique_ptr<TlsClient>> create(const TlsIdentity& identity, const TlsTarget& target,
                                                   const std::string& session, int socket);
  virtual ~TlsClient() = default;

  virtual Step handshake() = 0;
  virtual Step read(ByteSpan out, std::size_t& count) = 0;
  virtual Step write(ByteView bytes, std::size_t& count) = 0;
  virtual void send_close_notify() = 0;
  /// After `failed`: why, short, for a person.
  virtual std::string failure() const = 0;
  /// After `failed`: the server has refused our certificate. TLS 1.3 tells so only after the handshake, on read.
  virtual bool certificate_refused() const = 0;
  /// DER of what the server lets us resume; empty: nothing. Complete once the server has spoken (TLS 1.3).
  virtual std::string session() const = 0;
};

}  // namespace xl::platform
