package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"pschook/internal/config"
	"pschook/internal/jwks"
	"pschook/internal/pscrealm"
	"pschook/internal/rehearsal"
	"pschook/oktaemu"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// pscTimeout bounds a check with Keycloak, which needs most of the time to start.
const pscTimeout = 15 * time.Minute

// pscAlias is the establishment of the demo; PSC calls it OKTA_demo.
const pscAlias = "demo"

// scenarioCallback is where pschook verify waits for a browser, unless told otherwise.
const scenarioCallback = "http://127.0.0.1:8976/callback"

// chain is the pair with a Keycloak before it that plays the part of Pro Santé Connect.
type chain struct {
	*pair

	kc       *rehearsal.Keycloak
	service  rehearsal.Service
	accounts []pscrealm.Account
	started  time.Duration // time until Keycloak listened
}

// startChain starts Keycloak from opts.psc, then the pair, and connects the two.
func startChain(ctx context.Context, opts options, env config.Source, stderr io.Writer) (*chain, error) {
	began := time.Now()
	kc, err := rehearsal.StartKeycloak(ctx, opts.psc, nil, io.Discard)
	if err != nil {
		return nil, err
	}
	c := &chain{kc: kc, started: time.Since(began), accounts: pscrealm.People(rand.Text())}
	c.service = rehearsal.Service{
		Issuer: kc.URL + "/realms/" + pscrealm.Realm, ClientID: "demo-service", Secret: rand.Text(),
		ACRValues: "eidas2", Hint: "OKTA_" + pscAlias,
	}
	opts.callbacks = []string{c.service.Issuer + "/broker/" + c.service.Hint + "/endpoint"}
	opts.beforeService = func(p *pair) error { return c.join(ctx, p) }
	opts.relyingParty = config.Source{
		"PSCHOOK_RP_ISSUER": c.service.Issuer, "PSCHOOK_RP_CLIENT_ID": c.service.ClientID, "PSCHOOK_RP_CLIENT_SECRET": c.service.Secret,
		"PSCHOOK_RP_PROFILE": "psc-op", "PSCHOOK_RP_ACR_VALUES": c.service.ACRValues,
	}
	if c.pair, err = start(ctx, opts, env, stderr); err != nil {
		return nil, errors.Join(err, kc.Stop())
	}
	return c, nil
}

// join imports the realm, which knows the org and the service's relying party.
func (c *chain) join(ctx context.Context, p *pair) error {
	c.service.RedirectURI = p.url + "/rp/callback"
	o := pscrealm.Options{
		Establishments: []pscrealm.Establishment{{
			Alias: pscAlias, Name: "Okta (" + pscAlias + ")", Issuer: p.org.Issuer(), ClientID: p.org.ClientID(), TID: p.org.OrgID(),
		}},
		Services: []pscrealm.Service{{ClientID: c.service.ClientID, Secret: c.service.Secret, RedirectURIs: []string{c.service.RedirectURI, scenarioCallback}}},
		Accounts: c.accounts,
	}
	for _, set := range verify.DefaultAMRSets() {
		o.Sets = append(o.Sets, pscrealm.Set{Level: set.Level, Values: set.Values})
	}
	file, err := pscrealm.File(o)
	if err != nil {
		return err
	}
	return c.kc.Replace(ctx, pscrealm.Realm, file)
}

func (c *chain) stop() error { return errors.Join(c.pair.stop(), c.kc.Stop()) }

// servePSC runs the chain until ctx ends.
func servePSC(ctx context.Context, opts options, env config.Source, stdout, stderr io.Writer) error {
	c, err := startChain(context.WithoutCancel(ctx), opts, env, stderr)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(stdout, format+"\n", args...) } // a closed stdout is no reason to stop
	say("Pro Santé Connect, played by Keycloak  %s", c.service.Issuer)
	say("Okta emulator                          %s", c.org.URL())
	say("pschook and its relying party          %s", c.url)
	say("")
	say("Open %s/rp/login, choose Okta (%s), and sign in as one of these:", c.url, pscAlias)
	for _, who := range oktaemu.Personas() {
		say("  %-32s %s", who.Login, who.Method)
	}
	say("PSC then asks who you are. Be one of these; the password stands for the card and its PIN:")
	for _, a := range c.accounts {
		say("  %s  %s  %s %s", a.NationalID, a.Password, a.GivenName, a.FamilyName)
	}
	say("The same by a hint, without the choice: %s", c.service.AuthorizationURL("demo"))
	say("Once cpx@hopital.example has signed in, what happens around a sign-in is played by:")
	say("  PSCHOOK_RP_CLIENT_SECRET=%s pschook verify --scenario all --profile psc-op --acr-values eidas2 --issuer %s --client-id %s --kc-idp-hint %s --as cpx@hopital.example",
		c.service.Secret, c.service.Issuer, c.service.ClientID, c.service.Hint)
	say("Ctrl-C stops all three.")
	<-ctx.Done()
	return c.stop()
}

// checkPSC signs in twice through the whole chain as opts.persona and prints what was sent at each step. It returns an
// error when PSC refuses the person, or when the result fails profile psc-op.
func checkPSC(ctx context.Context, opts options, env config.Source, stdout, stderr io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, pscTimeout)
	defer cancel()
	opts.addr, opts.oktaAddr = "127.0.0.1:0", "127.0.0.1:0" // so that it can run beside a running demo
	began := time.Now()
	if _, err := fmt.Fprintf(stdout, "Keycloak starts from %s: ten seconds and more.\n", opts.psc); err != nil {
		return err
	}
	c, err := startChain(ctx, opts, env, stderr)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "It listens after %s at %s\n", seconds(c.started), c.service.Issuer)
	err = c.check(ctx, opts.persona, &out)
	fmt.Fprintf(&out, "\n%s in all; Keycloak holds %d MB.\n", seconds(time.Since(began)), c.kc.Memory()>>20)
	_, printed := out.WriteTo(stdout)
	return errors.Join(err, printed, c.stop())
}

