// SPDX-License-Identifier: Apache-2.0
#include "unit/gateway/support.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>

#include "crypto/random.hpp"
#include "pki/birth_certificate.hpp"
#include "store/sqlite_store.hpp"

namespace xl::gateway::testing {
namespace {

/// A fixture that cannot be built leaves nothing to test.
template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().detail;
    std::abort();
  }
  return *std::move(result);
}

void must(const Status& status) { ASSERT_TRUE(status) << status.error().detail; }

std::string jitp_template(const std::string& statements) {
  return R"({"Parameters":{"AWS::IoT::Certificate::SerialNumber":{"Type":"String"},
 "AWS::IoT::Certificate::Id":{"Type":"String"}},
 "Resources":{
  "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"AWS::IoT::Certificate::SerialNumber"}}},
  "certificate":{"Type":"AWS::IoT::Certificate","Properties":
    {"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"ACTIVE"}},
  "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":
    {"Version":"2012-10-17","Statement":[)" +
         statements + "]}}}}}";
}

GatewayOptions gateway_options(const MosquittoChild& engine, bool drop_first_connection, const Deadlines& deadlines,
                               std::size_t publishes_per_second, const Rate& connects_per_certificate) {
  const UnixMillis now = wall_now();
  const pki::Authority root = must(pki::create_root_ca("Server Root", "Cloud", 20, now));
  const pki::PrivateKey key = pki::PrivateKey::generate_p256();
  GatewayOptions options;
  options.listeners = {{"127.0.0.1", 0}};
  options.domain = Cloud::kDomain;
  options.tls_certificate_chain_pem =
      must(pki::issue_server_certificate(root, key, {"*." + Cloud::kDomain}, 90, now)).facts().pem;
  options.tls_private_key_pem = key.to_pem();
  options.device_ca_certificate_pem = root.certificate.facts().pem;
  options.device_ca_private_key_pem = root.key.to_pem();
  crypto::random_bytes(options.ownership_key);
  options.public_url = "http://pages.test";
  options.engine_socket = engine.socket_path();
  options.drop_first_connection = drop_first_connection;
  options.deadlines = deadlines;
  options.limits.set(cloud::limits::Limit::publishes_per_second, publishes_per_second);
  options.limits.set(cloud::limits::Limit::bytes_per_second, publishes_per_second * 1000);
  options.connects_per_certificate = connects_per_certificate;
  return options;
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Vendor Vendor::create(const std::string& name) {
  const UnixMillis now = wall_now();
  pki::Authority root = must(pki::create_root_ca(name + " Root", name, 40, now));
  pki::Authority issuing = must(pki::create_issuing_ca(root, name + " Issuing", name, "A-1", 30, now));
  return {std::move(root), std::move(issuing), name};
}

Identity Vendor::issue(std::chrono::hours age) const {
  const pki::Uid uid = pki::random_uid();
  pki::PrivateKey key = pki::PrivateKey::generate_p256();
  pki::Certificate certificate =
      must(pki::issue_birth_certificate(issuing_ca, key.pkey(), uid, name, "A-1", wall_now() - age));
  return {pki::thing_name_of(uid), std::move(certificate), std::move(key)};
}

void HeldStore::submit(Work work, Done done, Urgency urgency) {
  {
    const std::lock_guard lock(mutex_);
    if (holds_) {
      waiting_.push_back({std::move(work), std::move(done), urgency});
      return;
    }
  }
  store_->submit(std::move(work), std::move(done), urgency);
}

void HeldStore::hold() {
  const std::lock_guard lock(mutex_);
  holds_ = true;
}

std::size_t HeldStore::held() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void HeldStore::release() {
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    holds_ = false;
    waiting.swap(waiting_);
  }
  for (auto& [work, done, urgency] : waiting) store_->submit(std::move(work), std::move(done), urgency);
  // The writer takes requests in order: an empty one is answered when all before it are.
  must(store_->write([](cloud::Registry&) -> Status { return {}; }));
}

Cloud::Cloud(bool drop_first_connection, const Deadlines& deadlines, std::size_t publishes_per_second,
             const Rate& connects_per_certificate) {
  std::signal(SIGPIPE, SIG_IGN);  // as the cloud program does
  store_ = std::make_unique<HeldStore>(must(store::open_sqlite(folder() / "registry.sqlite")));
  write([this](cloud::Registry& registry) -> Status {
    for (const cloud::Account& account : {staging, other, customer}) XL_CHECK(registry.accounts().insert(account));
    return {};
  });
  view_ = must(store_->open_view());
  engine_ = must(start_mosquitto(folder() / "engine"));
  gateway_ = must(start_gateway(
      gateway_options(*engine_, drop_first_connection, deadlines, publishes_per_second, connects_per_certificate),
      *store_));
  EXPECT_TRUE(eventually([this] { return gateway_->engine_ready(); }));
}

Cloud::~Cloud() = default;

void Cloud::write(const cloud::RegistryStore::Work& work) { must(store_->write(work)); }

void Cloud::enroll(const cloud::Account& account, const Vendor& vendor, const std::string& statements) {
  const pki::CertificateFacts& facts = vendor.issuing_ca.certificate.facts();
  cloud::CaCertificate ca;
  ca.account_id = account.id;
  ca.id = facts.fingerprint;
  ca.pem = facts.pem;
  ca.subject_der = facts.subject_der;
  ca.subject_key_id = facts.subject_key_id_hex;
  ca.status = cloud::CaStatus::active;
  ca.auto_registration = true;
  ca.mode = cloud::CertificateMode::sni_only;
  ca.template_body = jitp_template(statements);
  ca.not_before = facts.not_before;
  ca.not_after = facts.not_after;
  write([&](cloud::Registry& registry) { return registry.ca_certificates().insert(ca); });
}

void Cloud::update_ca(const cloud::Account& account, const Vendor& vendor,
                      const std::function<void(cloud::CaCertificate&)>& change) {
  write([&](cloud::Registry& registry) -> Status {
    XL_TRY(auto ca, registry.ca_certificates().find(account.id, vendor.issuing_ca.certificate.facts().fingerprint));
    change(ca);
    return registry.ca_certificates().update(ca);
  });
}

void Cloud::set_status(const cloud::Account& account, const Identity& identity, cloud::CertificateStatus status) {
  write([&](cloud::Registry& registry) {
    return registry.certificates().set_status(account.id, identity.id(), status, wall_now());
  });
}

std::unique_ptr<Cloud::Ear> Cloud::listen(const cloud::Account& account, const std::string& filter) {
  const auto subscribe = [this](const std::string& account_id, const std::string& what) {
    auto ear = std::make_unique<Ear>();
    ear->subscription_ =
        gateway_->bus().subscribe(account_id, what, [memory = ear->memory_](const cloud::Message& message) {
          const std::lock_guard lock(memory->mutex);
          memory->messages.push_back(message);
        });
    return ear;
  };
  auto ear = subscribe(account.id, filter);
  // The bus has one connection, whose requests the engine takes in order: when the second ear hears, so does the first.
  const std::string nobody = "000000000000";
  const auto fence = subscribe(nobody, "fence");
  must(gateway_->bus().publish(nobody, {"fence", "", 0, false}));
  EXPECT_EQ(fence->hear("fence").topic, "fence");
  return ear;
}

void Cloud::say(const cloud::Account& account, const cloud::Message& message) {
  must(gateway_->bus().publish(account.id, message));
}

cloud::Message Cloud::Ear::hear(const std::string& topic) {
  cloud::Message found;
  eventually([&] {
    const std::lock_guard lock(memory_->mutex);
    for (const cloud::Message& message : memory_->messages) {
      if (message.topic == topic) found = message;
    }
    return !found.topic.empty();
  });
  return found;
}

std::vector<cloud::Message> Cloud::Ear::heard() const {
  const std::lock_guard lock(memory_->mutex);
  return memory_->messages;
}

}  // namespace xl::gateway::testing
