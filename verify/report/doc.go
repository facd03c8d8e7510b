// Package report makes reports of checks and writes them as text, JSON and JUnit XML, in English or
// French.
//
// [Run] evaluates a list of [Rule]. Each rule says what was wanted, what was found and what to do.
// The same engine checks tokens, an Okta org and a hook.
//
// Of this module, report imports only [pschook/verify/words].
package report
