// Package oktaemu is an Okta org in a process: authorization servers, the parts of the Management
// API that concern them, and a caller of token inline hooks that treats the answers as Okta does.
//
// Use it like net/http/httptest: [New] listens, [Org.URL] says where, [Org.SignIn] runs a whole
// sign-in without a browser, [Org.Close] ends it. Every [Org] is independent of the others, so
// tests can run in parallel. Tests can set and move the clock. An Org is also an http.Handler, for
// your own listener.
//
// It promises, at Okta's own paths, requests and answers in Okta's form, with Okta's error codes,
// and Okta's rules for a hook (Okta developer docs, concepts/inline-hooks and
// guides/token-inline-hook):
//
//   - one call per minting, 3 s at most, never retried, redirects not followed;
//   - an answer applies whole or not at all: a reserved claim, a token that is not being minted or
//     a place that does not exist loses every command;
//   - an error object refuses the tokens, and its text reaches the client;
//   - anything else (another status, a timeout, unreadable JSON) mints the tokens unchanged.
//
// An org can be made from a file ([ParseSeed]), and written to one ([Org.Seed]).
//
// Limits: it keeps nothing on disk and lives as long as one process. No second factor can fail:
// each of its personas signs in by one method that always succeeds. It answers 501 to a path of
// Okta's that it does not know. Paths under /_emu are the emulator's own: faults to inject, and the
// record of hook calls.
//
// Memory is bounded: records are rings, codes and sessions expire, and every store has a greatest
// size.
package oktaemu
