// Package outcomes finds out what Okta did with the answers of the token hook.
//
// Okta may drop an answer, give up a call, or lose the hook from its rule. It does not tell the
// service, but it writes all this into its System Log, and sends some of it to event hooks. This
// package reads both. It keeps of each event what concerns the hook, and nothing about a person. It
// joins the events with the calls that this process answered:
//
//	Reader    polls GET /api/v1/logs in the background      ┐
//	Receiver  is an event hook: Okta pushes events to it    ├──▶ Ledger: counts, joins, remembers the last
//	Scan      reads a log that an administrator exported    ┘
//
// How events and calls are joined: an event's transaction.id is compared with the hook call's
// data.context.request.id. Okta documents neither. (This is an assumption. In recorded events of
// other kinds, transaction.id is the id of Okta's own request.) The metric
// pschook_okta_joined_total shows whether the assumption holds: if not, no minting is joined.
//
// Success may be silent: Okta writes inline_hook.response.processed for every answer only when
// debugging is switched on for the hook. So the package reports Applied only where Okta says it.
// Silence is not success.
package outcomes
