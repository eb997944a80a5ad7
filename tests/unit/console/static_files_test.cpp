// SPDX-License-Identifier: Apache-2.0
#include "unit/console/support.hpp"

namespace xl::console {
namespace {

using test::ConsoleSite;
using test::header_of;

TEST(StaticFiles, ServesTheAppAtTheRootAndForEveryModule) {
  const ConsoleSite site;
  for (const std::string& target : {std::string("/"), "/q/" + test::kThing, "/q/" + test::kThing + "?x=1"}) {
    const auto answer = site.get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.body, "<!doctype html><title>page</title>");
    EXPECT_EQ(header_of(answer, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(header_of(answer, "Cache-Control"), "no-cache");
    EXPECT_EQ(header_of(answer, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header_of(answer, "Referrer-Policy"), "no-referrer");
    EXPECT_NE(header_of(answer, "Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  }
}

TEST(StaticFiles, ServesHashedAssetsForever) {
  const ConsoleSite site;
  const auto answer = site.get("/assets/app-1a2b.js");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "export {}");
  EXPECT_EQ(header_of(answer, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header_of(answer, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(StaticFiles, NeverLeavesTheWebRoot) {
  const ConsoleSite site;
  std::filesystem::create_symlink(site.root.parent_path() / "secret.txt", site.root / "assets" / "link.txt");
  for (const char* target :
       {"/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt", "/assets//etc/passwd", "/assets/link.txt", "/assets/.hidden.js",
        "/assets/", "/assets/app-1a2b.js%00.txt", "/assets/..\\..\\secret.txt", "/assets/none.js", "/favicon.ico"}) {
    const auto answer = site.get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.body.find("outside"), std::string::npos) << target;
  }
}

TEST(StaticFiles, SaysWhatToDoWhenTheAppIsNotInstalled) {
  const ConsoleSite site;
  std::filesystem::remove(site.root / "index.html");
  const auto answer = site.get("/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("--web-root"), std::string::npos);
}

TEST(Console, LeavesOtherPathsToTheApi) {
  const ConsoleSite site;
  for (const char* target : {"/things", "/endpoint", "/q", "/index.html", "/qq/x"})
    EXPECT_EQ(site.get(target).status, 418) << target;
  EXPECT_EQ(site.post("/", "Action=GetCallerIdentity").status, 418);
}

TEST(Console, AnswersOnlyTheMethodsOfAPath) {
  const ConsoleSite site;
  const std::string page = "/q/" + test::kThing;
  EXPECT_EQ(site.post("/assets/app-1a2b.js", "{}").status, 405);
  EXPECT_EQ(site.post(page, "{}").status, 405);
  EXPECT_EQ(site.get(page + "/session").status, 405);
  EXPECT_EQ(site.get(page + "/command").status, 405);
  EXPECT_EQ(header_of(site.post(page + "/events", "{}"), "Allow"), "GET");
  EXPECT_EQ(site.get(page + "/other").status, 404);
  EXPECT_EQ(site.get(page + "/events/more").status, 404);
  EXPECT_EQ(site.get("/q/no%20thing").status, 404);
  EXPECT_EQ(site.get("/q/" + std::string(129, 'a')).status, 404);
}

}  // namespace
}  // namespace xl::console
