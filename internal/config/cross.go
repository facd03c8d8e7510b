package config

import (
	"net"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// resolve fills in values that follow from other variables.
func (l *loader) resolve(c *Config) {
	if c.TID.Source != "" {
		return
	}
	switch {
	case l.credentialGiven():
		c.TID.Source = SourceManagement
	case l.given("TID_VALUE"):
		c.TID.Source = SourceStatic
	default:
		c.TID.Source = SourceWellKnown
	}
}

// credentialGiven reports whether any part of a Management API credential is set, even if it is
// wrong.
func (l *loader) credentialGiven() bool {
	return slices.ContainsFunc([]string{"OKTA_API_TOKEN", "OKTA_CLIENT_ID", "OKTA_PRIVATE_KEY_FILE", "OKTA_PRIVATE_KEY_ID"}, l.given)
}

// cross applies the rules about several variables that struct tags cannot express.
func (l *loader) cross(c *Config) {
	if c.TID.Source == SourceManagement && !l.credentialGiven() {
		l.faults = append(l.faults, Fault{
			Variable: Prefix + "TID_SOURCE", Got: `"management" without a credential`,
			Wanted: Prefix + "OKTA_API_TOKEN, or all of " + Prefix + "OKTA_CLIENT_ID, " + Prefix + "OKTA_PRIVATE_KEY_FILE and " + Prefix + "OKTA_PRIVATE_KEY_ID",
			Remedy: "or " + Prefix + "TID_SOURCE=well-known, which needs none",
		})
	}
	if c.Outcomes.Mode == OutcomesLog && !l.credentialGiven() {
		l.faults = append(l.faults, Fault{
			Variable: Prefix + "OUTCOMES", Got: `"log" without a credential`,
			Wanted: Prefix + "OKTA_API_TOKEN, or all of " + Prefix + "OKTA_CLIENT_ID, " + Prefix + "OKTA_PRIVATE_KEY_FILE and " + Prefix + "OKTA_PRIVATE_KEY_ID, that may read the System Log",
			Remedy: "or " + Prefix + "OUTCOMES=events, which needs none",
		})
	}
	if c.TID.Source != SourceManagement && c.Outcomes.Mode != OutcomesLog && l.credentialGiven() {
		l.warn("TID_SOURCE", "the Okta API credential is not used while the source is %q", c.TID.Source)
	}
	if c.TID.Source != SourceStatic && l.given("TID_VALUE") {
		l.warn("TID_VALUE", "is not used while %sTID_SOURCE is %q; set that to static, or unset this", Prefix, c.TID.Source)
	}
	l.crossHook(c)
	l.crossSecrets(c)
	l.crossWritten("ORG_CACHE_FILE", c.TID.CacheFile)
	l.crossWritten("SHAPES_FILE", c.Outcomes.ShapesFile)
	if _, port, err := net.SplitHostPort(c.ListenAddr); err == nil && c.ListenAddr == c.AdminAddr && port != "0" {
		l.faults = append(l.faults, Fault{
			Variable: Prefix + "ADMIN_ADDR", Got: quote(c.AdminAddr) + ", the main listener's own",
			Wanted: "another address", Remedy: "for example " + Prefix + "ADMIN_ADDR=127.0.0.1:9090",
		})
	}
	if len(c.Claims.AccessToken) == 0 && len(c.Claims.IDToken) == 0 {
		l.warn("ACCESS_TOKEN_CLAIMS", "no claims for either token: the hook will never add anything")
	}
}

// crossHook applies the rules about who may call.
func (l *loader) crossHook(c *Config) {
	const secretsFile = secretsName + fileSuffix
	if l.from[secretsName] && len(c.Hook.Secrets) == 0 && c.Hook.OAuthIssuer != "" {
		l.faults = append(l.faults, Fault{
			Variable: secretsFile, Got: "a file without a secret", Wanted: l.table[l.index[secretsFile]].Wanted,
			Remedy: "unset it if Okta is to authenticate with access tokens only",
		})
	}
	if len(c.Hook.AllowedCIDRs) > 0 && len(c.TrustedProxies) == 0 && c.TLS.CertFile == "" {
		l.warn("ALLOWED_CIDRS", "without %sTRUSTED_PROXIES the address of a call is that of the connection: behind a proxy, the proxy's", Prefix)
	}
	for _, n := range c.TrustedProxies {
		if n.Bits() == 0 {
			l.warn("TRUSTED_PROXIES", "%s trusts everybody: any caller can then say where it comes from", n)
		}
	}
}

// crossSecrets warns about secrets that are easy to guess, or that hold text pasted by mistake.
func (l *loader) crossSecrets(c *Config) {
	v := l.table[l.index[secretsName]]
	l.warnings = append(l.warnings, secretWarnings(v, l.where(v), c.Hook.AuthHeader, l.secrets)...)
	for _, given := range []struct {
		name   string
		secret Secret
	}{{"OKTA_API_TOKEN", c.Okta.APIToken}, {"RP_CLIENT_SECRET", c.RP.ClientSecret}} {
		if given.secret == "" || !isVisible(string(given.secret)) {
			continue
		}
		if fault := pasted(string(given.secret), c.Hook.AuthHeader); fault != "" {
			v := l.table[l.index[Prefix+given.name]]
			f := Fault{Variable: l.where(v), Got: "a secret that " + fault, Wanted: v.Wanted, Remedy: secretRemedy(v)}
			l.warnings = append(l.warnings, f.Tolerated())
		}
	}
}

// crossWritten warns if the path of a file that the service writes is something other than a file.
// The service runs without that file.
func (l *loader) crossWritten(name, path string) {
	info, err := os.Stat(path)
	if path == "" || err != nil {
		return // the file need not exist
	}
	if err := regular(info); err != nil {
		v := l.table[l.index[Prefix+name]]
		f := Fault{Variable: v.Name, Got: quote(path) + ": " + err.Error(), Wanted: v.Wanted, Remedy: example(v)}
		l.warnings = append(l.warnings, f.Tolerated())
	}
}

// where returns the variable that gave the value of v: v itself, or the one that names its file.
func (l *loader) where(v Variable) string {
	if l.from[v.Name] {
		return v.Name + fileSuffix
	}
	return v.Name
}

// unknown warns about variables with our prefix that Load does not read: most are typing errors.
func (l *loader) unknown() {
	names := l.names()
	var strange []string
	for name := range l.src {
		if strings.HasPrefix(name, Prefix) && !slices.Contains(names, name) && !isServiceLink(name) {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	for _, name := range strange {
		text := "no such variable, it is not used"
		if best, ok := nearest(name, names); ok {
			text += "; perhaps " + best + " is meant"
		}
		l.warn(strings.TrimPrefix(name, Prefix), "%s", text)
	}
}

// names returns the names of all variables that Load reads.
func (l *loader) names() []string {
	var names []string
	for _, v := range l.table {
		names = append(names, v.Name)
		if v.HasFile {
			names = append(names, v.Name+fileSuffix)
		}
	}
	return names
}

// isServiceLink reports whether Kubernetes sets the variable for a Service named pschook (Kubernetes docs,
// "Accessing the Service", environment variables).
func isServiceLink(name string) bool {
	return strings.HasPrefix(name, Prefix+"SERVICE_") || name == Prefix+"PORT" || strings.HasPrefix(name, Prefix+"PORT_")
}

// nearest returns the most similar name, if it is similar enough.
func nearest(name string, names []string) (string, bool) {
	best, least := "", 1+(len(name)-len(Prefix))/3
	for _, n := range names {
		if d := levenshtein.ComputeDistance(name, n); d < least {
			best, least = n, d
		}
	}
	return best, best != ""
}
