package hook

import "fmt"

// Limits of one call. Okta's own calls measure a few KiB; what it accepts as an
// answer is below 256 KB, so the same bound is used for what it sends.
const (
	maxBodyBytes = 256 << 10
	maxIDBytes   = 256  // Okta's ids have 20 characters, a jti below 100
	maxURLBytes  = 2048 // as much as browsers and proxies agree to carry
	maxAMRValues = 64   // Okta reports a handful of methods per sign-in
)

// checkSizes refuses values that are longer than anything Okta sends. It is plain
// code and not struct tags, which cost as much as the whole decoding.
func checkSizes(r *Request) error {
	p := &r.Data.Context.Protocol
	if err := checkTexts(
		text{"eventId", r.EventID, maxIDBytes},
		text{"source", r.Source, maxURLBytes},
		text{"data.context.request.id", r.Data.Context.Request.ID, maxIDBytes},
		text{"data.context.protocol.request.client_id", p.Request.ClientID, maxIDBytes},
		text{"data.context.protocol.request.grant_type", p.Request.GrantType, maxIDBytes},
		text{"data.context.protocol.issuer.uri", p.Issuer.URI, maxURLBytes},
		text{"data.context.protocol.client.id", p.Client.ID, maxIDBytes},
		text{"data.context.session.userId", r.Data.Context.Session.UserID, maxIDBytes},
		text{"data.context.user.id", r.Data.Context.User.ID, maxIDBytes},
	); err != nil {
		return err
	}
	if err := checkAMR("data.context.session.amr", r.Data.Context.Session.AMR); err != nil {
		return err
	}
	if t := r.Data.Identity; t != nil {
		if err := checkTexts(
			text{"data.identity.claims.sub", t.Claims.Sub, maxIDBytes},
			text{"data.identity.claims.iss", t.Claims.Iss, maxURLBytes},
			text{"data.identity.claims.jti", t.Claims.JTI, maxIDBytes},
		); err != nil {
			return err
		}
		if err := checkAMR("data.identity.claims.amr", t.Claims.AMR); err != nil {
			return err
		}
	}
	if t := r.Data.Access; t != nil {
		return checkTexts(
			text{"data.access.claims.uid", t.Claims.UID, maxIDBytes},
			text{"data.access.claims.cid", t.Claims.CID, maxIDBytes},
			text{"data.access.claims.iss", t.Claims.Iss, maxURLBytes},
			text{"data.access.claims.jti", t.Claims.JTI, maxIDBytes},
		)
	}
	return nil
}

// text is a value, where it stands, and how many bytes it may have.
type text struct {
	location, value string
	most            int
}

func checkTexts(texts ...text) error {
	for _, t := range texts {
		if len(t.value) > t.most {
			return tooLong(t.location, t.most)
		}
	}
	return nil
}

func checkAMR(location string, values []string) error {
	if len(values) > maxAMRValues {
		return tooLong(location, maxAMRValues)
	}
	for i, v := range values {
		if len(v) > maxIDBytes {
			return tooLong(fmt.Sprintf("%s[%d]", location, i), maxIDBytes)
		}
	}
	return nil
}

func tooLong(location string, most int) error {
	return &MalformedError{Reason: "TOO_LONG", Location: location, Detail: fmt.Sprintf("longer than %d", most)}
}
