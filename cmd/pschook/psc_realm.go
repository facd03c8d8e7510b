package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pschook/internal/pscrealm"
	"pschook/verify"
)

// realmFlags are the flags of psc-realm, as typed.
type realmFlags struct {
	establishments []string
	service        string
	amr            []string
	signedUserinfo bool
	output         string
	notes          bool
}

func (a *app) pscRealmCommand() *cobra.Command {
	var f realmFlags
	cmd := &cobra.Command{
		Use:   "psc-realm",
		Short: "Write a Keycloak realm that plays Pro Santé Connect, to rehearse a delegation",
		Long: `Write a realm file that any Keycloak 26 imports, by "kc.sh start-dev --import-realm" or in a container. The realm plays
Pro Santé Connect for the establishments that are named: it signs in at their Okta orgs, holds tid, oid and amr against
what was agreed, asks for the appairage at the first sign-in and for a confirmation at each, and tells the service the
level as acr. It can do so before the ANS has connected the org.

  --establishment alias=chu-exemple,issuer=https://chu.okta.com/oauth2/default,client-id=0oa…,tid=00o…
      Once for each. Further: hint=… (kc_idp_hint, instead of OKTA_<alias>), name=…, and secret-file=FILE for a Web app;
      without it the app is an SPA. The app needs the redirect URI
      https://<keycloak>/realms/` + pscrealm.Realm + `/broker/<hint>/endpoint.
  --service client-id=portail,redirect-uri=https://portail.example/callback
      The service provider. Further: secret-file=FILE; without it a secret is drawn.
  --amr substantiel=swk,mfa,pwd,okta_verify
      A set that was agreed with the ANS, once for each; they replace the two that the ANS agreed for Okta.

People and passwords are drawn and told on standard error. What the realm assumes of PSC, and what it does not play,
is printed by --notes. It is a rehearsal: it protects nothing.`,
		RunE: func(*cobra.Command, []string) error { return a.pscRealm(f) },
	}
	cmd.Flags().StringArrayVar(&f.establishments, "establishment", nil, "alias=…,issuer=…,client-id=…,tid=…: an establishment and its org; may be repeated")
	cmd.Flags().StringVar(&f.service, "service", "", "client-id=…,redirect-uri=…: the service provider")
	cmd.Flags().StringArrayVar(&f.amr, "amr", nil, "LEVEL=value,value: an agreed set; LEVEL is substantiel or eleve; may be repeated (default: those of the ANS)")
	cmd.Flags().BoolVar(&f.signedUserinfo, "signed-userinfo", false, "userinfo as a signed JWT instead of JSON")
	cmd.Flags().StringVarP(&f.output, "output", "o", "-", "file to write, readable by its owner alone; - is standard output")
	cmd.Flags().BoolVar(&f.notes, "notes", false, "print what the realm assumes of PSC and what it does not play, and write no realm")
	return cmd
}

func (a *app) pscRealm(f realmFlags) error {
	if f.notes {
		for _, n := range pscrealm.Notes() {
			if _, err := fmt.Fprintf(a.io.out, "%-11s %s\n", n.Kind+":", n.Text); err != nil {
				return err
			}
		}
		return nil
	}
	o, err := f.options()
	if err != nil {
		return &exitError{Code: exitUsage, Err: err, Hint: "pschook psc-realm --help shows an example"}
	}
	file, err := pscrealm.File(o)
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	if f.output == "-" {
		_, err = a.io.out.Write(file)
	} else {
		err = writePrivate(f.output, file)
	}
	if err != nil {
		return fmt.Errorf("the realm could not be written: %w", err)
	}
	a.tellRealm(o)
	return nil
}

