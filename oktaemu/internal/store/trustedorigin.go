package store

import "pschook/oktaemu/internal/wire"

// OriginCORS is the scope of a trusted origin whose pages may call the org.
const OriginCORS = "CORS"

// TrustedOrigin is an origin that an administrator entered.
type TrustedOrigin struct {
	ID          string
	Name        string
	Origin      string // "https://app.example"
	Status      string // ACTIVE, INACTIVE
	Scopes      []string
	Created     wire.Stamp
	LastUpdated wire.Stamp
}

// allows reports whether pages of the origin may call the org by this entry.
func (o TrustedOrigin) allows(origin string) bool {
	for _, scope := range o.Scopes {
		if scope == OriginCORS {
			return o.Status == "ACTIVE" && OriginOf(o.Origin) == origin
		}
	}
	return false
}
