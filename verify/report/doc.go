// Package report makes reports of checks and writes them as text, JSON and JUnit XML, in English or French.
//
// [Examine] runs a list of [Rule]; each says what was wanted, what was found and what to do. The tokens, an Okta org
// and a hook are examined by the same engine.
//
// report imports [pschook/verify/words] alone of this module.
package report
