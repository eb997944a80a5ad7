// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "contract/registry_suite.hpp"

namespace xl::contract {
namespace {

TEST_P(RegistryContract, FailedWorkLeavesNothingBehind) {
  const Status failed = store_->write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "half")));
    return fail(Error::invalid("the second step fails"));
  });
  EXPECT_EQ(failed.error().detail, "the second step fails");
  EXPECT_FALSE(view().things().find(kVendor, "half"));
}

TEST_P(RegistryContract, WorkThatThrowsIsAFailureAndTheWriterGoesOn) {
  const Status failed = store_->write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "half")));
    throw std::runtime_error("a library's throw");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::internal);
  EXPECT_FALSE(view().things().find(kVendor, "half"));
  write([](cloud::Registry& registry) { return registry.things().insert(make_thing(kVendor, "next")); });
}

TEST_P(RegistryContract, OneTenantsFailureDoesNotUndoItsNeighboursInTheSameBatch) {
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  // Holds the writer until the other three wait behind it, so that they share one batch.
  store_->submit(
      [opened](cloud::Registry&) -> Status {
        opened.wait();
        return {};
      },
      [](Status) {});
  std::vector<std::promise<Status>> answers(3);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    store_->submit(
        [i](cloud::Registry& registry) -> Status {
          XL_CHECK(registry.things().insert(make_thing(kVendor, "thing-" + std::to_string(i))));
          if (i == 1) return fail(Error::forbidden("not this one"));
          return {};
        },
        [&answers, i](Status status) { answers[i].set_value(std::move(status)); });
  }
  gate.set_value();
  EXPECT_TRUE(answers[0].get_future().get());
  EXPECT_EQ(answers[1].get_future().get().error().code, Errc::forbidden);
  EXPECT_TRUE(answers[2].get_future().get());
  EXPECT_TRUE(view().things().find(kVendor, "thing-0"));
  EXPECT_FALSE(view().things().find(kVendor, "thing-1"));
  EXPECT_TRUE(view().things().find(kVendor, "thing-2"));
}

TEST_P(RegistryContract, WorkThatIsNotUrgentNeedsNoCompany) {
  for (const char* name : {"first", "second"}) {
    std::promise<Status> answer;
    store_->submit([name](cloud::Registry& registry) { return registry.things().insert(make_thing(kVendor, name)); },
                   [&](Status status) { answer.set_value(std::move(status)); }, cloud::RegistryStore::Urgency::soon);
    EXPECT_TRUE(answer.get_future().get());
    EXPECT_TRUE(view().things().find(kVendor, name));
  }
}

TEST_P(RegistryContract, AnAnswerMeansThatEveryViewSeesTheWrite) {
  view();
  std::promise<bool> seen;
  store_->submit([](cloud::Registry& registry) { return registry.things().insert(make_thing(kVendor, "lamp")); },
                 [&](Status status) {
                   auto other = store_->open_view();
                   seen.set_value(status && other && (*other)->things().find(kVendor, "lamp"));
                 });
  EXPECT_TRUE(seen.get_future().get());
  EXPECT_TRUE(view().things().find(kVendor, "lamp"));
}

TEST_P(RegistryContract, AViewCannotWrite) {
  const auto opened = store_->open_view();
  auto& writable = const_cast<cloud::Registry&>(**opened);
  EXPECT_FALSE(writable.things().insert(make_thing(kVendor, "lamp")));
}

const std::string kFirst(64, '1');

cloud::RegistryStore::Work insert_certificate(char digit) {
  return
      [digit](cloud::Registry& registry) { return registry.certificates().insert(make_certificate(kVendor, digit)); };
}

TEST_P(RegistryContract, ChangesTellWhichCertificatesToLookUpAgain) {
  const auto start = view().changes_after(0);
  write(insert_certificate('1'));
  (void)store_->write([](cloud::Registry& registry) -> Status {
    XL_CHECK(insert_certificate('2')(registry));
    return fail(Error::invalid("no"));
  });
  const auto changes = view().changes_after(start->last);
  EXPECT_TRUE(changes->is_complete);
  EXPECT_EQ(changes->certificates, std::vector<std::string>{kFirst});
  const auto none = view().changes_after(changes->last);
  EXPECT_EQ(none->last, changes->last);
  EXPECT_TRUE(none->is_complete);
  EXPECT_TRUE(none->certificates.empty());
}

TEST_P(RegistryContract, WhatAnAttemptHasUndoneIsNoChange) {
  const std::int64_t before = view().changes_after(0)->last;
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(insert_certificate('1')(registry));
    (void)registry.attempt([&]() -> Status {
      XL_CHECK(insert_certificate('2')(registry));
      return fail(Error::conflict("undone"));
    });
    return {};
  });
  EXPECT_EQ(view().changes_after(before)->certificates, std::vector<std::string>{kFirst});
}

