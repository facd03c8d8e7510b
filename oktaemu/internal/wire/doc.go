// Package wire holds the basic parts of Okta's answers: ids, times, links, errors and JSON. It
// knows nothing about an org.
package wire
