// Package wire is the small change of Okta's answers: ids, times, links, errors and
// JSON. It knows nothing of an org.
package wire
