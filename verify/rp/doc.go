// Package rp is a relying party. It signs in as Pro Santé Connect would and shows, check by check,
// what it got.
//
// [Client] signs in with the Authorization Code flow and PKCE (RFC 6749, RFC 7636) and finds the
// provider and its keys. [RP] offers that to browsers under /rp/, and also checks tokens that are
// posted there. [Client.SignInLoopback] signs in for a program on the user's own machine.
// [pschook/verify.Run] checks the tokens.
//
// Raw tokens and signatures are never shown or logged. Nothing about a person is stored on disk:
// reports stay in memory for ten minutes at most. Everything from outside is bounded in size,
// depth, time and work. A provider cannot send the client to an address that is less safe or nearer
// than its own.
package rp
