// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/pki_certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using Verdict = module::ports::Certificates::Verdict;

struct Pems {
  pki::Authority root = pki::create_root_ca("Root", "Tests", 10, wall_now()).value();
  pki::Authority child = pki::create_issuing_ca(root, "Child", "Tests", "Model", 10, wall_now()).value();
  std::string root_pem = root.certificate.facts().pem;
  std::string child_pem = child.certificate.facts().pem;
};

TEST(Certificates, AcceptsOneOrABundle) {
  const Pems pems;
  const PkiCertificates certificates;
  EXPECT_EQ(certificates.check(pems.root_pem), Verdict::valid);
  EXPECT_EQ(certificates.check(pems.root_pem + pems.child_pem), Verdict::valid);
  EXPECT_EQ(certificates.check("A comment\n" + pems.root_pem), Verdict::valid);
}

/// Hosts send a certificate as BEGIN, its base64 on one line, END.
TEST(Certificates, AcceptsLinesOfAnyLength) {
  const Pems pems;
  std::string body = pems.root_pem.substr(28, pems.root_pem.find("-----END") - 28);
  std::erase(body, '\n');
  const std::string one_line = "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----";
  EXPECT_GT(body.size(), 256u);
  EXPECT_EQ(PkiCertificates().check(one_line), Verdict::valid);
}

TEST(Certificates, RefusesWhatIsNotOne) {
  const Pems pems;
  const PkiCertificates certificates;
  EXPECT_EQ(certificates.check(""), Verdict::invalid_certificate);
  EXPECT_EQ(certificates.check("pem"), Verdict::invalid_certificate);
  EXPECT_EQ(certificates.check("-----BEGIN CERTIFICATE-----\n"), Verdict::invalid_certificate);
  EXPECT_EQ(certificates.check("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"), Verdict::invalid_certificate);
  EXPECT_EQ(certificates.check(pems.child.key.to_pem()), Verdict::invalid_certificate);
  for (std::size_t cut = 0; cut < pems.root_pem.size() - 26; cut += 7) {
    EXPECT_EQ(certificates.check(pems.root_pem.substr(0, cut)), Verdict::invalid_certificate) << cut;
  }
  std::string damaged = pems.root_pem;
  damaged[100] = '*';
  EXPECT_EQ(certificates.check(pems.root_pem + damaged), Verdict::invalid_certificate);
}

TEST(Certificates, AcceptsASuccessorThatThePredecessorHasSigned) {
  const Pems pems;
  const Pems others;
  const PkiCertificates certificates;
  EXPECT_EQ(certificates.check_successor(pems.child_pem, pems.root_pem), Verdict::valid);
  EXPECT_EQ(certificates.check_successor(pems.child_pem, ""), Verdict::valid);
  EXPECT_EQ(certificates.check_successor(pems.child_pem, others.root_pem), Verdict::invalid_signature);
  EXPECT_EQ(certificates.check_successor("pem", pems.root_pem), Verdict::invalid_certificate);
}

}  // namespace
}  // namespace xl::platform
