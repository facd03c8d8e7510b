// Package testdata holds the samples of hook calls, one for every kind of minting, so that programs can carry them.
//
// It is ground floor: it imports no other package of this module.
package testdata

import "embed"

// What the samples say of the org and the client that they come from.
const (
	OrgURL   = "https://hopital.okta.com"
	OrgID    = "00oIDPhopital000000"
	ClientID = "0oa9pscdeleg1Wk2Q0g5"
)

// Requests is the folder requests: what Okta posts to a token inline hook, a file for each kind of minting.
//
//go:embed requests/*.json
var Requests embed.FS
