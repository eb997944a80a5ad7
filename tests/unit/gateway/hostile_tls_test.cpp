// SPDX-License-Identifier: Apache-2.0
// TLS peers that break the rules: bytes that are no handshake, and certificates that nobody should show.
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "unit/gateway/hostile.hpp"

namespace xl::gateway::testing {
namespace {

constexpr int kNotAuthorized = 5;

pki::PkeyPtr copy_of(const pki::PrivateKey& key) {
  EVP_PKEY_up_ref(key.pkey());
  return pki::PkeyPtr(key.pkey());
}

pki::PkeyPtr ec_key(const char* curve) { return pki::PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve)); }
pki::PkeyPtr rsa_key(std::size_t bits) { return pki::PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)); }

/// Shows the public half of one key and signs with the other's private half.
pki::PkeyPtr chimera(EVP_PKEY* shown, EVP_PKEY* used) {
  std::array<unsigned char, 256> point{};
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(shown, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size);
  BIGNUM* secret = nullptr;
  EVP_PKEY_get_bn_param(used, OSSL_PKEY_PARAM_PRIV_KEY, &secret);
  OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), size);
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  BN_free(secret);
  return pki::PkeyPtr(key);
}

void add_name(X509* x509, int nid, std::string_view value) {
  X509_NAME_add_entry_by_NID(X509_get_subject_name(x509), nid, V_ASN1_UTF8STRING, as_bytes(value).data(),
                             static_cast<int>(value.size()), -1, 0);
}

void add_extension(X509* x509, const char* oid, bool critical, std::string_view content) {
  ASN1_OBJECT* object = OBJ_txt2obj(oid, 1);
  ASN1_OCTET_STRING* data = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(data, as_bytes(content).data(), static_cast<int>(content.size()));
  X509_EXTENSION* extension = X509_EXTENSION_create_by_OBJ(nullptr, object, critical ? 1 : 0, data);
  X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(data);
  ASN1_OBJECT_free(object);
}

void set_extension(X509* x509, int nid, const char* value) {
  const int at = X509_get_ext_by_NID(x509, nid, -1);
  if (at >= 0) X509_EXTENSION_free(X509_delete_ext(x509, at));
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  if (extension != nullptr) X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
}

class HostileTls : public Hostile {
 protected:
  HostileTls() : Hostile({.connect = std::chrono::milliseconds(1500)}) {}

  using Change = std::function<void(X509*)>;
  /// A birth certificate as the registered CA would sign it after `change`.
  Shown forge(const Change& change, pki::PkeyPtr key = nullptr) const {
    const Identity identity = vendor_.issue();
    Shown shown{pki::X509Ptr(X509_dup(identity.certificate.x509())), copy_of(identity.key)};
    if (key) {
      X509_set_pubkey(shown.certificate.get(), key.get());
      shown.key = std::move(key);
    }
    if (change) change(shown.certificate.get());
    X509_sign(shown.certificate.get(), vendor_.issuing_ca.key.pkey(), EVP_sha256());
    return shown;
  }
  static void self_sign(Shown& shown) {
    X509* x509 = shown.certificate.get();
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_sign(x509, shown.key.get(), EVP_sha256());
  }

  /// No way in with this certificate, whatever the version; the log says `reason`, the registry nothing.
  void expect_turned_away(const char* name, const Shown& shown, std::string_view reason) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const auto refusals = [this] {
        const auto counters = cloud_.gateway().counters();
        return counters.connects_refused + counters.handshakes_failed;
      };
      const auto before = refusals();
      LogCapture log;
      Client client(cloud_.port(),
                    {.server_name = Cloud::endpoint(cloud_.staging), .version = version, .shown = &shown});
      const auto answer = client.connect({.client_id = "forger", .clean_session = true});
      EXPECT_TRUE(client.is_closed()) << name;
      client.vanish();
      EXPECT_EQ(answer.value_or(kNotAuthorized), kNotAuthorized) << name;
      EXPECT_TRUE(eventually([&] { return refusals() == before + 1; })) << name;
      const std::string text = log.text();
      EXPECT_NE(text.find(answer ? "connect refused" : "handshake failed"), std::string::npos) << name << text;
      EXPECT_NE(text.find(reason), std::string::npos) << name << text;
    }
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    X509_digest(shown.certificate.get(), EVP_sha256(), digest.data(), &size);
    EXPECT_FALSE(cloud_.view().certificates().find(cloud_.staging.id, hex_encode(digest))) << name;
  }

  /// The first flight of a real client.
  std::string client_hello() {
    const pki::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    const pki::SslPtr ssl(SSL_new(context.get()));
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
    SSL_set_tlsext_host_name(ssl.get(), Cloud::endpoint(cloud_.staging).c_str());
    SSL_connect(ssl.get());
    std::string bytes(16 * 1024, '\0');
    bytes.resize(static_cast<std::size_t>(std::max(0, BIO_read(out, bytes.data(), 16 * 1024))));
    return bytes;
  }
};

