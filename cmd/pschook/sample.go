package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/doctor"
	"pschook/internal/outside"
	"pschook/internal/server"
	"pschook/verify/report"
	"pschook/verify/words"
)

// sampleFlags say which sign-in the sample of doctor and probe represents, and how to report.
type sampleFlags struct {
	issuer, clientID string
	amr              []string
	format, lang     string
}

func (f *sampleFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.issuer, "issuer", "", "issuer of the authorization server (default PSCHOOK_RP_ISSUER, else the org's \"default\")")
	flags.StringVar(&f.clientID, "client-id", "", "OAuth client that tokens are for (default PSCHOOK_RP_CLIENT_ID, else the first of PSCHOOK_CLIENT_IDS)")
	flags.StringSliceVar(&f.amr, "amr", doctor.DefaultAMR(), "how the sample's person signed in, RFC 8176 spelling")
	flags.StringVar(&f.format, "format", formatText, "form of the report: text, json or junit")
	flags.StringVar(&f.lang, "lang", "", "language of the report: en or fr (default: that of LC_ALL, LC_MESSAGES or LANG)")
}

// check fills in the language and reports wrong usage.
func (f *sampleFlags) check(env config.Source) error {
	if f.lang == "" {
		f.lang = localeLanguage(env)
	}
	return errors.Join(oneOf("format", f.format, formatText, formatJSON, formatJUnit), oneOf("lang", f.lang, string(words.English), string(words.French)))
}

// complete fills in values from the configuration. Without a client id the sample uses an invented client, unless one
// is required.
func (f *sampleFlags) complete(c *config.Config, needClient bool) error {
	if f.issuer == "" {
		f.issuer = c.RP.Issuer
	}
	if f.issuer == "" {
		f.issuer = c.Okta.OrgURL.String() + "/oauth2/default"
	}
	f.issuer = strings.TrimSuffix(f.issuer, "/")
	if f.clientID == "" {
		f.clientID = configuredClient(c)
	}
	switch {
	case f.clientID == "" && needClient:
		return noClient()
	case f.clientID == "":
		f.clientID = "pschook-probe"
	}
	return nil
}

// configuredClient returns the client of Pro Santé Connect, if the configuration names it; it may be empty.
func configuredClient(c *config.Config) string {
	if c.RP.ClientID == "" && len(c.Hook.ClientIDs) > 0 {
		return c.Hook.ClientIDs[0]
	}
	return c.RP.ClientID
}

func noClient() error {
	return &exitError{Code: exitUsage, Err: errors.New("the client of Pro Santé Connect is not known"), Hint: "name it with --client-id, PSCHOOK_RP_CLIENT_ID or PSCHOOK_CLIENT_IDS"}
}

func (f *sampleFlags) sample() ([]byte, error) {
	return doctor.GenerateSample(doctor.SampleOptions{Issuer: f.issuer, ClientID: f.clientID, AMR: f.amr})
}

// expected returns what the configured service answers to a sample by its own rules. An empty orgID means that the id
// is not known.
func (f *sampleFlags) expected(ctx context.Context, c *config.Config, orgID string) (doctor.Expected, error) {
	e := doctor.Expected{AnyTID: c.TID.Source != config.SourceStatic && orgID == ""}
	switch {
	case c.TID.Source == config.SourceStatic:
		orgID = "" // the configured value is used
	case orgID == "":
		orgID = "unknown"
	}
	if c.Hook.Shadow {
		return e, nil
	}
	// The claims do not depend on the issuer; the org's own is accepted without asking Okta.
	own := *f
	own.issuer = c.Okta.OrgURL.String() + "/oauth2/default"
	body, err := own.sample()
	if err != nil {
		return e, err
	}
	h, err := server.NewPreview(c, orgID, thisBuild().Version, time.Now)
	if err != nil {
		return e, err
	}
	p, err := h.Preview(ctx, body)
	switch {
	case err != nil:
		return e, err
	case p.Refused != "":
		return e, fmt.Errorf("the sample is refused: %s", p.Refused)
	case p.Outcome == string(commands.OutcomeDenied):
		return e, fmt.Errorf("the configuration refuses the token of a sign-in by %s (%s)", strings.Join(f.amr, " "), p.Reason)
	}
	err = addClaims(&e, p)
	return e, err
}

// addClaims adds what the decision adds to each token.
func addClaims(e *doctor.Expected, p hook.Preview) error {
	for _, command := range p.Decision.Commands {
		claims := make(map[string]jsontext.Value)
		for _, patch := range command.Patches {
			value, err := patchValue(patch)
			if err != nil {
				return err
			}
			claims[string(patch.Claim)] = value
		}
		if command.Token == commands.IDToken {
			e.IDToken = claims
		} else {
			e.AccessToken = claims
		}
	}
	return nil
}

func patchValue(p commands.Patch) (jsontext.Value, error) {
	if p.List == nil {
		return jsontext.AppendQuote(nil, p.Text)
	}
	items := make([]string, 0, len(p.List))
	for _, text := range p.List {
		item, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			return nil, err
		}
		items = append(items, string(item))
	}
	return jsontext.Value("[" + strings.Join(items, ",") + "]"), nil
}

// finish prints a report; a failed one exits with code 1, and one in which nothing could be checked, too.
func (a *app) finish(r report.Report, format string) error {
	if err := a.printReport(r, format); err != nil {
		return err
	}
	if r.Verdict == report.StatusFail || r.Verdict == report.StatusSkip {
		return &exitError{Code: exitFailure} // the report says why
	}
	return nil
}

// hookURL completes the URL of the service: a URL without a path gets the hook's path.
func hookURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return nil, fmt.Errorf("hook URL: got %q, wanted a URL such as https://pschook.example.org%s", text, hook.Path)
	case u.Scheme == "http" && !outside.IsLoopback(u.Hostname()):
		return nil, fmt.Errorf("hook URL: got %q, wanted https (http for loopback): Okta calls no other", text)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("hook URL: got %q, wanted https", text)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = hook.Path
	}
	return u, nil
}
