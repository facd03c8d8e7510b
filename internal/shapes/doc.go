// Package shapes records what a hook call looks like, without any of its values.
//
// This project knows Okta's calls only from documents. The first calls of a live org can confirm or
// correct that, if they can be shown to others. A [Shape] can be shown: it has the members of a
// call with their types (also null and absent), words from a closed list, lengths, and marks that
// show which values are equal within the call. It holds no value of a person, no id, no address and
// no secret. Nothing in it connects two calls.
//
//	Of        turns a call into its shape
//	Recorder  writes the shapes of the first calls of a running service into a file
//	Compare   says what differs from the samples, and which decision that touches
package shapes
