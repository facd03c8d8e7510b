package store

import "slices"

// Feature is something that Okta switches on for one org and not for another, and
// that shows in what the Management API answers.
type Feature string

// The features that the emulator plays.
const (
	FeatureThreatProtection Feature = "identity-threat-protection" // apps have a universalLogout; itpEnabled in the org's metadata
	FeatureSingleLogout     Feature = "single-logout"              // OIDC apps have participate_slo
	FeatureRealms           Feature = "realms"                     // users belong to a realm, and link to resetFactors
	FeatureGroupOwners      Feature = "group-owners"               // groups link to their owners

	// FeatureNoAPIAccess is the lack of the product API Access Management: no authorization server can be made.
	FeatureNoAPIAccess Feature = "no-api-access-management"
)

// AllFeatures lists the features.
func AllFeatures() []Feature {
	return []Feature{FeatureThreatProtection, FeatureSingleLogout, FeatureRealms, FeatureGroupOwners, FeatureNoAPIAccess}
}

// UsualFeatures are those of an org that was not told otherwise: what most of the
// recorded exchanges with real orgs show.
func UsualFeatures() []Feature { return []Feature{FeatureSingleLogout, FeatureRealms} }

// Has reports whether the org has the feature.
func (s *State) Has(f Feature) bool { return slices.Contains(s.features, f) }