TEST_F(HostileTls, RecordsThatAreNone) {
  const std::string hello = client_hello();
  std::string long_hello = hello, long_list = hello;
  long_hello[6] = '\x7f';  // a message of 8 MB
  long_list[43] = '\xff';  // a session id of 255 bytes
  const std::vector<std::pair<const char*, std::string>> records{
      {"unknown type", std::string("\x63\x03\x01\x00\x02hi", 7)},
      {"unknown version", std::string("\x16\x09\x09\x00\x02hi", 7)},
      {"longer than a record may be", "\x16\x03\x01\xff\xff" + std::string(100, 'x')},
      {"empty record", std::string("\x16\x03\x01\x00\x00", 5)},
      {"alert first", std::string("\x15\x03\x01\x00\x02\x02\x28", 7)},
      {"half an alert", std::string("\x15\x03\x01\x00\x01\x02", 6)},
      {"application data first", std::string("\x17\x03\x03\x00\x05hello", 10)},
      {"change of cipher first", std::string("\x14\x03\x03\x00\x01\x01", 6)},
      {"heartbeat", std::string("\x18\x03\x02\x00\x03\x01\x40\x00", 8)},
      {"SSL 2", std::string("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", 11) + std::string(40, 'x')},
      {"message of 8 MB", long_hello},
      {"list longer than its message", long_list},
      {"ServerHello", hello.substr(0, 5) + '\2' + hello.substr(6)},
      {"ClientHello of nothing", std::string("\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9)},
      {"two hellos", hello + hello},
      {"plain MQTT", std::string("\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x", 15)},
      {"NULs", std::string(1000, '\0')},
      {"0xff", std::string(1000, '\xff')}};
  for (const auto& [name, bytes] : records) {
    const auto failed = cloud_.gateway().counters().handshakes_failed;
    LogCapture log;
    RawSocket client(cloud_.port());
    client.send(bytes);
    EXPECT_TRUE(client.is_closed()) << name;
    EXPECT_TRUE(eventually_failed(failed + 1)) << name;
    EXPECT_NE(log.text().find("handshake failed"), std::string::npos) << name;
  }
}

TEST_F(HostileTls, AHelloCutAnywhereAndThenSilenceIsCutInTime) {
  const std::string hello = client_hello();
  const auto failed = cloud_.gateway().counters().handshakes_failed;
  std::vector<std::unique_ptr<RawSocket>> silent;
  for (std::size_t size = 0; size < hello.size(); ++size) {
    silent.push_back(std::make_unique<RawSocket>(cloud_.port()));
    silent.back()->send(hello.substr(0, size));
  }
  EXPECT_TRUE(device());  // meanwhile others are served
  for (const auto& client : silent) EXPECT_TRUE(client->is_closed());
  EXPECT_EQ(cloud_.gateway().counters().handshakes_failed, failed + hello.size());
}

TEST_F(HostileTls, AHelloCutAnywhereAndThenClosedIsForgotten) {
  const std::string hello = client_hello();
  const auto failed = cloud_.gateway().counters().handshakes_failed;
  for (std::size_t size = 0; size <= hello.size(); ++size) RawSocket(cloud_.port()).send(hello.substr(0, size));
  EXPECT_TRUE(eventually_failed(failed + hello.size() + 1));
}

TEST_F(HostileTls, AHelloWithAnyByteChangedIsAnsweredOrRefused) {
  const std::string hello = client_hello();
  const auto failed = cloud_.gateway().counters().handshakes_failed;
  for (std::size_t i = 0; i < hello.size(); ++i) {
    std::string changed = hello;
    changed[i] = static_cast<char>(~changed[i]);
    RawSocket(cloud_.port()).send(changed);
  }
  EXPECT_TRUE(eventually_failed(failed + hello.size()));
}

TEST_F(HostileTls, RenegotiationIsRefused) {
  const Identity identity = vendor_.issue();
  Client client(cloud_.port(), {Cloud::endpoint(cloud_.staging), &identity, TLS1_2_VERSION});
  ASSERT_EQ(client.connect(), 0);
  EXPECT_FALSE(client.renegotiates());
}

TEST_F(HostileTls, CertificatesThatAreTooLarge) {
  const auto extension_of = [](std::size_t bytes) {
    return [bytes](X509* x509) { add_extension(x509, "1.2.3.4", false, std::string(bytes, 'x')); };
  };
  expect_turned_away("extension of 100 KiB", forge(extension_of(100 * 1024)), "handshake failed");
  expect_turned_away("extension of 1 MiB", forge(extension_of(1024 * 1024)), "handshake failed");
  for (const auto& [bytes, reason] :
       {std::pair(std::size_t{9'000}, "8 KiB"), std::pair(std::size_t{65'536}, "reason=")}) {
    const auto name_of = [size = bytes](X509* x) { add_name(x, NID_commonName, std::string(size, 'n')); };
    expect_turned_away("long CN", forge(name_of), reason);
  }
  Shown many = forge({});
  for (int i = 0; i < 400; ++i) many.chain.emplace_back(X509_dup(vendor_.root.certificate.x509()));
  expect_turned_away("chain of 400", many, "handshake failed");
}

/// Only the direct issuer counts: a CA below the registered one is nobody.
TEST_F(HostileTls, AChainOfTwentyBelowTheRegisteredCa) {
  Shown shown;
  pki::PkeyPtr issuer_key = copy_of(vendor_.issuing_ca.key);
  pki::X509Ptr issuer(X509_dup(vendor_.issuing_ca.certificate.x509()));
  for (int i = 0; i < 20; ++i) {
    const bool is_leaf = i == 19;
    Shown link = forge({}, ec_key("P-256"));
    X509* x509 = link.certificate.get();
    if (!is_leaf) set_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
    const int key_id = X509_get_ext_by_NID(x509, NID_authority_key_identifier, -1);
    X509_EXTENSION_free(X509_delete_ext(x509, key_id));
    X509_set_issuer_name(x509, X509_get_subject_name(issuer.get()));
    X509_sign(x509, issuer_key.get(), EVP_sha256());
    if (i > 0) shown.chain.insert(shown.chain.begin(), std::move(issuer));
    issuer = std::move(link.certificate);
    issuer_key = std::move(link.key);
  }
  shown.certificate = std::move(issuer);
  shown.key = std::move(issuer_key);
  expect_turned_away("chain of 20", shown, "not registered in this account");
}

TEST_F(HostileTls, KeysOutsideTheRules) {
  expect_turned_away("secp256k1", forge({}, ec_key("secp256k1")), "");
  expect_turned_away("brainpool", forge({}, ec_key("brainpoolP256r1")), "");
  expect_turned_away("P-224", forge({}, ec_key("P-224")), "");
  expect_turned_away("RSA 1024", forge({}, rsa_key(1024)), "");
  expect_turned_away("Ed25519", forge({}, pki::PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))), "");
}

