// Package doctor finds out what is wrong with a registered token hook, and says where to repair it.
//
// [Run] compares a live Okta org with the configuration: it reads the org's objects, checks the
// hook URL's certificate, and has Okta itself call the hook with a sample. [Probe] calls the hook
// as Okta does, once with a good credential and twice without one, for monitoring. Both return a
// [report.Report] in English or French.
//
// Neither changes anything in the org or the service. The sample names a user who does not exist.
// Its event id begins with [EventIDPrefix], so that it can be distinguished from Okta's calls in
// any log.
//
// Reading and judging are separate: all that is read goes into an evidence, and each check is a
// function of that alone.
package doctor
