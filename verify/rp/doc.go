// Package rp is a relying party that signs in as Pro Santé Connect would and shows what it got, check by check.
//
// [Client] signs in with the Authorization Code flow and PKCE (RFC 6749, RFC 7636) and finds the provider and its keys;
// [RP] serves that to browsers under /rp/, and judges tokens that are posted; [Client.SignInLoopback] does it for a
// program on the user's own machine. What the tokens are worth is for [pschook/verify.Run] to say.
//
// Raw tokens and signatures are never rendered nor logged, and nothing about a person is kept: a report lives as long
// as the answer that carries it. Whatever comes from outside is bounded in size, depth, time and work, and a provider
// leads to nothing that is less safe or nearer than itself.
package rp