func (c *chain) check(ctx context.Context, persona string, out *bytes.Buffer) error {
	account := c.accounts[0]
	who := rehearsal.Person{Persona: persona, NationalID: account.NationalID, Password: account.Password}
	browser := rehearsal.NewBrowser(time.Now)
	for _, title := range []string{"First sign-in", "Second sign-in"} {
		fmt.Fprintf(out, "\n%s\n", title)
		shown, steps, err := browser.Walk(ctx, c.service.AuthorizationURL(rand.Text()), c.service.RedirectURI, who)
		c.printHops(out, steps)
		if err != nil {
			return err
		}
		if shown.Message != "" {
			return fmt.Errorf("PSC does not let %s in; the page says: %s", persona, shown.Message)
		}
		tokens, err := c.service.Redeem(ctx, shown.URL)
		if err != nil {
			return err
		}
		if err := c.printFarEnd(ctx, out, tokens, account); err != nil {
			return err
		}
		if tokens, err = c.service.Renew(ctx, tokens); err != nil {
			return err
		}
		fmt.Fprintln(out, "  after a refresh")
		if err := c.printFarEnd(ctx, out, tokens, account); err != nil {
			return err
		}
	}
	return nil
}

// printHops prints each request, with its time. After the org's own request it prints the hook call.
func (c *chain) printHops(out *bytes.Buffer, steps []rehearsal.Step) {
	for _, s := range steps {
		place := "PSC "
		if strings.HasPrefix(s.URL.String(), c.org.URL()) {
			place = "Okta"
		}
		hop(out, s.Took, place, fmt.Sprintf("%s → %d %s", hopName(s), s.Status, s.Did))
		if strings.HasSuffix(s.URL.Path, "/endpoint") { // here Keycloak exchanged Okta's code for tokens
			c.printHook(out)
		}
	}
}

func hop(out *bytes.Buffer, took time.Duration, place, text string) {
	fmt.Fprintf(out, "  %8s  %s  %s\n", seconds(took), place, strings.TrimSpace(text))
}

// hopName says what a request is for.
func hopName(s rehearsal.Step) string {
	path := s.URL.Path
	names := map[string]string{
		"auth": "authorization request, hint " + s.URL.Query().Get("kc_idp_hint"), "login": "to the provider of the hint",
		"authorize": "authorization request", "endpoint": "code, tokens, mappers, tid", "first-broker-login": "appairage",
		"after-first-broker-login": "linked", "post-broker-login": "gate: tid, oid, amr", "after-post-broker-login": "level", "required-action": "confirmation",
	}
	if name, ok := names[path[strings.LastIndex(path, "/")+1:]]; ok {
		return name
	}
	return "sign-in"
}

// printHook prints the result of the last hook call.
func (c *chain) printHook(out *bytes.Buffer) {
	calls := c.org.HookCalls()
	if len(calls) == 0 {
		hop(out, 0, "hook", "was not called")
		return
	}
	last := calls[len(calls)-1]
	hop(out, last.Took, "hook", fmt.Sprintf("status %d, %s %s %s", last.Status, last.Outcome, patched(last.Response, words.English), last.Reason))
}

// printFarEnd sets what Keycloak keeps beside the tokens, and says what the relying party says of the service's.
func (c *chain) printFarEnd(ctx context.Context, out *bytes.Buffer, tokens rehearsal.Tokens, account pscrealm.Account) error {
	kept, err := c.kc.Person(ctx, pscrealm.Realm, account.NationalID)
	if err != nil {
		return err
	}
	profile, err := verify.ProfileNamed("psc-op")
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: checkTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	found := verify.Run(ctx, verify.Input{
		Profile: profile, IDToken: tokens.ID, AccessToken: tokens.Access, UserInfo: []byte(tokens.Userinfo),
		Issuer: c.service.Issuer, ClientID: c.service.ClientID, ACRValues: []string{c.service.ACRValues},
		Keys: jwks.NewRemote(c.service.KeysURL(), client, time.Now),
	})
	err = c.printKept(out, found.IDToken, kept)
	if found.Verdict != report.StatusFail {
		fmt.Fprintf(out, "  report of psc-op    %s, %d checks\n", found.Verdict, len(found.Checks))
		return err
	}
	return errors.Join(err, errors.New("what comes out fails profile psc-op"), found.WriteText(out))
}

// printKept sets the claims of Okta's access token and of the service's ID token beside what PSC keeps. It returns an
// error when they differ.
func (c *chain) printKept(out *bytes.Buffer, served *report.Token, kept rehearsal.Stored) error {
	calls := c.org.HookCalls()
	if len(calls) == 0 || served == nil {
		return errors.New("the hook was not called, or the service got no ID token")
	}
	last := calls[len(calls)-1]
	minted, err := rehearsal.Minted(last.Request, last.Response)
	if err != nil {
		return err
	}
	var claims map[string]any
	if err := json.Unmarshal(served.Claims, &claims); err != nil {
		return err
	}
	fmt.Fprintf(out, "  level               %v\n  %-18s  %-42s  %-42s\n", claims["acr"], "claim", "tokens of Okta, then of the service", "kept by PSC")
	for _, row := range rehearsal.Compare(minted, claims, kept, c.service.Hint) {
		verdict := "same"
		if !row.Same() {
			verdict, err = "DIFFERENT", errors.New("what PSC keeps of the person is not what the tokens say")
		}
		fmt.Fprintf(out, "  %-18s  %-42s  %-42s  %s\n", row.Name, row.Token, row.Kept, verdict)
	}
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
