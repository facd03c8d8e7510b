package payload

import (
	"fmt"
	"strings"
)

// MaxRules is the most that [Policy] makes: as many as there are ways to pick three
// of the values of [absent].
const MaxRules = 220

// absent are values of amr (RFC 8176, section 2) that the calls do not have.
func absent() [12]string {
	return [12]string{"face", "fpt", "geo", "hwk", "iris", "kba", "otp", "pin", "retina", "sc", "sms", "tel"}
}

// Policy is an AMR policy of n rules, up to [MaxRules], of which only the last
// applies to the calls, so that all are tried. No rule hides another.
func Policy(n int) string {
	var b strings.Builder
	b.WriteString("unmatched: deny\nrules:\n")
	for _, all := range triples(n - 1) {
		_, _ = fmt.Fprintf(&b, "  - {name: %s, all: [pwd, %s], emit: [pwd]}\n", strings.Join(all, "-"), strings.Join(all, ", ")) // a Builder takes everything
	}
	b.WriteString("  - {name: okta-verify, all: [pwd, mfa], any: [okta_verify, swk], emit: [" + strings.Join(amr(), ", ") + "], attest: [swk, okta_verify]}\n")
	return b.String()
}

// triples are n different sets of three absent values.
func triples(n int) [][]string {
	values := absent()
	var out [][]string
	for i, first := range values {
		for j, second := range values[:i] {
			for _, third := range values[:j] {
				if len(out) == n {
					return out
				}
				out = append(out, []string{first, second, third})
			}
		}
	}
	return out
}
