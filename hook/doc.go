// Package hook is the HTTP edge of an Okta token inline hook. It authenticates the caller, reads
// the call, lets package commands decide and writes the answer.
//
// Okta waits 3 s for the whole call and never repeats it. When the answer is late or not 2xx, Okta
// mints tokens without our claims (Okta developer docs, concepts/inline-hooks). So every call is
// answered within [Options.Timeout], however long the org lookup takes. Every answer that is not a
// success says in Okta's error object what was wrong and where.
//
// The package never logs, counts, traces or echoes a credential or anything that identifies a
// person. A [Handler] serves one Okta org; it holds no global state and is safe for concurrent use.
package hook
