// SPDX-License-Identifier: Apache-2.0
// The API behind a real server over a real registry; only the message engine is a stand-in.
#pragma once
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "crypto/sigv4.hpp"
#include "net/http.hpp"
#include "pki/authority.hpp"

namespace xl::api::test {

namespace json = boost::json;

/// Remembers what is published.
class RecordingBus final : public cloud::MessageBus {
 public:
  struct Published {
    std::string account_id;
    cloud::Message message;
  };
  Status publish(std::string_view account_id, const cloud::Message& message) override;
  std::unique_ptr<Subscription> subscribe(std::string_view, std::string_view, Handler) override { return nullptr; }
  std::vector<Published> published() const;
  void go_away() { away_ = true; }

 private:
  mutable std::mutex mutex_;
  std::vector<Published> published_;
  std::atomic<bool> away_ = false;
};

/// Lets nobody through unless told to; remembers who came.
class RecordingDoor final : public cloud::MqttDoor {
 public:
  Result<int> open(const cloud::WebClient& client) override {
    came_.push_back(client);
    if (descriptor_ < 0) return xl::fail(Error::unavailable("closed"));
    return std::exchange(descriptor_, -1);
  }
  void let_in(int descriptor) { descriptor_ = descriptor; }
  const std::vector<cloud::WebClient>& came() const { return came_; }

 private:
  std::vector<cloud::WebClient> came_;
  int descriptor_ = -1;
};

/// What an engine has retained.
class RetainedInMemory final : public cloud::RetainedMessages {
 public:
  Result<std::vector<cloud::Message>> on(std::string_view account_id,
                                         const std::vector<std::string>& topics) const override;
  void keep(const std::string& account_id, const cloud::Message& message) { kept_.emplace_back(account_id, message); }

 private:
  std::vector<std::pair<std::string, cloud::Message>> kept_;
};

struct Answer {
  int status = 0;
  net::HttpHeaders headers;
  std::string body;
  json::object json() const;
  std::string exception() const;  ///< of x-amzn-ErrorType
  std::string message() const;
};

inline const std::string kVendor = "111122223333";
inline const std::string kOther = "444455556666";
inline const std::string kRole = "arn:aws:iam::111122223333:role/provisioning";
inline const std::string kTemplateBody = R"({
  "Parameters": {"AWS::IoT::Certificate::Id": {"Type": "String"}},
  "Resources": {
    "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "AWS::IoT::Certificate::Id"}}},
    "certificate": {
      "Type": "AWS::IoT::Certificate",
      "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "ACTIVE"}
    }
  }
})";

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  Answer call(const std::string& method, const std::string& target, const std::string& body = {}) {
    return call_as(vendor_key_, method, target, body);
  }
  Answer call(const std::string& method, const std::string& target, const json::object& body) {
    return call(method, target, json::serialize(body));
  }
  Answer call_as(const crypto::Credentials& key, const std::string& method, const std::string& target,
                 const std::string& body = {}, const std::string& service = "iot",
                 const net::HttpHeaders& headers = {});
  net::HttpRequest signed_request(const crypto::Credentials& key, const std::string& method, const std::string& target,
                                  const std::string& body = {}, const std::string& service = "iot",
                                  const net::HttpHeaders& headers = {}) const;
  Answer send(net::HttpRequest request);  ///< as it is, unsigned
  void write(cloud::RegistryStore::Work work);
  void restart();  ///< the API, over the same registry

  /// Into the vendor's account: a thing with a certificate and a policy. Returns the certificate's id.
  std::string add_device(const std::string& thing_name);
  /// A registrable CA, and RegisterCACertificate's answer for it.
  pki::Authority make_ca(const std::string& common_name = "Vendor CA") const;
  Answer register_sni_only(const pki::Authority& ca, const std::string& query = "?setAsActive=true");

  std::filesystem::path folder_;
  std::unique_ptr<cloud::RegistryStore> store_;
  RecordingBus bus_;
  RecordingDoor door_;
  const std::shared_ptr<RetainedInMemory> retained_ = std::make_shared<RetainedInMemory>();
  std::unique_ptr<Api> api_;
  std::unique_ptr<net::HttpServer> server_;
  std::string url_;
  crypto::Credentials vendor_key_;
  crypto::Credentials other_key_;
  /// A further key of an account.
  crypto::Credentials add_key(const std::string& account_id, const std::string& key_id, cloud::Role role);
  crypto::AeadKey master_key_{};

 private:
  crypto::Credentials add_account(const std::string& id, const std::string& name, const std::string& key_id);
};

}  // namespace xl::api::test
