// SPDX-License-Identifier: Apache-2.0
// Whose module it is cannot be changed with a second certificate. docs/onboarding.md section 1
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using NumberPtr = std::unique_ptr<BIGNUM, FreeNumber>;

/// n - s in place of s: as valid as before, and nobody's key was needed.
std::string rewritten_signature(const ASN1_BIT_STRING* signature) {
  const unsigned char* der = signature->data;
  ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &der, signature->length);
  EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  NumberPtr r(BN_dup(ECDSA_SIG_get0_r(parts))), s(BN_new());
  BN_sub(s.get(), EC_GROUP_get0_order(group), ECDSA_SIG_get0_s(parts));
  ECDSA_SIG_set0(parts, r.release(), s.release());
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts, &out);
  std::string text(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  EC_GROUP_free(group);
  ECDSA_SIG_free(parts);
  return text;
}

/// The same certificate under another fingerprint.
Identity copy_of(const Identity& original) {
  const pki::X509Ptr certificate(X509_dup(original.certificate.x509()));
  const ASN1_BIT_STRING* signature = nullptr;
  X509_get0_signature(&signature, nullptr, certificate.get());
  const std::string rewritten = rewritten_signature(signature);
  ASN1_BIT_STRING_set(const_cast<ASN1_BIT_STRING*>(signature), const_cast<unsigned char*>(as_bytes(rewritten).data()),
                      static_cast<int>(rewritten.size()));
  return {original.thing_name, pki::Certificate::from_x509(certificate.get()).value(), original.key};
}

class CustodyOfAKey : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const cloud::Account* account : {&cloud.staging, &cloud.customer, &rival}) cloud.enroll(*account, vendor);
  }
  Cloud cloud;
  const cloud::Account& rival = cloud.other;
  const Vendor vendor = Vendor::create("Acme");
  const Identity module = vendor.issue();
};

TEST_F(CustodyOfAKey, ACopyWithARewrittenSignatureIsAValidCertificateOfAnotherFingerprint) {
  const Identity copy = copy_of(module);
  EXPECT_NE(copy.id(), module.id());
  EXPECT_TRUE(vendor.issuing_ca.certificate.has_signed(copy.certificate));
}

TEST_F(CustodyOfAKey, ACopyDoesNotMakeAnOwnedModuleFree) {
  Client owned(cloud, cloud.customer, module);
  ASSERT_EQ(owned.connect(), 0);
  const Identity copy = copy_of(module);
  for (const cloud::Account* account : {&cloud.staging, &rival}) {
    Client thief(cloud, *account, copy);
    EXPECT_EQ(thief.connect(), 5);
    EXPECT_FALSE(cloud.view().certificates().find(account->id, copy.id()));
  }
  EXPECT_FALSE(cloud.view().custody().find(copy.id()));
}

TEST_F(CustodyOfAKey, ACopyDoesNotReviveARevokedModule) {
  Client staged(cloud, cloud.staging, module);
  ASSERT_EQ(staged.connect(), 0);
  cloud.write([this](cloud::Registry& registry) -> Status {
    XL_TRY(cloud::Custody custody, registry.custody().find(module.id()));
    custody.status = cloud::CustodyStatus::revoked;
    ++custody.epoch;
    return registry.custody().change(custody, "stolen", wall_now());
  });
  const Identity copy = copy_of(module);
  for (const cloud::Account* account : {&cloud.staging, &cloud.customer}) {
    Client thief(cloud, *account, copy);
    EXPECT_EQ(thief.connect(), 5);
  }
}

TEST_F(CustodyOfAKey, AModuleRegisteredByHandIsTheCustomersThatItConnectsToFirst) {
  Client staged(cloud, cloud.staging, module);
  ASSERT_EQ(staged.connect(), 0);
  cloud.write([&](cloud::Registry& registry) -> Status {
    XL_TRY(cloud::Certificate certificate, registry.certificates().find(cloud.staging.id, module.id()));
    certificate.account_id = cloud.customer.id;
    XL_CHECK(registry.certificates().insert(certificate));
    XL_TRY(cloud::Policy policy, [&]() -> Result<cloud::Policy> {
      XL_TRY(auto policies, registry.policies().attached_to(cloud.staging.id, module.id()));
      return policies.front();
    }());
    policy.account_id = cloud.customer.id;
    XL_CHECK(registry.policies().insert(policy));
    return registry.policies().attach(cloud.customer.id, policy.name, module.id());
  });
  EXPECT_EQ(cloud.view().custody().find(module.id())->status, cloud::CustodyStatus::free)
      << "registering proves nothing";
  Client moved(cloud, cloud.customer, module);
  ASSERT_EQ(moved.connect(), 0);
  ASSERT_TRUE(eventually([&] {
    const auto custody = cloud.view().custody().find(module.id());
    return custody && custody->status == cloud::CustodyStatus::owned && custody->owner_account == cloud.customer.id;
  }));
  Client home(cloud, cloud.staging, module);
  EXPECT_EQ(home.connect(), 0);
  EXPECT_TRUE(eventually([&] {
    return cloud.view().custody().find(module.id())->status == cloud::CustodyStatus::owned_reset;
  })) << "a guest from now on";
}

}  // namespace
}  // namespace xl::gateway::testing
