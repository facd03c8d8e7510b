// Package hook is the HTTP edge of an Okta token inline hook: it authenticates
// the caller, reads the call, lets package commands decide and writes the answer.
//
// Okta waits 3 s for the whole call, never repeats it, and mints tokens without
// our claims when the answer is late or not 2xx (Okta developer docs,
// concepts/inline-hooks). So every call is answered within [Options.Timeout] of
// the decision at the latest, whatever the org lookup does, and every answer that
// is not a success says in Okta's error object what was wrong and where.
//
// Nothing that identifies a person and no credential is logged, counted, traced
// or echoed. A [Handler] serves one Okta org; it holds no global state and is safe
// for concurrent use.
package hook
