// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

#include "crypto/aead.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "installation/buckets.hpp"
#include "store/sqlite_store.hpp"

namespace xl::api::test {

Status RecordingBus::publish(std::string_view account_id, const cloud::Message& message) {
  if (away_) return xl::fail(Error::unavailable("the engine is away"));
  const std::scoped_lock lock(mutex_);
  published_.push_back({std::string(account_id), message});
  return {};
}

std::vector<RecordingBus::Published> RecordingBus::published() const {
  const std::scoped_lock lock(mutex_);
  return published_;
}

Result<std::vector<cloud::Message>> RetainedInMemory::on(std::string_view account_id,
                                                         const std::vector<std::string>& topics) const {
  std::vector<cloud::Message> out;
  for (const auto& [account, message] : kept_) {
    if (account == account_id && std::ranges::find(topics, message.topic) != topics.end()) out.push_back(message);
  }
  return out;
}

json::object Answer::json() const {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  EXPECT_FALSE(error) << body;
  return value.is_object() ? value.get_object() : json::object{};
}

std::string Answer::exception() const {
  return std::string(net::find_header(headers, "x-amzn-errortype").value_or(""));
}

std::string Answer::message() const {
  const auto object = json();
  const auto* text = object.if_contains("message");
  return text != nullptr && text->is_string() ? std::string(text->get_string()) : "";
}

void ApiTest::SetUp() {
  std::string folder = ::testing::TempDir() + "xl-api-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  folder_ = folder;
  crypto::random_bytes(master_key_);
  auto store = store::open_sqlite(folder_ / "registry.db");
  ASSERT_TRUE(store) << store.error().detail;
  store_ = *std::move(store);
  vendor_key_ = add_account(kVendor, "vendor", "AKIAVENDORVENDORVEND");
  other_key_ = add_account(kOther, "other", "AKIAOTHEROTHEROTHERO");
  restart();
  net::HttpServerOptions server_options;
  server_options.listeners = {net::HttpListener{}};
  auto server = net::start_http_server(server_options,
                                       [this](net::HttpRequest request, std::shared_ptr<net::HttpResponder> responder) {
                                         api_->handle(std::move(request), std::move(responder));
                                       });
  ASSERT_TRUE(server) << server.error().detail;
  server_ = *std::move(server);
  url_ = "http://127.0.0.1:" + std::to_string(server_->listeners().front().port);
}

void ApiTest::restart() {
  ApiOptions options;
  options.master_key = master_key_;
  options.device_ca = make_ca("Device CA");
  options.retained_messages = retained_;
  options.buckets = installation::buckets_in(folder_);
  api_.reset();
  api_ = make_api(options, *store_, bus_, door_);
}

void ApiTest::TearDown() {
  server_.reset();
  api_.reset();
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void ApiTest::write(cloud::RegistryStore::Work work) {
  const Status status = store_->write(std::move(work));
  EXPECT_TRUE(status) << status.error().detail;
}

crypto::Credentials ApiTest::add_account(const std::string& id, const std::string& name, const std::string& key_id) {
  write([&](cloud::Registry& registry) -> Status {
    return registry.accounts().insert({id, name, cloud::AccountKind::staging, "prefix-" + name, wall_now()});
  });
  return add_key(id, key_id, cloud::Role::admin);
}

crypto::Credentials ApiTest::add_key(const std::string& account_id, const std::string& key_id, cloud::Role role) {
  const std::string secret = crypto::random_hex(20);
  write([&](cloud::Registry& registry) {
    return registry.accounts().insert_access_key(
        {key_id, account_id, role, crypto::seal(master_key_, secret, key_id), true, wall_now()});
  });
  return {key_id, secret, ""};
}

Answer ApiTest::send(net::HttpRequest request) {
  auto response = net::http_call(url_, std::move(request));
  if (!response) {
    ADD_FAILURE() << response.error().detail;
    return {};
  }
  EXPECT_TRUE(net::find_header(response->headers, "x-amzn-requestid"));
  return {response->status, response->headers, response->body};
}

net::HttpRequest ApiTest::signed_request(const crypto::Credentials& key, const std::string& method,
                                         const std::string& target, const std::string& body, const std::string& service,
                                         const net::HttpHeaders& headers) const {
  crypto::SignedRequest as_sent{method, target, {{"Host", url_.substr(7)}}, body};
  as_sent.headers.insert(as_sent.headers.end(), headers.begin(), headers.end());
  if (!body.empty()) as_sent.headers.emplace_back("Content-Type", "application/json");
  crypto::sign_v4(as_sent, key, "us-east-1", service, wall_now());
  net::HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers = as_sent.headers;
  request.body = body;
  return request;
}

Answer ApiTest::call_as(const crypto::Credentials& key, const std::string& method, const std::string& target,
                        const std::string& body, const std::string& service, const net::HttpHeaders& headers) {
  return send(signed_request(key, method, target, body, service, headers));
}

std::string ApiTest::add_device(const std::string& thing_name) {
  const std::string id = crypto::sha256_hex(thing_name);
  write([&](cloud::Registry& registry) -> Status {
    cloud::Certificate certificate;
    certificate.account_id = kVendor;
    certificate.id = id;
    certificate.pem = "-----BEGIN CERTIFICATE-----\n";
    certificate.status = cloud::CertificateStatus::active;
    certificate.created = certificate.modified = wall_now();
    cloud::Thing thing;
    thing.account_id = kVendor;
    thing.name = thing_name;
    thing.id = crypto::random_uuid();
    thing.attributes = {{"color", "blue"}, {"size", "xl"}};
    thing.created = wall_now();
    cloud::Policy policy;
    policy.account_id = kVendor;
    policy.name = "policy-" + thing_name;
    policy.document = R"({"Version":"2012-10-17","Statement":[]})";
    XL_CHECK(registry.certificates().insert(certificate));
    XL_CHECK(registry.things().insert(thing));
    XL_CHECK(registry.policies().insert(policy));
    XL_CHECK(registry.things().attach(kVendor, thing_name, id));
    return registry.policies().attach(kVendor, policy.name, id);
  });
  return id;
}

pki::Authority ApiTest::make_ca(const std::string& common_name) const {
  auto ca = pki::create_root_ca(common_name, "Vendor", 10, wall_now());
  EXPECT_TRUE(ca);
  return *std::move(ca);
}

Answer ApiTest::register_sni_only(const pki::Authority& ca, const std::string& query) {
  return call("POST", "/cacertificate" + query,
              json::object{{"caCertificate", ca.certificate.facts().pem}, {"certificateMode", "SNI_ONLY"}});
}

}  // namespace xl::api::test
