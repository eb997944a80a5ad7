// SPDX-License-Identifier: Apache-2.0
#include "factory/issue.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/text.hpp"
#include "keystore/key_store.hpp"
#include "pki/birth_certificate.hpp"
#include "unit/factory/support.hpp"

namespace xl::factory {
namespace {

namespace fs = std::filesystem;

class Issue : public testing::Test {
 protected:
  test::Folder folder_;
  VendorCa ca_ = create_ca(folder_ / "ca", "ACME Ltd", "M-1")->ca;
  IssueOptions options_ = options(3);

  IssueOptions options(std::size_t count) {
    return {folder_ / "out", count, "file", "abc-ats.iot.localhost", ca_.root.facts().pem};
  }
  Result<std::size_t> issue() {
    return issue_batch(ca_, options_, [](std::size_t, std::size_t) {});
  }
  std::vector<fs::path> modules() {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(options_.out)) {
      if (!entry.path().filename().string().starts_with('.')) out.push_back(entry.path());
    }
    return out;
  }
  std::vector<std::string> journal() {
    std::vector<std::string> uids;
    const std::string text = *read_file(options_.out / ".uids");
    for (std::string_view line : split(text, '\n')) {
      if (!line.empty()) uids.emplace_back(line);
    }
    return uids;
  }
};

// conformance: 246
TEST_F(Issue, ACertificateIsValidForTenYearsAndItsSerialIsTheUid) {
  ASSERT_TRUE(issue());
  for (const fs::path& module : modules()) {
    const auto certificate = pki::Certificate::from_pem(*read_file(module / "certificate.pem"));
    ASSERT_TRUE(certificate);
    EXPECT_LE(certificate->facts().not_before, wall_now());
    EXPECT_GE(certificate->facts().not_after, wall_now() + std::chrono::years(10));
    EXPECT_LE(certificate->facts().not_after, ca_.issuing.certificate.facts().not_after) << "the CA outlives it";
    EXPECT_EQ(certificate->facts().serial_hex, trim(*read_file(module / "thing-name")));
    EXPECT_EQ(certificate->facts().subject_attribute("CN"), certificate->facts().serial_hex);
    EXPECT_FALSE(certificate->facts().serial_negative);
  }
}

TEST_F(Issue, MakesIdentitiesThatBreakNoRule) {
  ASSERT_EQ(*issue(), 3U);
  for (const fs::path& module : modules()) {
    const auto certificate = pki::Certificate::from_pem(*read_file(module / "certificate.pem"));
    ASSERT_TRUE(certificate);
    const auto broken = pki::broken_birth_certificate_rules(*certificate, &ca_.issuing.certificate);
    EXPECT_TRUE(broken.empty()) << broken.front();
    EXPECT_TRUE(pki::check_unknown_leaf(*certificate, ca_.issuing.certificate, wall_now()));
    EXPECT_EQ(trim(*read_file(module / "thing-name")), module.filename().string());
    EXPECT_EQ(certificate->facts().serial_hex, module.filename().string());
  }
}

TEST_F(Issue, FillsTheIdentityFolder) {
  ASSERT_TRUE(issue());
  const fs::path module = modules().front();
  EXPECT_EQ(test::mode_of(module / "key.pem"), 0600);
  EXPECT_EQ(*read_file(module / "chain.pem"), ca_.issuing.certificate.facts().pem);
  EXPECT_EQ(trim(*read_file(module / "endpoint")), "abc-ats.iot.localhost");
  EXPECT_EQ(*read_file(module / "root-ca.pem"), ca_.root.facts().pem);
  EXPECT_EQ(*read_file(module / "model"), "vendor=ACME Ltd\nmodel=M-1\n");
}

TEST_F(Issue, TheKeyBelongsToTheCertificate) {
  ASSERT_TRUE(issue());
  const fs::path module = modules().front();
  const auto store = keystore::open_key_store(module);
  ASSERT_TRUE(store);
  const auto certificate = pki::Certificate::from_pem(*read_file(module / "certificate.pem"));
  EXPECT_EQ(X509_check_private_key(certificate->x509(), (*store)->key()->get()), 1);
}

TEST_F(Issue, RunAgainCompletesTheCountAndNoMore) {
  ASSERT_EQ(*issue(), 3U);
  EXPECT_EQ(*issue(), 0U);
  options_.count = 5;
  EXPECT_EQ(*issue(), 2U);
  EXPECT_EQ(modules().size(), 5U);
}

/// Issues in a child process and kills it after `identities` of them, in the middle of the next.
void issue_and_die(const VendorCa& ca, const IssueOptions& options, std::size_t identities) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto ignored = issue_batch(ca, options, [&](std::size_t done, std::size_t) {
      if (done >= identities) ::kill(::getpid(), SIGKILL);
    });
    ::_exit(ignored ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

/// Killed from outside at any instruction, as soon as the journal has grown.
void issue_and_be_killed(const VendorCa& ca, const IssueOptions& options, std::uintmax_t journal_bytes) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto ignored = issue_batch(ca, options, [](std::size_t, std::size_t) {});
    ::_exit(ignored ? 0 : 1);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::error_code error;
  for (std::uintmax_t size = 0; size < journal_bytes && std::chrono::steady_clock::now() < deadline;) {
    const auto found = fs::file_size(options.out / ".uids", error);
    size = error ? 0 : found;
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
}

TEST_F(Issue, AKilledBatchResumesWithTheExactCountAndNoUidTwice) {
  constexpr std::uintmax_t kLot = 64, kJournalLine = 41;
  options_ = options(150);
  issue_and_die(ca_, options_, kLot + 6);
  EXPECT_EQ(modules().size(), kLot) << "what was under way is begun anew";
  for (std::uintmax_t lot = 1; lot < 4; ++lot) issue_and_be_killed(ca_, options_, (lot * kLot + 1) * kJournalLine);
  ASSERT_TRUE(issue());
  EXPECT_EQ(modules().size(), 150U);
  const auto uids = journal();
  const std::set<std::string> unique(uids.begin(), uids.end());
  EXPECT_EQ(unique.size(), uids.size());
  for (const fs::path& module : modules()) {
    EXPECT_TRUE(unique.contains(module.filename().string()));
    for (const char* file : {"certificate.pem", "chain.pem", "key.pem", "endpoint", "root-ca.pem", "model"})
      EXPECT_TRUE(fs::exists(module / file)) << file;
  }
  for (const auto& entry : fs::directory_iterator(options_.out))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".unfinished"));
}

