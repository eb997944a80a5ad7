// SPDX-License-Identifier: Apache-2.0
// Each change that a command makes to the storage is, in turn, the last one before the power goes, or refused. Whatever
// the step, the dictionary is wholly as before the command or wholly as after it, and as after it once the host, or the
// cloud, has been told so.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "module/dictionary/dictionary.hpp"
#include "platform/sim/bench.hpp"

namespace xl::platform::sim {
namespace {

using module::dictionary::Kind;
using Values = decltype(MemoryStorage::values);
using Image = std::map<std::string, std::string>;

/// What a module that is switched on with these stored values takes for its persistent keys.
Image image_of(Bench& bench, const Values& stored) {
  MemoryStorage storage;
  storage.values = stored;
  module::dictionary::Dictionary dictionary(storage, bench.certificates, bench.identity);
  dictionary.load();
  Image image;
  for (const auto& spec : module::dictionary::kKeys) {
    if (is_persistent(spec)) image[std::string(spec.name)] = dictionary.value(spec.key);
  }
  return image;
}

std::string answer_with(const std::string& value) { return value.empty() ? "OK" : "OK " + value; }

/// Something that changes persistent values.
struct Story {
  std::string name;
  std::function<void(Bench&)> prepare;
  std::function<bool(Bench&)> act;  ///< true: somebody was told that it is done
  bool has_wifi = true;
};

std::string value_for(const module::dictionary::KeySpec& spec, std::string_view word) {
  if (spec.kind == Kind::number) return std::to_string(word.size());
  if (spec.kind == Kind::certificate) return pem("SIGNEDBYT1RB\nSIGNEDBYSIGNEDBYT1RB\n" + std::string(word));
  return std::string(word);
}

/// The host writes a key; certificates come line by line.
bool conf(Bench& bench, const module::dictionary::KeySpec& spec, std::string_view word) {
  const std::string command = "AT+CONF " + std::string(spec.name) + "=";
  if (spec.kind != Kind::certificate) return bench.command(command + value_for(spec, word)) == "OK";
  return bench.type(command + "pem\r" + value_for(spec, word)) == "OK\r\n";
}

Story conf_story(const module::dictionary::KeySpec& spec) {
  return {"Conf" + std::string(spec.name),
          [&spec](Bench& bench) {
            if (spec.kind != Kind::certificate) ASSERT_TRUE(conf(bench, spec, "old"));
          },
          [&spec](Bench& bench) { return conf(bench, spec, "renewed"); },
          spec.radio != module::dictionary::Radio::cellular};
}

void set_everything(Bench& bench) {
  for (const std::string_view setting : {"CustomName=toaster", "DefenderPeriod=60", "Endpoint=customer.example",
                                         "Passphrase=old secret", "SSID=old", "ShadowToken=token"}) {
    ASSERT_EQ(bench.command("AT+CONF " + std::string(setting)), "OK") << setting;
  }
}

bool factory_reset(Bench& bench) { return bench.command("AT+FACTORY_RESET") == "OK"; }

bool enter_network(Bench& bench) {
  bench.provisioner.can_start = true;
  bench.command("AT+CONFMODE");
  return bench.enter_credentials("new", "new secret");
}

bool take_endpoint_update(Bench& bench) {
  bench.broker.acknowledged.clear();
  bench.power_cycle();
  bench.connect();
  bench.broker.publish(std::string(kThingName) + "/expresslink_config", R"({"Endpoint":"customer.example"})", 1);
  bench.settle();
  return bench.broker.acknowledged.size() == 1 || bench.command("AT+CONF? Endpoint") == "OK customer.example";
}

std::vector<Story> stories() {
  std::vector<Story> all;
  for (const auto& spec : module::dictionary::kKeys) {
    if (is_persistent(spec)) all.push_back(conf_story(spec));
  }
  all.push_back({"FactoryReset", &set_everything, &factory_reset});
  all.push_back({"CredentialsInConfmode", &set_everything, &enter_network});
  all.push_back({"EndpointUpdate", [](Bench&) {}, &take_endpoint_update});
  return all;
}

class PowerCut : public ::testing::TestWithParam<Story> {
 protected:
  /// The story once, with `on_change` asked before each of its changes.
  bool tell(Bench& bench, std::function<bool()> on_change) {
    GetParam().prepare(bench);
    before_ = image_of(bench, bench.storage.values);
    bench.storage.on_change = std::move(on_change);
    const bool told = GetParam().act(bench);
    bench.storage.on_change = nullptr;
    return told;
  }

  void SetUp() override {
    Bench bench(GetParam().has_wifi);
    ASSERT_TRUE(tell(bench, [this] { return ++changes_ > 0; }));
    after_ = image_of(bench, bench.storage.values);
    ASSERT_NE(before_, after_);
    ASSERT_GE(changes_, 1U);
  }

