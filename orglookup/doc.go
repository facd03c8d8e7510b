// Package orglookup answers one question: which id does this Okta org have, and under which hosts
// does it issue tokens? The id becomes the claim tid.
//
// Three sources can give the id: [Static] (agreed by hand), [WellKnown] (the public document
// /.well-known/okta-organization) and [Management] (GET /api/v1/org with an API token or OAuth 2.0
// for Okta). A [Lookup] asks its source in the background, one question at a time. It gives the
// last good answer to any number of callers without a lock. It promises:
//
//   - a failure is never taken for an answer, and never replaces a known id;
//   - an id that changes for the same org URL raises an alarm, and the old id stays;
//   - however many callers wait while Okta is down, calls to Okta follow the backoff;
//   - no credential ever appears in an error, a log line or a metric.
//
// Once the id is known, a token that is being minted never causes a call to Okta. The package never
// retries within one question, and changes nothing in the org.
//
// Sources of the facts: Okta developer docs, the Org Settings API (GET /api/v1/org and
// /.well-known/okta-organization), reference/rl-best-practices for the headers of rate limits, and
// guides/implement-oauth-for-okta-serviceapp (RFC 7523) for service apps.
//
// orglookup is ground floor: it imports no other package of this module.
package orglookup
