// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/confmode_page.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "base/text.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using testing::turn_until;

class OneNetwork final : public Wifi {
 public:
  void join(std::string_view, std::string_view) override {}
  void leave() override {}
  State state() const override { return State::down; }
  void scan(std::chrono::milliseconds /*longest*/, std::function<void(Networks)> done) override {
    done({{ssid, -50, false}});
  }
  std::string ssid = "home";
};

class Page : public ::testing::Test {
 protected:
  void SetUp() override {
    page_.deliver_to(
        [this](const std::string& ssid, const std::string& passphrase) {
          if (!stores_) return false;
          ssid_ = ssid;
          passphrase_ = passphrase;
          return true;
        },
        [this] { ++ended_; });
  }
  /// What a browser of another thread gets while the loop turns; status 0: nobody is there.
  net::HttpResponse ask(const net::HttpRequest& request) {
    auto answer = std::async(std::launch::async, [&] { return net::http_call(url_, request); });
    const bool came =
        turn_until(loop_, [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    if (!came) ADD_FAILURE() << "no answer";
    return answer.get().value_or(net::HttpResponse{0, {}, {}});
  }
  net::HttpResponse get(const std::string& path, const std::string& host = {}) {
    net::HttpRequest request{"GET", path, {}, {}, {}};
    if (!host.empty()) request.headers.emplace_back("Host", host);
    return ask(request);
  }
  net::HttpResponse post(const std::string& path, const std::string& body, const net::HttpHeaders& extra = {}) {
    net::HttpRequest request{"POST", path, {{"Content-Type", "application/x-www-form-urlencoded"}}, body, {}};
    request.headers.insert(request.headers.end(), extra.begin(), extra.end());
    return ask(request);
  }
  std::string wrong_code() const { return code_ == "0000-0000" ? "1111-1111" : "0000-0000"; }

  EventLoop loop_;
  OneNetwork wifi_;
  std::string url_, code_;
  std::optional<std::string> ssid_, passphrase_;
  bool stores_ = true;
  int ended_ = 0;
  ConfmodePage page_{loop_, wifi_, {"127.0.0.1", 0}, [this](const std::string& url, const std::string& code) {
                       url_ = url.substr(0, url.size() - 1);
                       code_ = code;
                     }};
};

TEST_F(Page, TakesCredentialsFromWhoeverKnowsTheCodeAndCloses) {
  ASSERT_TRUE(page_.start("kitchen <1>"));
  const auto first = get("/");
  EXPECT_EQ(first.status, 200);
  EXPECT_NE(first.body.find("Wi-Fi for kitchen &lt;1&gt;"), std::string::npos);
  EXPECT_EQ(first.body.find("home"), std::string::npos) << "networks are for those who know the code";
  EXPECT_EQ(get("/style.css").status, 200);
  EXPECT_EQ(get("/other").status, 404);
  EXPECT_EQ(get("/join").status, 405);

  const auto second = post("/networks", "code=" + code_);
  EXPECT_EQ(second.status, 200);
  EXPECT_NE(second.body.find("value=\"686f6d65\""), std::string::npos) << second.body;

  const auto third = post("/join", "code=" + code_ + "&network=686f6d65&ssid=&passphrase=a+b%26c%C3%A9-%22d");
  EXPECT_EQ(third.status, 200);
  EXPECT_EQ(ssid_, "home");
  EXPECT_EQ(passphrase_, "a b&c\xC3\xA9-\"d");
  EXPECT_EQ(get("/").status, 0);
  EXPECT_EQ(ended_, 0);
}

TEST_F(Page, IsThereInConfmodeOnlyAndDrawsANewCodeEachTime) {
  ASSERT_TRUE(page_.start(""));
  const std::string before = code_;
  EXPECT_EQ(get("/").status, 200);
  page_.stop();
  EXPECT_EQ(get("/").status, 0);
  ASSERT_TRUE(page_.start(""));
  EXPECT_NE(code_, before);
  EXPECT_EQ(post("/networks", "code=" + before).status, 403);
}

TEST_F(Page, ClosesAfterFiveWrongCodes) {
  ASSERT_TRUE(page_.start(""));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(post(i % 2 == 0 ? "/networks" : "/join", "code=" + wrong_code()).status, 403);
  EXPECT_EQ(ended_, 0);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(post("/networks", "code=" + wrong_code()).status, 403);
  EXPECT_EQ(ended_, 1);
  EXPECT_EQ(get("/").status, 0);
  EXPECT_FALSE(ssid_);
}

TEST_F(Page, OtherSitesReachNothing) {
  ASSERT_TRUE(page_.start(""));
  const std::string port = url_.substr(url_.rfind(':'));
  EXPECT_EQ(get("/", "attacker.example" + port).status, 421);
  EXPECT_EQ(get("/", "127.0.0.1.attacker.example" + port).status, 421);
  EXPECT_EQ(get("/", "127.0.0.1").status, 421);
  EXPECT_EQ(get("/", "localhost" + port).status, 200);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(post("/networks", "code=" + wrong_code(), {{"Origin", "http://attacker.example"}}).status, 403);
  }
  EXPECT_EQ(post("/networks", "code=" + code_, {{"Origin", "null"}}).status, 403);
  EXPECT_EQ(post("/networks", "code=" + code_, {{"Origin", url_}}).status, 200) << "no try was used up";
}

TEST_F(Page, SaysWhatBrowsersMayDo) {
  ASSERT_TRUE(page_.start(""));
  const auto answer = get("/");
  const auto policy = net::find_header(answer.headers, "Content-Security-Policy").value_or("");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; ")) << policy;
  EXPECT_EQ(net::find_header(answer.headers, "Cache-Control"), "no-store");
  EXPECT_EQ(net::find_header(answer.headers, "Referrer-Policy"), "same-origin");
  EXPECT_EQ(answer.body.find("<script"), std::string::npos);
}

TEST_F(Page, ComplainsAboutWhatNobodyCouldJoinWith) {
  ASSERT_TRUE(page_.start(""));
  const std::string start = "code=" + code_;
  post("/networks", start);
  EXPECT_NE(post("/join", start).body.find("Choose a network"), std::string::npos);
  EXPECT_NE(post("/join", start + "&network=686f6d65").body.find("needs a passphrase"), std::string::npos);
  const auto short_one = post("/join", start + "&network=686f6d65&passphrase=1234567");
  EXPECT_EQ(short_one.status, 400);
  EXPECT_NE(short_one.body.find("8 to 63"), std::string::npos);
  EXPECT_NE(short_one.body.find("checked"), std::string::npos) << "the choice is kept";
  EXPECT_EQ(short_one.body.find("1234567\""), std::string::npos) << "the passphrase is not sent back";
  EXPECT_NE(post("/join", start + "&ssid=" + std::string(33, 's')).body.find("32 bytes"), std::string::npos);
  EXPECT_EQ(post("/join", "code=%zz").status, 400);
  EXPECT_EQ(post("/join", start + "&ssid=a&ssid=b").status, 400);
  EXPECT_EQ(post("/join", "ssid=home").status, 400);
  EXPECT_FALSE(ssid_);
  EXPECT_EQ(post("/join", start + "&ssid=hidden+one&network=686f6d65").status, 200) << "a typed name wins";
  EXPECT_EQ(ssid_, "hidden one");
  EXPECT_EQ(passphrase_, "");
}

TEST_F(Page, ShowsAnySsidAndTakesItBack) {
  wifi_.ssid = "<b>\"x\"\n\xFF";
  ASSERT_TRUE(page_.start(""));
  const auto list = post("/networks", "code=" + code_);
  EXPECT_NE(list.body.find("&lt;b&gt;&quot;x&quot;\\x0a\\xff"), std::string::npos) << list.body;
  EXPECT_EQ(post("/join", "code=" + code_ + "&passphrase=12345678&network=" + hex_encode(as_bytes(wifi_.ssid))).status,
            200);
  EXPECT_EQ(ssid_, wifi_.ssid);
}

TEST_F(Page, StaysWhenTheModuleCouldNotStore) {
  ASSERT_TRUE(page_.start(""));
  stores_ = false;
  EXPECT_EQ(post("/join", "code=" + code_ + "&ssid=home").status, 500);
  stores_ = true;
  EXPECT_EQ(post("/join", "code=" + code_ + "&ssid=home").status, 200);
  EXPECT_EQ(ssid_, "home");
}

TEST_F(Page, CannotStartWhereSomebodyElseListens) {
  ASSERT_TRUE(page_.start(""));
  const auto port = static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1)));
  ConfmodePage second(loop_, wifi_, {"127.0.0.1", port}, [](const std::string&, const std::string&) { FAIL(); });
  EXPECT_FALSE(second.start(""));
}

}  // namespace
}  // namespace xl::platform