TEST_P(RegistryContract, TheWatcherOfChangesIsCalledOnceTheyCanBeSeen) {
  std::vector<std::int64_t> seen;
  store_->watch_changes([&] { seen.push_back((*store_->open_view())->changes_after(0)->last); });
  const std::int64_t before = view().changes_after(0)->last;
  write(insert_certificate('1'));
  EXPECT_EQ(seen, std::vector{before + 1});
  write([](cloud::Registry& registry) { return registry.things().insert(make_thing(kVendor, "lamp")); });
  EXPECT_EQ(seen.size(), 1U) << "a thing without principals is nothing for the readers of the log";
  std::promise<void> answered;
  store_->submit(
      insert_certificate('2'), [&](const Status&) { answered.set_value(); }, cloud::RegistryStore::Urgency::soon);
  answered.get_future().get();
  EXPECT_EQ(seen.size(), 1U) << "what was not urgent to write is not urgent to be seen";
  store_->watch_changes(nullptr);
  write(insert_certificate('3'));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_P(RegistryContract, ChangesOfStatusThingPolicyAndCustodyAreTold) {
  write(insert_certificate('1'));
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.things().insert(make_thing(kVendor, "lamp")));
    return registry.policies().insert(make_policy(kVendor, "p"));
  });
  const std::vector<cloud::RegistryStore::Work> works{
      [](cloud::Registry& r) {
        return r.certificates().set_status(kVendor, kFirst, cloud::CertificateStatus::revoked, from_millis(1));
      },
      [](cloud::Registry& r) { return r.things().attach(kVendor, "lamp", kFirst); },
      [](cloud::Registry& r) { return r.policies().attach(kVendor, "p", kFirst); },
      [](cloud::Registry& r) { return r.policies().detach(kVendor, "p", kFirst); },
      [](cloud::Registry& r) {
        cloud::Custody custody;
        custody.fingerprint = kFirst;
        custody.thing_name = "lamp";
        custody.vendor_account = kVendor;
        custody.epoch = 1;
        return r.custody().change(custody, "first", from_millis(1));
      }};
  for (const auto& work : works) {
    const std::int64_t before = view().changes_after(0)->last;
    write(work);
    EXPECT_EQ(view().changes_after(before)->certificates, std::vector<std::string>{kFirst});
  }
}

TEST_P(RegistryContract, OnePieceOfWorkTellsOfEachCertificateOnce) {
  const auto start = view().changes_after(0);
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(insert_certificate('2')(registry));
    XL_CHECK(insert_certificate('1')(registry));
    return registry.certificates().set_status(kVendor, kFirst, cloud::CertificateStatus::revoked, from_millis(1));
  });
  const std::vector<std::string> both{kFirst, std::string(64, '2')};
  EXPECT_EQ(view().changes_after(start->last)->certificates, both);
}

TEST_P(RegistryContract, ChangesOfOtherProcessesAreToldToo) {
  auto other = GetParam().open(folder_.path());
  ASSERT_TRUE(other) << other.error().detail;
  const std::int64_t before = view().changes_after(0)->last;
  ASSERT_TRUE((*other)->write(insert_certificate('1')));
  EXPECT_EQ(view().changes_after(before)->certificates, std::vector<std::string>{kFirst});
}

TEST_P(RegistryContract, AReaderThatComesTooLateIsToldSo) {
  write(insert_certificate('1'));
  for (int i = 0; i < 25'000; ++i) {
    store_->submit(
        [i](cloud::Registry& registry) {
          return registry.certificates().set_status(kVendor, kFirst, cloud::CertificateStatus::active, from_millis(i));
        },
        [](const Status& status) { EXPECT_TRUE(status); });
  }
  for (int i = 0; i < 1000; ++i) write([](cloud::Registry&) -> Status { return {}; });
  EXPECT_FALSE(view().changes_after(5)->is_complete);
  EXPECT_TRUE(view().changes_after(24'000)->is_complete);
}

TEST_P(RegistryContract, WhatWasCommittedSurvivesReopening) {
  write(insert_certificate('1'));
  const std::int64_t number = view().changes_after(0)->last;
  reopen();
  EXPECT_TRUE(view().certificates().find(kVendor, kFirst));
  EXPECT_EQ(view().changes_after(0)->last, number);
}

TEST_P(RegistryContract, ClosingFinishesWhatWasSubmitted) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 200; ++i) {
    store_->submit(
        [i](cloud::Registry& registry) { return registry.things().insert(make_thing(kVendor, std::to_string(i))); },
        [&done](Status status) { done += status ? 1 : 0; });
  }
  reopen();
  EXPECT_EQ(done, 200);
  EXPECT_EQ(view().things().list(kVendor, {.after = "", .limit = 500})->items.size(), 200u);
}

/// A thing, its certificate and their link: a reader must never see one without the others.
Status insert_trio(cloud::Registry& registry, const std::string& name) {
  cloud::Certificate certificate = make_certificate(kVendor, 'a');
  certificate.id = name;
  XL_CHECK(registry.certificates().insert(certificate));
  XL_CHECK(registry.things().insert(make_thing(kVendor, name)));
  return registry.things().attach(kVendor, name, name);
}

TEST_P(RegistryContract, ManyWritersAndReadersSeeOnlyWholeTransactions) {
  constexpr int kWriters = 4, kEach = 50, kReaders = 2;
  std::atomic<int> running = kWriters, failures = 0, torn = 0;
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(w) + "-" + std::to_string(i);
        if (!store_->write([&](cloud::Registry& registry) { return insert_trio(registry, name); })) ++failures;
      }
      --running;
    });
  }
  for (int r = 0; r < kReaders; ++r) {
    threads.emplace_back([&] {
      const auto registry = store_->open_view();
      while (running > 0) {
        const auto page = (*registry)->things().list(kVendor, {.after = "", .limit = 500});
        if (!page) ++failures;
        for (const auto& thing : page->items)
          if ((*registry)->things().principals_of(kVendor, thing.name)->size() != 1) ++torn;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(view().things().list(kVendor, {.after = "", .limit = 500})->items.size(), kWriters * kEach);
}

}  // namespace
}  // namespace xl::contract
