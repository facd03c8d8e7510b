package doctor

import (
	"crypto/rand"
	"strings"

	"github.com/go-json-experiment/json"
)

// EventIDPrefix begins the event id of every sample. It is found in the log of the service and in
// Okta's System Log.
const EventIDPrefix = "pschook-probe-"

// SampleUserID is the user of every sample. It has the form of Okta's ids, but belongs to nobody.
const SampleUserID = "00uPschookProbe00000"

// SampleOptions say which minting a sample is for.
type SampleOptions struct {
	Issuer   string   // issuer of the authorization server: "https://acme.okta.com/oauth2/default"
	ClientID string   // OAuth client that asks for tokens
	AMR      []string // how the person signed in, RFC 8176 spelling
}

// DefaultAMR is a sign-in with password and Okta Verify. The ANS gives it the level substantiel
// (ANS, PSC × Okta: amr).
func DefaultAMR() []string { return []string{"mfa", "okta_verify", "pwd", "swk"} }

// object is a JSON object.
type object = map[string]any

// GenerateSample returns the body of a call of the token inline hook. Okta makes such a call when a
// browser client exchanges a code for an ID token and an access token (Okta developer docs,
// reference/token-hook). Event id and token ids are random. It fails only if o holds invalid UTF-8.
func GenerateSample(o SampleOptions) ([]byte, error) {
	id := EventIDPrefix + strings.ToLower(rand.Text())
	protocol := object{
		"type":    "OAUTH2.0",
		"request": object{"scope": "openid", "response_type": "code", "client_id": o.ClientID, "grant_type": "authorization_code"},
		"issuer":  object{"uri": o.Issuer},
		"client":  object{"id": o.ClientID, "name": "pschook probe", "type": "PUBLIC"},
	}
	identity := object{
		"sub": SampleUserID, "ver": 1, "iss": o.Issuer, "aud": o.ClientID, "jti": "ID." + id, "amr": o.AMR, "preferred_username": "probe@pschook.invalid",
	}
	access := object{
		"ver": 1, "jti": "AT." + id, "iss": o.Issuer, "aud": o.Issuer, "cid": o.ClientID, "uid": SampleUserID, "sub": "probe@pschook.invalid",
	}
	lifetime := object{"lifetime": object{"expiration": 3600}}
	return json.Marshal(object{
		"source": o.Issuer + "/v1/token", "eventId": id, "eventType": "com.okta.oauth2.tokens.transform",
		"eventTypeVersion": "1.0", "cloudEventVersion": "0.1", "contentType": "application/json",
		"data": object{
			"context": object{
				"request":  object{"id": id, "method": "POST", "url": object{"value": o.Issuer + "/v1/token"}},
				"protocol": protocol, "user": object{"id": SampleUserID},
			},
			"identity": object{"claims": identity, "token": lifetime},
			"access":   object{"claims": access, "token": lifetime, "scopes": object{"openid": object{"id": "openid", "action": "GRANT"}}},
		},
	})
}
