// SPDX-License-Identifier: Apache-2.0
#include <openssl/pem.h>

#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

class Certificates : public ApiTest {
 protected:
  /// A device certificate signed by `ca`.
  pki::CertificateFacts issue(const pki::Authority& ca, const std::string& name = "device") const {
    const auto leaf = pki::issue_server_certificate(ca, pki::PrivateKey::generate_p256(), {name}, 30, wall_now());
    EXPECT_TRUE(leaf);
    return leaf->facts();
  }
  Answer register_leaf(const pki::CertificateFacts& leaf, json::object more = {}, const std::string& query = "") {
    more["certificatePem"] = leaf.pem;
    return call("POST", "/certificate/register" + query, more);
  }
  json::object describe(const std::string& id, const std::string& what = "certificates") {
    return call("GET", "/" + what + "/" + id).json().at("certificateDescription").as_object();
  }
  std::string status_of(const std::string& id) { return std::string(describe(id).at("status").as_string()); }
};

TEST_F(Certificates, OfARegisteredCaAreRegistered) {
  const auto ca = make_ca();
  register_sni_only(ca);
  const auto leaf = issue(ca);
  const Answer made = register_leaf(leaf, {}, "?setAsActive=true");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("certificateId"), leaf.fingerprint.c_str());
  const auto described = describe(leaf.fingerprint);
  EXPECT_EQ(described.at("status"), "ACTIVE");
  EXPECT_EQ(described.at("certificateMode"), "SNI_ONLY");
  EXPECT_EQ(described.at("caCertificateId"), ca.certificate.facts().fingerprint.c_str());
  const Answer again = register_leaf(leaf);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.exception(), "ResourceAlreadyExistsException");
  EXPECT_EQ(again.json().at("resourceId"), leaf.fingerprint.c_str());
  const std::string by_ca = "/certificates-by-ca/" + ca.certificate.facts().fingerprint;
  EXPECT_EQ(call("GET", by_ca).json().at("certificates").as_array().size(), 1u);
  EXPECT_EQ(call("GET", "/certificates-by-ca/" + std::string(64, '0')).json().at("certificates").as_array().size(), 0u);
  EXPECT_EQ(register_leaf(issue(ca), {{"status", "INACTIVE"}}).status, 200);
  EXPECT_EQ(register_leaf(issue(ca), {{"status", "REGISTER_INACTIVE"}}).status, 200);
}

TEST_F(Certificates, OfNoUsableCaAreRefused) {
  const auto ca = make_ca();
  const auto leaf = issue(ca);
  EXPECT_EQ(register_leaf(leaf).exception(), "CertificateValidationException");
  register_sni_only(ca, "");
  EXPECT_EQ(register_leaf(leaf).exception(), "CertificateValidationException") << "the CA is INACTIVE";
  const auto impostor = make_ca();
  EXPECT_EQ(register_leaf(issue(impostor)).exception(), "CertificateValidationException") << "same name, other key";
  EXPECT_EQ(register_leaf(leaf, {{"caCertificatePem", impostor.certificate.facts().pem}}).status, 400);
  const Answer pending = register_leaf(leaf, {{"status", "PENDING_ACTIVATION"}});
  EXPECT_EQ(pending.status, 406);
  EXPECT_EQ(pending.message(), "Not allowed to register certificate with PENDING_ACTIVATION status");
  EXPECT_EQ(call("POST", "/certificate/register", json::object{{"certificatePem", "nonsense"}}).exception(),
            "CertificateValidationException");
  EXPECT_EQ(call("POST", "/certificate/register", json::object{}).exception(), "InvalidRequestException");
}

TEST_F(Certificates, AreRegisteredWithoutTheirCaInAnyAccount) {
  const auto leaf = issue(make_ca());
  const json::object body{{"certificatePem", leaf.pem}, {"status", "ACTIVE"}};
  EXPECT_EQ(call("POST", "/certificate/register-no-ca", body).status, 200);
  EXPECT_EQ(call_as(other_key_, "POST", "/certificate/register-no-ca", json::serialize(body)).status, 200);
  EXPECT_EQ(call("POST", "/certificate/register-no-ca", body).status, 409);
  EXPECT_EQ(describe(leaf.fingerprint).at("certificateMode"), "SNI_ONLY");
  EXPECT_EQ(describe(leaf.fingerprint).count("caCertificateId"), 0u);
}

