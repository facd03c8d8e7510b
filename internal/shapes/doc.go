// Package shapes keeps of a hook call what it looks like and nothing of what it says.
//
// Everything that this project knows of Okta's calls comes from documents. The first calls of a live org can
// confirm or correct that, if they can be shown to somebody: a [Shape] has the members of a call with their
// types, null or absent, words out of a closed list, lengths, and marks that show which values are equal within
// the call. No value of a person, no id, no address, no secret is in it, and nothing that joins two calls.
//
//	Of        turns a call into its shape
//	Recorder  writes the shapes of the first calls of a running service into a file
//	Compare   says what differs from the samples, and which decision that touches
package shapes
