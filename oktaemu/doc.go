// Package oktaemu is an Okta org in a process: authorization servers, the parts
// of the Management API that deal with them, and a caller of token inline hooks
// that takes the answers as Okta does.
//
// Use it as you use net/http/httptest: [New] listens, [Org.URL] says where,
// [Org.SignIn] runs a whole sign-in without a browser, [Org.Close] ends it. Every
// [Org] is independent of the others, so tests run in parallel; the clock is
// given in, so tests move it. An Org is also an http.Handler, for a listener of yours.
//
// What is promised: at Okta's own paths, requests and answers of Okta's shape,
// with Okta's error codes, and Okta's rules for a hook (Okta developer docs,
// concepts/inline-hooks and guides/token-inline-hook):
//
//   - one call per minting, 3 s at most, never retried, redirects not followed;
//   - an answer applies whole or not at all: a reserved claim, a token that is
//     not being minted or a place that is not there loses every command;
//   - an error object refuses the tokens, and its text reaches the client;
//   - anything else (another status, a timeout, unreadable JSON) mints the
//     tokens as they were.
//
// An org can be made of a file ([ParseSeed]), and written to one ([Org.Seed]).
//
// What it is not: it keeps nothing on disk, lives for one process and has no
// second factor that anybody could fail: each of its personas signs in by one
// method that always succeeds. A path of Okta's that it does not know answers 501.
// Paths under /_emu are the emulator's own: faults to inject, and the record of
// hook calls.
//
// Memory is bounded: records are rings, codes and sessions expire, and every
// store has a greatest size.
package oktaemu
