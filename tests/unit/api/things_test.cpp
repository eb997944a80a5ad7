// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

json::object payload(json::object attributes, bool merge = false) {
  return {{"attributePayload", json::object{{"attributes", std::move(attributes)}, {"merge", merge}}}};
}

class Things : public ApiTest {
 protected:
  Answer create(const std::string& name, json::object body = {}) { return call("POST", "/things/" + name, body); }
  json::object describe(const std::string& name) { return call("GET", "/things/" + name).json(); }
  Answer link(const std::string& method, const std::string& target, const std::string& certificate_id) {
    return call_as(vendor_key_, method, target, {}, "iot",
                   {{"x-amzn-principal", "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + certificate_id}});
  }
  std::size_t count(const std::string& target, const std::string& member) {
    return call("GET", target).json().at(member).as_array().size();
  }
};

TEST_F(Things, AreCreatedOnceAndAgainOnlyAlike) {
  const Answer made = create("lamp", payload({{"color", "blue"}, {"gone", ""}}));
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(describe("lamp").at("attributes"), (json::object{{"color", "blue"}}));
  EXPECT_EQ(create("lamp", payload({{"color", "blue"}})).json().at("thingId"), made.json().at("thingId"));
  const Answer other = create("lamp", payload({{"color", "red"}}));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.json().at("resourceId"), "lamp");
  EXPECT_EQ(create("a%20b").status, 400);
  EXPECT_EQ(create("x", {{"thingTypeName", "none"}}).status, 404);
  EXPECT_EQ(create("x", {{"billingGroupName", "none"}}).status, 400);
  EXPECT_EQ(create("x", payload({{"a b", "1"}})).status, 400);
  EXPECT_EQ(create("x", payload({{"a", 1}})).status, 400);
  EXPECT_EQ(create("x", payload({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}})).status, 400)
      << "three without a type";
}

TEST_F(Things, MergeReplaceAndRemoveAttributes) {
  create("lamp", payload({{"a", "1"}, {"b", "2"}}));
  const auto update = [&](json::object body) { return call("PATCH", "/things/lamp", body); };
  EXPECT_EQ(update(payload({{"b", ""}, {"c", "3"}}, true)).status, 200);
  EXPECT_EQ(describe("lamp").at("attributes"), (json::object{{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(update(payload({{"d", "4"}})).status, 200);
  EXPECT_EQ(describe("lamp").at("attributes"), (json::object{{"d", "4"}}));
  EXPECT_EQ(describe("lamp").at("version"), 3);
  const Answer stale = update({{"expectedVersion", 2}});
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.exception(), "VersionConflictException");
  EXPECT_EQ(update({{"expectedVersion", 3}}).status, 200);
  EXPECT_EQ(update(payload({{"e", "1"}, {"f", "1"}, {"g", "1"}}, true)).status, 400);
  EXPECT_EQ(describe("lamp").at("version"), 4) << "what was refused changed nothing";
  EXPECT_EQ(call("PATCH", "/things/absent", json::object{}).status, 404);
}

TEST_F(Things, AreDeletedOnceNobodySpeaksForThem) {
  const std::string id = add_device("lamp");
  const Answer attached = call("DELETE", "/things/lamp");
  EXPECT_EQ(attached.status, 400);
  EXPECT_EQ(attached.message(), "Cannot delete. Thing lamp is still attached to one or more principals: certificate " +
                                    id + ". Detach them first (DetachThingPrincipal).");
  EXPECT_EQ(link("DELETE", "/things/lamp/principals", id).status, 200);
  EXPECT_EQ(call("DELETE", "/things/lamp?expectedVersion=7").exception(), "VersionConflictException");
  EXPECT_EQ(call("DELETE", "/things/lamp?expectedVersion=1").status, 200);
  EXPECT_EQ(call("GET", "/things/lamp").status, 404);
  EXPECT_EQ(call("DELETE", "/things/lamp").status, 200) << "AWS says so";
}

TEST_F(Things, HavePrincipals) {
  const std::string id = add_device("lamp");
  create("lock");
  EXPECT_EQ(link("PUT", "/things/lock/principals", id).status, 200);
  EXPECT_EQ(link("PUT", "/things/lock/principals", id).status, 200);
  EXPECT_EQ(link("GET", "/principals/things", id).json().at("things"), (json::array{"lamp", "lock"}));
  const auto first = link("GET", "/principals/things?maxResults=1", id).json();
  EXPECT_EQ(first.at("things"), json::array{"lamp"});
  const std::string token(first.at("nextToken").as_string());
  EXPECT_EQ(link("GET", "/principals/things?nextToken=" + token, id).json().at("things"), json::array{"lock"});
  EXPECT_EQ(count("/things/lock/principals-v2?thingPrincipalType=NON_EXCLUSIVE_THING", "thingPrincipalObjects"), 1u);
  EXPECT_EQ(count("/things/lock/principals-v2?thingPrincipalType=EXCLUSIVE_THING", "thingPrincipalObjects"), 0u);
  EXPECT_EQ(link("PUT", "/things/lock/principals?thingPrincipalType=EXCLUSIVE_THING", id).status, 400) << "lamp too";
  link("DELETE", "/things/lamp/principals", id);
  EXPECT_EQ(link("PUT", "/things/lock/principals?thingPrincipalType=EXCLUSIVE_THING", id).status, 200);
  EXPECT_EQ(link("PUT", "/things/lamp/principals", id).status, 400) << "it is lock's alone";
  EXPECT_EQ(link("GET", "/principals/things-v2", id).json().at("principalThingObjects").at(0).at("thingPrincipalType"),
            "EXCLUSIVE_THING");
  EXPECT_EQ(link("PUT", "/things/absent/principals", id).status, 404);
  EXPECT_EQ(link("PUT", "/things/lock/principals", std::string(64, '0')).status, 404);
  EXPECT_EQ(call("PUT", "/things/lock/principals").status, 400);
}

TEST_F(Things, HaveTypesThatAreDeprecatedBeforeTheyAreDeleted) {
  const json::object properties{{"thingTypeProperties", json::object{{"thingTypeDescription", "all lamps"},
                                                                     {"searchableAttributes", json::array{"color"}}}}};
  const Answer made = call("POST", "/thing-types/lamps", properties);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(call("POST", "/thing-types/lamps", properties).json(), made.json());
  EXPECT_EQ(call("POST", "/thing-types/lamps", json::object{}).status, 409);
  json::object body = payload({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
  body["thingTypeName"] = "lamps";
  EXPECT_EQ(create("lamp", body).status, 200) << "four attributes with a type";
  EXPECT_EQ(describe("lamp").at("thingTypeName"), "lamps");
  EXPECT_EQ(count("/things?thingTypeName=lamps", "things"), 1u);
  EXPECT_EQ(count("/things?thingTypeName=other", "things"), 0u);
  EXPECT_EQ(call("DELETE", "/thing-types/lamps").status, 400) << "not deprecated";

  EXPECT_EQ(call("POST", "/thing-types/lamps/deprecate", json::object{}).status, 200);
  EXPECT_EQ(create("new", {{"thingTypeName", "lamps"}}).message(),
            "Can not create new thing with depreated thing type:lamps");
  create("plain");
  EXPECT_EQ(call("PATCH", "/things/plain", json::object{{"thingTypeName", "lamps"}}).message(),
            "Can not update a thing to use deprecated thing type: lamps");
  EXPECT_EQ(call("DELETE", "/thing-types/lamps").status, 400) << "five minutes have not passed";
  write([&](cloud::Registry& registry) -> Status {
    XL_TRY(auto type, registry.thing_types().find(kVendor, "lamps"));
    type.deprecated = wall_now() - std::chrono::minutes(6);
    return registry.thing_types().update(type);
  });
  EXPECT_EQ(call("DELETE", "/thing-types/lamps").status, 400) << "lamp has it";
  call("PATCH", "/things/lamp", json::object{{"removeThingType", true}, {"attributePayload", json::object{}}});
  EXPECT_EQ(describe("lamp").count("thingTypeName"), 0u);
  EXPECT_EQ(call("DELETE", "/thing-types/lamps").status, 200);
  EXPECT_EQ(call("GET", "/thing-types/lamps").status, 404);
}

TEST_F(Things, TypesAreDescribedUpdatedAndListed) {
  call("POST", "/thing-types/a", json::object{});
  call("POST", "/thing-types/b", json::object{});
  EXPECT_EQ(call("PATCH", "/thing-types/a",
                 json::object{{"thingTypeProperties", json::object{{"thingTypeDescription", "new"}}}})
                .status,
            200);
  call("POST", "/thing-types/a/deprecate", json::object{});
  const auto type = call("GET", "/thing-types/a").json();
  EXPECT_EQ(type.at("thingTypeProperties").at("thingTypeDescription"), "new");
  EXPECT_EQ(type.at("thingTypeMetadata").at("deprecated"), true);
  call("POST", "/thing-types/a/deprecate", json::object{{"undoDeprecate", true}});
  EXPECT_EQ(call("GET", "/thing-types/a").json().at("thingTypeMetadata").as_object().count("deprecationDate"), 0u);
  EXPECT_EQ(count("/thing-types", "thingTypes"), 2u);
  EXPECT_EQ(count("/thing-types?thingTypeName=b", "thingTypes"), 1u);
  const json::array four{"a", "b", "c", "d"};
  EXPECT_EQ(call("PATCH", "/thing-types/a",
                 json::object{{"thingTypeProperties", json::object{{"searchableAttributes", four}}}})
                .status,
            400);
}

class Groups : public Things {
 protected:
  Answer create_group(const std::string& name, const std::string& parent = "") {
    json::object body{{"thingGroupProperties", json::object{{"thingGroupDescription", "text"}}}};
    if (!parent.empty()) body["parentGroupName"] = parent;
    return call("POST", "/thing-groups/" + name, body);
  }
  Answer add(const std::string& thing, const std::string& group) {
    return call("PUT", "/thing-groups/addThingToThingGroup",
                json::object{{"thingName", thing}, {"thingGroupName", group}});
  }
};

TEST_F(Groups, FormTrees) {
  ASSERT_EQ(create_group("house").status, 200);
  ASSERT_EQ(create_group("floor", "house").status, 200);
  ASSERT_EQ(create_group("room", "floor").status, 200);
  EXPECT_EQ(create_group("room", "floor").status, 200) << "the same again";
  EXPECT_EQ(create_group("room", "house").status, 409);
  EXPECT_EQ(create_group("x", "absent").status, 404);
  const auto room = call("GET", "/thing-groups/room").json();
  EXPECT_EQ(room.at("thingGroupMetadata").at("parentGroupName"), "floor");
  const auto& line = room.at("thingGroupMetadata").at("rootToParentThingGroups").as_array();
  ASSERT_EQ(line.size(), 2u);
  EXPECT_EQ(line[0].at("groupName"), "house");
  EXPECT_EQ(count("/thing-groups", "thingGroups"), 3u);
  EXPECT_EQ(count("/thing-groups?recursive=false", "thingGroups"), 1u);
  EXPECT_EQ(count("/thing-groups?parentGroup=house&recursive=false", "thingGroups"), 1u);
  EXPECT_EQ(count("/thing-groups?parentGroup=house", "thingGroups"), 2u);
  EXPECT_EQ(count("/thing-groups?namePrefixFilter=flo", "thingGroups"), 1u);
  EXPECT_EQ(call("DELETE", "/thing-groups/floor").message(),
            "Cannot delete thing group : floor when there are still child groups attached to it. Delete room first.");
  EXPECT_EQ(call("DELETE", "/thing-groups/room?expectedVersion=9").exception(), "VersionConflictException");
  EXPECT_EQ(call("DELETE", "/thing-groups/room").status, 200);
  EXPECT_EQ(call("DELETE", "/thing-groups/room").status, 200);
  for (int depth = 3; depth <= 7; ++depth) {
    const std::string parent = depth == 3 ? "floor" : "depth-" + std::to_string(depth - 1);
    EXPECT_EQ(create_group("depth-" + std::to_string(depth), parent).status, 200);
  }
  EXPECT_EQ(create_group("depth-8", "depth-7").status, 400);
}

TEST_F(Groups, AreUpdatedByVersion) {
  create_group("house");
  const json::object body{{"thingGroupProperties", payload({{"a", "1"}})}, {"expectedVersion", 1}};
  EXPECT_EQ(call("PATCH", "/thing-groups/house", body).json().at("version"), 2);
  EXPECT_EQ(call("PATCH", "/thing-groups/house", body).exception(), "VersionConflictException");
  const auto house = call("GET", "/thing-groups/house").json();
  EXPECT_EQ(house.at("version"), 2);
  EXPECT_EQ(house.at("thingGroupProperties").at("attributePayload").at("attributes").at("a"), "1");
  EXPECT_EQ(house.at("thingGroupProperties").at("thingGroupDescription"), "text") << "not given, not changed";
}

TEST_F(Groups, HoldThings) {
  create("lamp");
  create_group("house");
  create_group("floor", "house");
  create_group("garden");
  EXPECT_EQ(add("lamp", "floor").status, 200);
  EXPECT_EQ(add("lamp", "floor").status, 200);
  EXPECT_EQ(add("lamp", "house").status, 400) << "one group of each hierarchy";
  EXPECT_EQ(add("lamp", "garden").status, 200);
  EXPECT_EQ(add("absent", "garden").status, 404);
  EXPECT_EQ(add("lamp", "absent").status, 404);
  EXPECT_EQ(count("/things/lamp/thing-groups", "thingGroups"), 2u);
  EXPECT_EQ(count("/thing-groups/house/things", "things"), 0u);
  EXPECT_EQ(count("/thing-groups/house/things?recursive=true", "things"), 1u);
  const std::string prefix = "arn:aws:iot:us-east-1:" + kVendor + ":";
  EXPECT_EQ(call("PUT", "/thing-groups/removeThingFromThingGroup",
                 json::object{{"thingArn", prefix + "thing/lamp"}, {"thingGroupArn", prefix + "thinggroup/floor"}})
                .status,
            200);
  EXPECT_EQ(call("PUT", "/thing-groups/removeThingFromThingGroup", json::object{{"thingName", "lamp"}}).status, 400);
  EXPECT_EQ(call("PUT", "/thing-groups/updateThingGroupsForThing",
                 json::object{{"thingName", "lamp"},
                              {"thingGroupsToAdd", json::array{"house"}},
                              {"thingGroupsToRemove", json::array{"garden"}}})
                .status,
            200);
  EXPECT_EQ(call("GET", "/things/lamp/thing-groups").json().at("thingGroups").at(0).at("groupName"), "house");
  EXPECT_EQ(call("DELETE", "/things/lamp").status, 200);
  EXPECT_EQ(count("/thing-groups/house/things", "things"), 0u);
}

TEST_F(Groups, HavePolicies) {
  const std::string id = add_device("lamp");
  create_group("house");
  create_group("floor", "house");
  add("lamp", "floor");
  for (const char* name : {"p1", "p2", "p3"}) {
    call("POST", std::string("/policies/") + name,
         json::object{{"policyDocument", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                         R"("Action":"iot:Connect","Resource":"*"}]})"}});
  }
  const std::string arn = "arn:aws:iot:us-east-1:" + kVendor + ":thinggroup/house";
  const auto attach = [&](const std::string& policy) {
    return call("PUT", "/target-policies/" + policy, json::object{{"target", arn}});
  };
  EXPECT_EQ(attach("p1").status, 200);
  EXPECT_EQ(attach("p2").status, 200);
  EXPECT_EQ(attach("p3").exception(), "LimitExceededException");
  EXPECT_EQ(call("POST", "/policy-targets/p1").json().at("targets"), json::array{json::string(arn)});
  const auto policies = [&](const std::string& target, const std::string& query = "") {
    return call("POST", "/attached-policies/arn:aws:iot:us-east-1:" + kVendor + ":" + target + query)
        .json()
        .at("policies")
        .as_array()
        .size();
  };
  EXPECT_EQ(policies("thinggroup%2Fhouse"), 2u);
  EXPECT_EQ(policies("thinggroup%2Ffloor"), 0u);
  EXPECT_EQ(policies("thinggroup%2Ffloor", "?recursive=true"), 2u);
  EXPECT_EQ(policies("cert%2F" + id), 1u);
  EXPECT_EQ(policies("cert%2F" + id, "?recursive=true"), 3u);
  EXPECT_EQ(call("DELETE", "/policies/p1").status, 409);
  EXPECT_EQ(call("POST", "/target-policies/p1", json::object{{"target", arn}}).status, 200);
  EXPECT_EQ(policies("thinggroup%2Fhouse"), 1u);
}

}  // namespace
}  // namespace xl::api::test