TEST_F(HostileTls, CertificatesOutsideTheRules) {
  const auto sha1 = [this](Shown shown) {
    X509_sign(shown.certificate.get(), vendor_.issuing_ca.key.pkey(), EVP_sha1());
    return shown;
  };
  const auto self_signed = [](Shown shown) {
    self_sign(shown);
    return shown;
  };
  const auto forged_issuer = [](Shown shown) {  // the right names, the wrong signature
    X509_sign(shown.certificate.get(), shown.key.get(), EVP_sha256());
    return shown;
  };
  expect_turned_away("self-signed", self_signed(forge({})), "not registered in this account");
  expect_turned_away("forged issuer", forged_issuer(forge({})), "did not sign");
  expect_turned_away("SHA-1", sha1(forge({})), "SHA-256");
  expect_turned_away("expired", forge([](X509* x) { X509_gmtime_adj(X509_getm_notAfter(x), -60); }), "expired");
  expect_turned_away("not yet valid", forge([](X509* x) { X509_gmtime_adj(X509_getm_notBefore(x), 3600); }),
                     "not valid yet");
  expect_turned_away("CA:TRUE", forge([](X509* x) { set_extension(x, NID_basic_constraints, "critical,CA:TRUE"); }),
                     "CA:TRUE");
  expect_turned_away("no signing", forge([](X509* x) { set_extension(x, NID_key_usage, "critical,keyAgreement"); }),
                     "");
  expect_turned_away("critical extension", forge([](X509* x) { add_extension(x, "1.2.3.4", true, "x"); }),
                     "critical extension");
  expect_turned_away("extension that cannot be read",
                     forge([](X509* x) { add_extension(x, "2.5.29.17", true, "\xff\xff\xff"); }), "cannot be read");
  expect_turned_away("NUL in the CN", forge([](X509* x) { add_name(x, NID_commonName, std::string_view("a\0b", 3)); }),
                     "NUL");
  expect_turned_away("CN that is not UTF-8", forge([](X509* x) { add_name(x, NID_commonName, "\xff\xfe"); }), "");
}