  /// What the storage has when the power goes after so many changes of the story, and `at_cut` looks around.
  Values cut_after(unsigned last, Bench& bench, const std::function<void()>& at_cut = [] {}) {
    Values survivor;
    unsigned change = 0;
    tell(bench, [&] {
      if (change++ != last) return true;
      survivor = bench.storage.values;
      at_cut();
      return true;
    });
    return last == changes_ ? bench.storage.values : survivor;
  }

  void expect_old_or_new(Bench& bench, const Values& survivor) {
    const Image image = image_of(bench, survivor);
    EXPECT_TRUE(image == before_ || image == after_);
  }

  Image before_, after_;
  unsigned changes_ = 0;  ///< of the storage, in the undisturbed story
};

TEST_P(PowerCut, LeavesTheDictionaryAsBeforeOrAsAfter) {
  for (unsigned last = 0; last <= changes_; ++last) {
    SCOPED_TRACE(last);
    Bench bench(GetParam().has_wifi);
    std::string heard;  // by the host, until the power goes
    const Values survivor = cut_after(last, bench, [&] {
      heard = bench.uart.take();
      EXPECT_TRUE(bench.broker.acknowledged.empty());
    });
    EXPECT_EQ(heard.find("OK\r\n"), std::string::npos) << "the host was told before all was durable";
    expect_old_or_new(bench, survivor);
    if (last == changes_) {
      EXPECT_EQ(image_of(bench, survivor), after_);
    }
  }
}

TEST_P(PowerCut, WhileTheLastOneIsMendedChangesNothingEither) {
  for (unsigned last = 0; last <= changes_; ++last) {
    Bench bench(GetParam().has_wifi);
    const Values survivor = cut_after(last, bench);
    const Image image = image_of(bench, survivor);
    bench.storage.values = survivor;
    bench.storage.on_change = [&] {
      EXPECT_EQ(image_of(bench, bench.storage.values), image) << "cut at " << last << " and again when switched on";
      return true;
    };
    bench.power_cycle();
    EXPECT_EQ(image_of(bench, bench.storage.values), image);
  }
}

TEST_P(PowerCut, IsSurvivedByWhoeverTriesAgain) {
  for (unsigned last = 0; last <= changes_; ++last) {
    Bench bench(GetParam().has_wifi);
    const Values survivor = cut_after(last, bench);
    bench.storage.values = survivor;
    bench.power_cycle();
    EXPECT_TRUE(GetParam().act(bench)) << last;
    EXPECT_EQ(image_of(bench, bench.storage.values), after_) << last;
  }
}

/// A full or failing storage, from one change on or at one change only.
TEST_P(PowerCut, OfWhatTheStorageRefusesNothingOrAllIsDone) {
  for (const bool stays : {false, true}) {
    for (unsigned refused = 0; refused < changes_; ++refused) {
      SCOPED_TRACE(std::to_string(refused) + (stays ? " and all that follow" : ""));
      Bench bench(GetParam().has_wifi);
      unsigned change = 0;
      const auto refusing = [&] {
        const unsigned number = change++;
        return stays ? number < refused : number != refused;
      };
      const bool told = tell(bench, refusing);
      EXPECT_EQ(told, refused > 0) << "the first change decides";
      EXPECT_EQ(image_of(bench, bench.storage.values), told ? after_ : before_);
      if (stays) bench.storage.on_change = [] { return false; };
      bench.command("AT+RESET");  // reads what is stored
      EXPECT_EQ(bench.command("AT+CONF? CustomName"), answer_with((told ? after_ : before_)["CustomName"]));
      bench.storage.on_change = nullptr;
      EXPECT_EQ(bench.command("AT+CONF ShadowToken=later"), "OK");
      EXPECT_EQ(image_of(bench, bench.storage.values)["ShadowToken"], "later")
          << "a late end of the change took it back";
      const std::string token = after_["ShadowToken"] == before_["ShadowToken"] ? "later" : after_["ShadowToken"];
      EXPECT_TRUE(GetParam().act(bench));
      Image expected = after_;
      expected["ShadowToken"] = token;
      EXPECT_EQ(image_of(bench, bench.storage.values), expected);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, PowerCut, ::testing::ValuesIn(stories()),
                         [](const auto& story) { return story.param.name; });

TEST(PowerCuts, OfASleepingOrResettingModuleMeetNoWrite) {
  Bench bench;
  bench.storage.on_change = [] {
    ADD_FAILURE() << "something was written";
    return true;
  };
  bench.drain_events();
  EXPECT_EQ(bench.command("AT+SLEEP 10"), "OK 0");
  bench.advance(std::chrono::seconds(11));
  EXPECT_EQ(bench.command("AT+SLEEP1 10"), "OK 1");
  bench.advance(std::chrono::seconds(11));
  EXPECT_EQ(bench.command("AT+RESET"), "OK");
  bench.connect();
  EXPECT_EQ(bench.command("AT+DISCONNECT"), "OK 0 DISCONNECTED");
}

}  // namespace
}  // namespace xl::platform::sim