// tellRealm tells a tester what else is needed. It writes to standard error, because the realm may go to standard
// output.
func (a *app) tellRealm(o pscrealm.Options) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(a.io.err, format+"\n", args...) } // a failure cannot be reported anywhere else
	for _, e := range o.Establishments {
		say("%s: redirect URI of PSC's app in Okta: https://<keycloak>/realms/%s/broker/%s/endpoint", e.Alias, pscrealm.Realm, e.KCIdPHint())
	}
	for _, s := range o.Services {
		say("service %s: client secret %s", s.ClientID, s.Secret)
	}
	for _, p := range o.Accounts {
		say("professional %s: %s %s, password %s", p.NationalID, p.GivenName, p.FamilyName, p.Password)
	}
}

// writePrivate writes a file that holds secrets. An existing file gets mode 0600 too.
func writePrivate(name string, content []byte) error {
	if err := os.WriteFile(name, content, 0o600); err != nil {
		return err
	}
	return os.Chmod(name, 0o600)
}

// options reads the flags.
func (f realmFlags) options() (pscrealm.Options, error) {
	o := pscrealm.Options{Accounts: pscrealm.People(rand.Text())}
	if len(f.establishments) == 0 || f.service == "" {
		return o, errors.New("--establishment and --service are needed")
	}
	for _, text := range f.establishments {
		pairs, err := fields("establishment", text, "alias", "issuer", "client-id", "tid", "hint", "name", "secret-file")
		if err != nil {
			return o, err
		}
		secret, err := secretFile("establishment", pairs, "")
		if err != nil {
			return o, err
		}
		o.Establishments = append(o.Establishments, pscrealm.Establishment{
			Alias: pairs["alias"], Issuer: pairs["issuer"], ClientID: pairs["client-id"], TID: pairs["tid"],
			Hint: pairs["hint"], Name: pairs["name"], ClientSecret: secret,
		})
	}
	pairs, err := fields("service", f.service, "client-id", "redirect-uri", "secret-file")
	if err != nil {
		return o, err
	}
	secret, err := secretFile("service", pairs, rand.Text())
	if err != nil {
		return o, err
	}
	o.Services = []pscrealm.Service{{
		ClientID: pairs["client-id"], RedirectURIs: []string{pairs["redirect-uri"]}, Secret: secret, SignedUserinfo: f.signedUserinfo,
	}}
	o.Sets, err = agreedSets(f.amr)
	return o, err
}

// secretFile reads the secret from the file that a flag names by secret-file; without that it returns otherwise.
func secretFile(flag string, pairs map[string]string, otherwise string) (string, error) {
	name, ok := pairs["secret-file"]
	if !ok {
		return otherwise, nil
	}
	secret, err := readSecret(name)
	if err != nil {
		return "", fmt.Errorf("--%s: secret-file: %w", flag, err)
	}
	if secret == "" {
		return "", fmt.Errorf("--%s: secret-file %s is empty", flag, name)
	}
	return secret, nil
}

// fields reads key=value,key=value. A value ends at the next comma.
func fields(flag, text string, known ...string) (map[string]string, error) {
	pairs := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(pair, "=")
		switch _, twice := pairs[key]; {
		case !ok:
			return nil, fmt.Errorf("--%s: %q is not key=value", flag, pair)
		case !slices.Contains(known, key):
			return nil, fmt.Errorf("--%s: unknown key %q (one of %s)", flag, key, strings.Join(known, ", "))
		case twice:
			return nil, fmt.Errorf("--%s: %s is there twice", flag, key)
		}
		pairs[key] = value
	}
	return pairs, nil
}

// agreedSets reads LEVEL=value,value; without any it returns what the ANS agreed for Okta.
func agreedSets(texts []string) ([]pscrealm.Set, error) {
	var sets []pscrealm.Set
	for _, text := range texts {
		level, values, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--amr: got %q, wanted LEVEL=value,value", text)
		}
		sets = append(sets, pscrealm.Set{Level: level, Values: strings.Split(values, ",")})
	}
	if len(texts) == 0 {
		for _, s := range verify.DefaultAMRSets() {
			sets = append(sets, pscrealm.Set{Level: s.Level, Values: s.Values})
		}
	}
	return sets, nil
}
