// Package outcomes finds out what Okta did with the answers of the token hook.
//
// Okta drops an answer, gives a call up or loses the hook from its rule without telling the service. It does
// tell its System Log, and pushes some of that to event hooks. This package reads both, keeps of each event
// what concerns the hook and nothing about a person, and joins it to the calls that this process answered:
//
//	Reader    polls GET /api/v1/logs in the background      ┐
//	Receiver  is an event hook: Okta pushes events to it    ├──▶ Ledger: counts, joins, remembers the last
//	Scan      reads a log that an administrator exported    ┘
//
// What is joined, and by what: an event's transaction.id is taken for the hook call's data.context.request.id.
// Okta documents neither (assumption; in recorded events of other kinds transaction.id is the id of Okta's own
// request). The metric pschook_okta_joined_total shows whether it holds: without it no minting is joined.
//
// Success may be silent: Okta writes inline_hook.response.processed for every answer only with debugging
// switched on for the hook. So Applied is only said where Okta says it, and nothing heard is not success.
package outcomes
