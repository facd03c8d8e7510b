// Package doctor finds out what is wrong with a registered token hook, and says
// where to mend it.
//
// [Run] compares a live Okta org with the configuration: it reads the org's
// objects, looks at the hook URL's certificate, and has Okta itself call the hook with a
// sample. [Probe] calls the hook as Okta does, once with a good credential and twice
// without one, for monitoring. Both end in a [verify.Report] in English or French.
//
// Neither changes anything in the org or the service. The sample names a user that
// does not exist, and its event id begins with [EventIDPrefix], so that it can be
// told from Okta's calls in any log.
//
// Reading and judging are apart: what is read goes into an evidence, and each check is a
// function of that alone.
package doctor