/// Names beside the subject are not read: what they hold changes nothing.
TEST_F(HostileTls, ANulInASubjectAlternativeNameIsNobody) {
  const Shown shown = forge([](X509* x) {
    add_extension(x, "2.5.29.17", false,
                  std::string_view("\x30\x0d\x82\x0b"
                                   "admin\0other",
                                   15));
  });
  Client client(cloud_.port(), {.server_name = Cloud::endpoint(cloud_.staging), .shown = &shown});
  EXPECT_EQ(client.connect({.client_id = "c", .clean_session = true}), 0);
}

TEST_F(HostileTls, ALeafWithoutItsKeyIsNobody) {
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
  const auto before = cloud_.gateway().counters();
  const Shown stolen{pki::X509Ptr(X509_dup(identity.certificate.x509())),
                     chimera(identity.key.pkey(), pki::PrivateKey::generate_p256().pkey())};
  ASSERT_TRUE(stolen.key);
  std::uint64_t failed = before.handshakes_failed;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    LogCapture log;
    Client client(cloud_.port(),
                  {.server_name = Cloud::endpoint(cloud_.staging), .version = version, .shown = &stolen});
    EXPECT_FALSE(client.connect({.client_id = identity.thing_name, .clean_session = true}));
    EXPECT_TRUE(eventually_failed(++failed));
    EXPECT_NE(log.text().find("handshake failed"), std::string::npos);
  }
  EXPECT_EQ(cloud_.gateway().counters().connects_accepted, before.connects_accepted);
  EXPECT_EQ(cloud_.gateway().counters().connects_refused, before.connects_refused);
}

TEST_F(HostileTls, ASecondKeyForAUidIsHeldUntilAnOperatorDecides) {
  const Identity genuine = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, genuine).connect(), 0);
  Shown clone{pki::X509Ptr(X509_dup(genuine.certificate.x509())), ec_key("P-256")};
  X509_set_pubkey(clone.certificate.get(), clone.key.get());
  X509_sign(clone.certificate.get(), vendor_.issuing_ca.key.pkey(), EVP_sha256());
  LogCapture log;
  for (int i = 0; i < 2; ++i) {
    Client client(cloud_.port(), {.server_name = Cloud::endpoint(cloud_.staging), .shown = &clone});
    EXPECT_EQ(client.connect({.client_id = genuine.thing_name, .clean_session = true}), kNotAuthorized);
  }
  EXPECT_NE(log.text().find("duplicate_uid"), std::string::npos);
  const auto of_thing = cloud_.view().things().principals_of(cloud_.staging.id, genuine.thing_name);
  EXPECT_EQ(of_thing->size(), 1u);
  EXPECT_EQ(Client(cloud_, cloud_.staging, genuine).connect(), 0);
}

}  // namespace
}  // namespace xl::gateway::testing
