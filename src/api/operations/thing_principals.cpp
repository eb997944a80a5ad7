// SPDX-License-Identifier: Apache-2.0
// Which certificates speak for which things. source: AWS IoT API Reference, AttachThingPrincipal and its family
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"
#include "api/principal.hpp"

namespace xl::api {
namespace {

using cloud::ThingPrincipal;

struct Link {
  std::string account;
  std::string thing;
  std::string certificate;
};

tl::expected<Link, Fault> link_of(Constraints& constraints, const Request& request) {
  Link link{request.account.id, constraints.label(request, "thingName", rules::kThingName), ""};
  const std::string arn = principal_header(constraints, request);
  XL_CHECK(constraints.result());
  XL_TRY(link.certificate, certificate_of(request, arn));
  return link;
}

/// Exclusive is a link without any other on either side.
tl::expected<void, Fault> check_exclusiveness(const cloud::Registry& registry, const Link& link, bool exclusive) {
  const cloud::PageRequest two{.after = "", .limit = 2};
  XL_TRY(const auto principals, registry.things().links_of_thing(link.account, link.thing, two));
  XL_TRY(const auto things, registry.things().links_of_certificate(link.account, link.certificate, two));
  for (const auto* side : {&principals, &things}) {
    for (const ThingPrincipal& other : side->items) {
      if (other.thing_name == link.thing && other.certificate_id == link.certificate) continue;
      if (!exclusive && !other.exclusive) continue;
      return fail(exceptions::kInvalidRequest, "The thing " + other.thing_name + " and the principal " +
                                                   other.certificate_id +
                                                   " are attached to each other, and one of the two attachments is "
                                                   "exclusive.");
    }
  }
  return {};
}

const char* text_of(const ThingPrincipal& link) { return link.exclusive ? "EXCLUSIVE_THING" : "NON_EXCLUSIVE_THING"; }

std::optional<std::string> type_filter(Constraints& constraints, const Request& request) {
  return constraints.query_choice(request, "thingPrincipalType", {"EXCLUSIVE_THING", "NON_EXCLUSIVE_THING"});
}

struct LinksWanted {
  cloud::PageRequest page;
  std::optional<std::string> type;
};

LinksWanted links_wanted(Constraints& constraints, const Request& request) {
  return {page_request(constraints, request, kTokens), type_filter(constraints, request)};
}

/// `list` gives a page of links, `key` is what they are ordered by.
template <class List, class Show>
Outcome list_links(const LinksWanted& wanted, const List& list, std::string_view member,
                   std::string ThingPrincipal::* key, const Show& show) {
  std::string last;
  XL_TRY(const auto found,
         filtered<ThingPrincipal>(
             wanted.page, list, [&](const auto& link) { return !wanted.type || *wanted.type == text_of(link); }, key,
             last));
  return listing(member, kTokens, found, show, last);
}

template <class Show>
Outcome list_of_thing(const Request& request, const cloud::Registry& registry, std::string_view member,
                      const Show& show) {
  Constraints constraints;
  const std::string name = constraints.label(request, "thingName", rules::kThingName);
  const LinksWanted wanted = links_wanted(constraints, request);
  XL_CHECK(constraints.result());
  XL_CHECK(registry.things().find(request.account.id, name));
  return list_links(
      wanted, [&](const auto& page) { return registry.things().links_of_thing(request.account.id, name, page); },
      member, &ThingPrincipal::certificate_id, show);
}

template <class Show>
Outcome list_of_principal(const Request& request, const cloud::Registry& registry, std::string_view member,
                          const Show& show) {
  Constraints constraints;
  const std::string arn = principal_header(constraints, request);
  const LinksWanted wanted = links_wanted(constraints, request);
  XL_CHECK(constraints.result());
  XL_TRY(const std::string id, certificate_of(request, arn));
  XL_CHECK(registry.certificates().find(request.account.id, id));
  return list_links(
      wanted, [&](const auto& page) { return registry.things().links_of_certificate(request.account.id, id, page); },
      member, &ThingPrincipal::thing_name, show);
}

}  // namespace

tl::expected<Change, Fault> attach_thing_principal(const Request& request, const Site&) {
  Constraints constraints;
  const bool exclusive = type_filter(constraints, request) == "EXCLUSIVE_THING";
  XL_TRY(const Link link, link_of(constraints, request));
  return [request, link, exclusive](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.things().find(link.account, link.thing));
    XL_CHECK(check_attachable(registry, request, link.certificate));
    XL_CHECK(check_exclusiveness(registry, link, exclusive));
    if (exclusive) {
      XL_CHECK(registry.things().attach_exclusively(link.account, link.thing, link.certificate));
    } else {
      XL_CHECK(registry.things().attach(link.account, link.thing, link.certificate));
    }
    return Reply{};
  };
}

tl::expected<Change, Fault> detach_thing_principal(const Request& request, const Site&) {
  Constraints constraints;
  XL_TRY(const Link link, link_of(constraints, request));
  return [link](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.things().find(link.account, link.thing));
    XL_CHECK(registry.certificates().find(link.account, link.certificate));
    XL_CHECK(registry.things().detach(link.account, link.thing, link.certificate));
    return Reply{};
  };
}

Outcome list_thing_principals(const Request& request, const cloud::Registry& registry, const Site&) {
  return list_of_thing(request, registry, "principals", [&](const auto& link) {
    return boost::json::string(request.arn("cert/" + link.certificate_id));
  });
}

Outcome list_thing_principals_v2(const Request& request, const cloud::Registry& registry, const Site&) {
  return list_of_thing(request, registry, "thingPrincipalObjects", [&](const auto& link) {
    return Reply{{"principal", request.arn("cert/" + link.certificate_id)}, {"thingPrincipalType", text_of(link)}};
  });
}

Outcome list_principal_things(const Request& request, const cloud::Registry& registry, const Site&) {
  return list_of_principal(request, registry, "things",
                           [](const auto& link) { return boost::json::string(link.thing_name); });
}

Outcome list_principal_things_v2(const Request& request, const cloud::Registry& registry, const Site&) {
  return list_of_principal(request, registry, "principalThingObjects", [](const auto& link) {
    return Reply{{"thingName", link.thing_name}, {"thingPrincipalType", text_of(link)}};
  });
}

}  // namespace xl::api