TEST_F(Issue, RefusesASecondRunAtTheSameTime) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto ignored = issue_batch(ca_, options_, [&](std::size_t, std::size_t) {
      const ssize_t sent = ::write(ready[1], "x", 1);
      if (sent == 1) ::pause();  // holds the folder until it is killed
    });
    ::_exit(ignored ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(issue().error().code, Errc::unavailable);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(*issue(), 3U) << "the lock goes with the process";
}

TEST_F(Issue, RefusesToMixTheBatchesOfTwoCas) {
  ASSERT_TRUE(issue());
  const VendorCa other = create_ca(folder_ / "other", "Other", "M-1")->ca;
  options_.count = 5;
  const auto mixed = issue_batch(other, options_, [](std::size_t, std::size_t) {});
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, Errc::conflict);
  EXPECT_EQ(modules().size(), 3U);
}

TEST_F(Issue, AnOwnerFileThatCannotBeReadIsNotReplaced) {
  ASSERT_TRUE(issue());
  fs::remove(options_.out / ".ca");
  fs::create_directory(options_.out / ".ca");  // opens, but cannot be read, not even by root
  EXPECT_EQ(issue().error().code, Errc::io);
  EXPECT_TRUE(fs::is_directory(options_.out / ".ca"));
}

TEST_F(Issue, RefusesARootCaOrAnEndpointThatNoModuleCouldUse) {
  options_.root_ca = "garbage";
  EXPECT_EQ(issue().error().code, Errc::invalid_argument);
  options_ = options(1);
  for (const char* endpoint : {"https://h", "h:8883", "a b", "h\nx"}) {
    options_.endpoint = endpoint;
    EXPECT_EQ(issue().error().code, Errc::invalid_argument) << endpoint;
  }
}

TEST_F(Issue, WithoutEnrolmentSaysWhatToDo) {
  options_.endpoint.clear();
  EXPECT_NE(issue().error().detail.find("ca enroll"), std::string::npos);
}

TEST_F(Issue, AnElementThatIsAwayUsesUpNoUid) {
  options_.key_store = "tpm2:tcti=device:/dev/no-such-tpm";
  const auto failed = issue();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  options_.key_store = "file";
  EXPECT_EQ(*issue(), 3U);
  EXPECT_EQ(journal().size(), 3U);
}

TEST_F(Issue, AnUnknownKeyStoreIsRefused) {
  options_.key_store = "floppy";
  EXPECT_FALSE(issue());
  for (const auto& entry : fs::directory_iterator(options_.out))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".unfinished"));
  options_.key_store = "file";
  EXPECT_EQ(*issue(), 3U);
  EXPECT_EQ(journal().size(), 3U) << "no UID is used up by it";
}

}  // namespace
}  // namespace xl::factory
