package server

import (
	"fmt"
	"time"

	"pschook/commands"
	"pschook/internal/config"
	"pschook/orglookup"
)

// Checks returns the rules that parts of the service have for the configuration. With them,
// [config.Load] reports all faults in one message.
func Checks() []config.Check {
	return []config.Check{checkOrg, checkReservedClaims, checkAMRPolicy, checkPrivateKey, checkTLS, checkClientCertificate}
}

// checkOrg finds an org from examples, which nobody owns.
func checkOrg(c *config.Config) (faults []config.Fault, warnings []config.Warning) {
	if c.Okta.OrgURL == nil || c.Okta.OrgURL.Hostname() != "example.okta.com" {
		return nil, nil
	}
	return nil, []config.Warning{config.Fault{
		Variable: config.Prefix + "OKTA_ORG_URL", Got: fmt.Sprintf("%q, which stands for no org", c.Okta.OrgURL.String()), Wanted: "the URL of your own org",
	}.Tolerated()}
}

// checkReservedClaims explains Okta's rule when a claim is placed where Okta reserves it.
func checkReservedClaims(c *config.Config) (faults []config.Fault, warnings []config.Warning) {
	opts := claimOptions(c)
	opts.Policy = commands.DefaultPolicy() // checkAMRPolicy checks the configured one
	b, err := commands.New(opts)
	for _, e := range each(err) {
		reserved, ok := e.(*commands.ReservedClaimError) //nolint:errorlint // each yields the errors themselves
		if !ok {
			continue // package config checks the rest
		}
		f := config.Fault{Variable: placementVariable(reserved.Token), Got: fmt.Sprintf("%q", string(reserved.Claim)), Remedy: reserved.Error()}
		f.Wanted = "only claims that Okta lets a hook add to the " + reserved.Token.String()
		if reserved.Claim == commands.AMR {
			f.Remedy += "; if you have seen your org apply such a patch, set " + config.Prefix + "ALLOW_RESERVED_CLAIMS=amr"
		}
		faults = append(faults, f)
	}
	if err == nil {
		for _, text := range b.Warnings() {
			warnings = append(warnings, config.Warning{Variable: config.Prefix + "ALLOW_RESERVED_CLAIMS", Text: text})
		}
	}
	return faults, warnings
}

func placementVariable(t commands.Token) string {
	if t == commands.IDToken {
		return config.Prefix + "ID_TOKEN_CLAIMS"
	}
	return config.Prefix + "ACCESS_TOKEN_CLAIMS"
}

// checkAMRPolicy reports every fault of the policy file with its line and column.
func checkAMRPolicy(c *config.Config) (faults []config.Fault, warnings []config.Warning) {
	const variable = config.Prefix + "AMR_POLICY_FILE"
	_, odd, err := ReadPolicy(c.Claims.AMRPolicyFile)
	for _, e := range each(err) {
		faults = append(faults, config.Fault{
			Variable: variable, Got: e.Error(), Wanted: "an AMR policy that never says more than was done",
			Remedy: "pschook config --amr-policy prints the built-in one",
		})
	}
	for _, w := range odd {
		warning := config.Warning{Variable: variable, Text: w.String()}
		if w.Overstated {
			warning = config.Fault{Variable: variable, Got: w.String(), Wanted: "levels that the evidence is worth"}.Tolerated()
		}
		warnings = append(warnings, warning)
	}
	return faults, warnings
}

func checkPrivateKey(c *config.Config) ([]config.Fault, []config.Warning) {
	if c.Okta.PrivateKeyFile == "" {
		return nil, nil
	}
	if _, err := readPrivateKey(c.Okta.PrivateKeyFile); err != nil {
		return []config.Fault{{
			Variable: config.Prefix + "OKTA_PRIVATE_KEY_FILE", Got: fmt.Sprintf("%q: %v", c.Okta.PrivateKeyFile, err),
			Wanted: "the private key of the API service app, PEM or JWK",
		}}, nil
	}
	return nil, nil
}

// checkTLS reads the certificate, so that a wrong one is found before the service starts.
func checkTLS(c *config.Config) (faults []config.Fault, warnings []config.Warning) {
	const variable = config.Prefix + "TLS_CERT_FILE"
	if c.TLS.CertFile == "" || c.TLS.KeyFile == "" {
		return nil, nil
	}
	id, err := readIdentity(c.TLS)
	if err != nil {
		return []config.Fault{{Variable: variable, Got: err.Error(), Wanted: "a certificate and its private key (PEM), and authorities of client certificates if these are asked for"}}, nil
	}
	if err := valid(id, time.Now()); err != nil {
		warnings = []config.Warning{{Variable: variable, Text: err.Error() + ": Okta will refuse to connect to it"}}
	}
	return nil, warnings
}

// checkClientCertificate does the same for the certificate of the relying party.
func checkClientCertificate(c *config.Config) (faults []config.Fault, warnings []config.Warning) {
	const variable = config.Prefix + "RP_CLIENT_CERT_FILE"
	if c.RP.ClientCertFile == "" || c.RP.ClientKeyFile == "" {
		return nil, nil
	}
	pair, err := ReadClientCertificate(c.RP.ClientCertFile, c.RP.ClientKeyFile)
	if err != nil {
		return []config.Fault{{Variable: variable, Got: err.Error(), Wanted: "a client certificate and its private key (PEM)"}}, nil
	}
	if err := valid(&identity{certificate: pair}, time.Now()); err != nil {
		warnings = []config.Warning{{Variable: variable, Text: err.Error() + ": the provider will refuse it"}}
	}
	return nil, warnings
}

// ReadPolicy reads the AMR policy from a file; an empty name means the built-in policy. Errors are
// those of reading, or joined *commands.PolicyError.
func ReadPolicy(file string) (*commands.Policy, []commands.Warning, error) {
	if file == "" {
		return commands.DefaultPolicy(), nil, nil
	}
	text, err := config.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	return commands.ParsePolicy(file, text)
}

func readPrivateKey(file string) (*orglookup.PrivateKey, error) {
	text, err := config.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return orglookup.ParsePrivateKey(text)
}

// each returns the errors that errors.Join joined, or err alone, or nothing.
func each(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// claimOptions translates the configuration for package commands, without the policy.
func claimOptions(c *config.Config) commands.Options {
	return commands.Options{
		AccessTokenClaims: claims(c.Claims.AccessToken), IDTokenClaims: claims(c.Claims.IDToken),
		Reserved: commands.ReservedTable(c.Claims.Reserved), AllowReserved: c.Claims.AllowReserved,
		OIDFormat: commands.Format(c.Claims.OIDFormat), TIDFormat: commands.Format(c.Claims.TIDFormat),
		OnFailure: commands.OnFailure(c.Hook.OnFailure),
	}
}

// claims never returns nil, because "no claims" is a setting of its own.
func claims(names []string) []commands.Claim {
	out := make([]commands.Claim, 0, len(names))
	for _, name := range names {
		out = append(out, commands.Claim(name))
	}
	return out
}