TEST_F(Certificates, AreMadeWithTheirKeys) {
  const auto made = call("POST", "/keys-and-certificate?setAsActive=true").json();
  const std::string id(made.at("certificateId").as_string());
  const auto certificate = pki::Certificate::from_pem(std::string(made.at("certificatePem").as_string()));
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->facts().fingerprint, id);
  EXPECT_EQ(certificate->facts().key_bits, 2048);
  EXPECT_EQ(certificate->facts().subject_attribute("CN"), "AWS IoT Certificate");
  EXPECT_EQ(certificate->facts().not_after, from_millis(2'524'607'999'000));
  const auto& pair = made.at("keyPair").as_object();
  const std::string secret(pair.at("PrivateKey").as_string());
  EXPECT_TRUE(secret.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
  const auto key = pki::PrivateKey::from_pem(secret);
  ASSERT_TRUE(key);
  EXPECT_EQ(X509_check_private_key(certificate->x509(), key->pkey()), 1);
  EXPECT_EQ(key->public_pem(), std::string(pair.at("PublicKey").as_string()));
  EXPECT_EQ(status_of(id), "ACTIVE");
  EXPECT_EQ(call("GET", "/certificates/" + id).body.find("PRIVATE KEY"), std::string::npos);
}

TEST_F(Certificates, AreMadeForASigningRequest) {
  const auto key = pki::PrivateKey::generate_p256();
  const pki::X509ReqPtr request(X509_REQ_new());
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("lamp"), -1, -1, 0);
  X509_REQ_set_pubkey(request.get(), key.pkey());
  X509_REQ_sign(request.get(), key.pkey(), EVP_sha256());
  const auto pem = [&] {
    const pki::BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509_REQ(bio.get(), request.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  const json::object body{{"certificateSigningRequest", pem()}};
  const auto first = call("POST", "/certificates", body).json();
  const auto second = call("POST", "/certificates", body).json();
  EXPECT_NE(first.at("certificateId"), second.at("certificateId"));
  const auto certificate = pki::Certificate::from_pem(std::string(first.at("certificatePem").as_string()));
  EXPECT_EQ(certificate->facts().subject_attribute("CN"), "lamp");
  EXPECT_EQ(status_of(std::string(first.at("certificateId").as_string())), "INACTIVE");
  X509_REQ_set_pubkey(request.get(), pki::PrivateKey::generate_p256().pkey());
  EXPECT_EQ(call("POST", "/certificates", json::object{{"certificateSigningRequest", pem()}}).status, 400);
  EXPECT_EQ(call("POST", "/certificates", json::object{{"certificateSigningRequest", "nonsense"}}).status, 400);
}

TEST_F(Certificates, AreDeletedOnceNothingHoldsThem) {
  const std::string id = add_device("lamp");
  const std::string arn = "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + id;
  const std::string path = "/certificates/" + id;
  const Answer active = call("DELETE", path);
  EXPECT_EQ(active.status, 406);
  EXPECT_EQ(active.message(), "Certificate must be deactivated (not ACTIVE) before deletion. Id: " + id +
                                  ". Set it to INACTIVE first (UpdateCertificate).");
  call("PUT", path + "?newStatus=INACTIVE");
  EXPECT_EQ(call("DELETE", path + "?forceDelete=true").message(),
            "Things must be detached before deletion (arn: " + arn + "): thing lamp");
  write([&](cloud::Registry& registry) { return registry.things().detach(kVendor, "lamp", id); });
  const Answer attached = call("DELETE", path);
  EXPECT_EQ(attached.exception(), "DeleteConflictException");
  EXPECT_EQ(attached.message(),
            "Certificate policies must be detached before deletion (arn: " + arn + "): policy policy-lamp");
  EXPECT_EQ(call("DELETE", path + "?forceDelete=true").status, 200);
  EXPECT_EQ(call("GET", path).status, 404);
  EXPECT_EQ(call("DELETE", path).status, 404);
}

TEST_F(Certificates, OfCasAreDeletedOnceInactive) {
  const auto ca = make_ca();
  register_sni_only(ca);
  const std::string path = "/cacertificate/" + ca.certificate.facts().fingerprint;
  EXPECT_EQ(call("DELETE", path).exception(), "CertificateStateException");
  call("PUT", path + "?newStatus=INACTIVE", json::object{});
  EXPECT_EQ(call("DELETE", path).status, 200);
  EXPECT_EQ(call("DELETE", path).status, 404);
}

TEST_F(Certificates, RegistrationCodesAreReplacedAfterTheirDeletion) {
  const auto code = [&] { return call("GET", "/registrationcode").json().at("registrationCode"); };
  const auto first = code();
  EXPECT_EQ(code(), first);
  EXPECT_EQ(call("DELETE", "/registrationcode").status, 200);
  EXPECT_NE(code(), first);
}

class Transfer : public Certificates {
 protected:
  void SetUp() override {
    Certificates::SetUp();
    leaf_ = issue(make_ca());
    id_ = leaf_.fingerprint;
    call("POST", "/certificate/register-no-ca", json::object{{"certificatePem", leaf_.pem}});
  }
  Answer begin(const std::string& target = kOther) {
    return call("PATCH", "/transfer-certificate/" + id_ + "?targetAwsAccount=" + target,
                json::object{{"transferMessage", "yours now"}});
  }
  Answer theirs(const std::string& method, const std::string& target, const std::string& body = {}) {
    return call_as(other_key_, method, target, body);
  }
  json::object seen_by_them() {
    return theirs("GET", "/certificates/" + id_).json().at("certificateDescription").as_object();
  }
  std::size_t outgoing() {
    return call("GET", "/certificates-out-going").json().at("outgoingCertificates").as_array().size();
  }

  pki::CertificateFacts leaf_;
  std::string id_;
};

TEST_F(Transfer, IsSeenByBothAndAcceptedOnce) {
  const Answer begun = begin();
  ASSERT_EQ(begun.status, 200) << begun.body;
  EXPECT_EQ(begun.json().at("transferredCertificateArn"), ("arn:aws:iot:us-east-1:" + kOther + ":cert/" + id_).c_str());
  EXPECT_EQ(status_of(id_), "PENDING_TRANSFER");
  EXPECT_EQ(seen_by_them().at("status"), "PENDING_TRANSFER");
  EXPECT_EQ(seen_by_them().at("previousOwnedBy"), kVendor.c_str());
  EXPECT_EQ(seen_by_them().at("transferData").at("transferMessage"), "yours now");
  EXPECT_EQ(outgoing(), 1u);
  EXPECT_EQ(call("DELETE", "/certificates/" + id_).status, 406);
  EXPECT_EQ(theirs("PUT", "/certificates/" + id_ + "?newStatus=ACTIVE").status, 406);
  EXPECT_EQ(begin().status, 406) << "it is under way";
  call("POST", "/policies/p",
       json::object{{"policyDocument", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                       R"("Action":"iot:Connect","Resource":"*"}]})"}});
  const std::string arn = "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + id_;
  EXPECT_EQ(call("PUT", "/target-policies/p", json::object{{"target", arn}}).status, 400) << "it would block the way";

  EXPECT_EQ(theirs("PATCH", "/accept-certificate-transfer/" + id_ + "?setAsActive=true").status, 200);
  EXPECT_EQ(seen_by_them().at("status"), "ACTIVE");
  EXPECT_EQ(seen_by_them().at("ownedBy"), kOther.c_str());
  EXPECT_EQ(seen_by_them().at("transferData").as_object().count("acceptDate"), 1u);
  EXPECT_EQ(call("GET", "/certificates/" + id_).status, 404);
  EXPECT_EQ(outgoing(), 0u);
  const Answer late = call("PATCH", "/cancel-certificate-transfer/" + id_);
  EXPECT_EQ(late.status, 410);
  EXPECT_EQ(late.exception(), "TransferAlreadyCompletedException");
  EXPECT_EQ(theirs("PATCH", "/accept-certificate-transfer/" + id_).status, 410);
}

TEST_F(Transfer, ComesBackInactiveWhenRejectedOrCancelled) {
  begin();
  EXPECT_EQ(theirs("PATCH", "/reject-certificate-transfer/" + id_, R"({"rejectReason":"no room"})").status, 200);
  EXPECT_EQ(status_of(id_), "INACTIVE");
  EXPECT_EQ(describe(id_).at("transferData").at("rejectReason"), "no room");
  EXPECT_EQ(theirs("GET", "/certificates/" + id_).status, 404);
  EXPECT_EQ(begin().status, 200);
  EXPECT_EQ(call("PATCH", "/cancel-certificate-transfer/" + id_).status, 200);
  EXPECT_EQ(status_of(id_), "INACTIVE");
  EXPECT_EQ(call("PATCH", "/cancel-certificate-transfer/" + id_).status, 404);
  EXPECT_EQ(theirs("PATCH", "/accept-certificate-transfer/" + id_).status, 404);
}

TEST_F(Transfer, IsRefusedForWhatIsInUseOrCannotArrive) {
  EXPECT_EQ(begin(kVendor).status, 400);
  EXPECT_EQ(begin("999999999999").status, 400);
  EXPECT_EQ(begin("x").exception(), "InvalidRequestException");
  theirs("POST", "/certificate/register-no-ca", json::serialize(json::object{{"certificatePem", leaf_.pem}}));
  EXPECT_EQ(begin().exception(), "TransferConflictException");
  theirs("DELETE", "/certificates/" + id_);
  call("PUT", "/certificates/" + id_ + "?newStatus=ACTIVE");
  EXPECT_EQ(begin().exception(), "CertificateStateException");

  const std::string held = add_device("lamp");
  call("PUT", "/certificates/" + held + "?newStatus=INACTIVE");
  const std::string target = "/transfer-certificate/" + held + "?targetAwsAccount=" + kOther;
  EXPECT_NE(call("PATCH", target).message().find("policies are attached"), std::string::npos);
  write([&](cloud::Registry& registry) { return registry.policies().detach(kVendor, "policy-lamp", held); });
  EXPECT_NE(call("PATCH", target).message().find("things are attached"), std::string::npos);
}

TEST_F(Transfer, IsRefusedWhileTheModuleIsBeingClaimed) {
  cloud::Claim claim;
  claim.id = "clm-1";
  claim.account_id = kVendor;
  claim.vendor_account = kOther;
  claim.thing_name = "lamp";
  claim.fingerprint = id_;
  claim.state = cloud::ClaimState::prepared;
  write([&](cloud::Registry& registry) { return registry.claims().insert(claim); });
  const Answer refused = begin();
  EXPECT_EQ(refused.exception(), "CertificateStateException");
  EXPECT_NE(refused.message().find("cancel the claim clm-1"), std::string::npos) << refused.message();
  claim.state = cloud::ClaimState::cancelled;
  claim.epoch = 2;
  write([&](cloud::Registry& registry) { return registry.claims().update(claim); });
  EXPECT_EQ(begin().status, 200);
}

TEST_F(Transfer, HandsOverCustody) {
  const auto custody = [&] {
    const auto view = store_->open_view();
    return *(*view)->custody().find(id_);
  };
  write([&](cloud::Registry& registry) {
    return registry.custody().change({id_, "lamp", kOther, kVendor, cloud::CustodyStatus::owned, 1, "key"},
                                     "for the test", wall_now());
  });
  begin();
  EXPECT_EQ(custody().epoch, 1);
  theirs("PATCH", "/accept-certificate-transfer/" + id_);
  EXPECT_EQ(custody().status, cloud::CustodyStatus::free) << "a vendor has it back";
  EXPECT_EQ(custody().owner_account, std::nullopt);
}

}  // namespace
}  // namespace xl::api::test
