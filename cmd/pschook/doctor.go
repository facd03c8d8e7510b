package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/doctor"
	"pschook/internal/oktaread"
	"pschook/internal/outcomes"
	"pschook/internal/register"
	"pschook/internal/server"
	"pschook/orglookup"
	"pschook/verify/report"
	"pschook/verify/words"
)

// doctorTimeout bounds all requests to Okta together: about twenty, each up to a second, with a reserve for many
// policies and for waits for the rate limit.
const doctorTimeout = 5 * time.Minute

// doctorFlags are the flags of the command doctor.
type doctorFlags struct {
	sampleFlags
	hookURL      string
	all, fix     bool
	redirectURIs []string
	logSince     time.Duration // how far back the System Log is read
}

func (a *app) doctorCommand() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Compare the live Okta org with the configuration and say what to fix",
		Long: `Read the Okta org that the configuration names, have Okta call the hook once with a sample, and report check by
check what is right and what is not, with the place in the Admin Console and the Terraform argument to change. Nothing
is changed.

It needs a credential for the Management API (PSCHOOK_OKTA_API_TOKEN, or PSCHOOK_OKTA_CLIENT_ID with a private key and
the scopes okta.orgs.read, okta.inlineHooks.read, okta.inlineHooks.manage, okta.authorizationServers.read and
okta.apps.read; with okta.policies.read it also looks at what a sign-in takes, with okta.groups.read at who everybody
is), which may be another one than the service's own.

With --all it prints a table instead: which client gets which claims by which rule, for every authorization server; the
service's own hook is marked *. With --fix it shows also what pschook register would change.

Exit codes: 0 all is well, perhaps with warnings; 1 something is wrong; 2 wrong usage or environment.`,
		PreRunE: func(*cobra.Command, []string) error {
			if f.format == formatJUnit && (f.all || f.fix) {
				return errors.New("--format junit is for the report alone: leave --all and --fix out")
			}
			return errors.Join(checkSince("log-since", f.logSince), f.check(a.env))
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadStrictly(cmd.Context())
			if err := together(append(f.missing(a.env), err)...); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), doctorTimeout)
			defer cancel()
			if f.all {
				return a.overview(ctx, c, f)
			}
			return a.doctor(ctx, c, f)
		},
	}
	f.register(cmd)
	cmd.Flags().DurationVar(&f.logSince, "log-since", time.Hour, "how far back the System Log is read for what Okta did with the answers")
	cmd.Flags().StringVar(&f.hookURL, "hook-url", "", "URL under which Okta reaches the service (default: where PSCHOOK_RP_REDIRECT_URL is)")
	cmd.Flags().BoolVar(&f.all, "all", false, "show instead which client gets which claims by which rule, for every authorization server")
	cmd.Flags().BoolVar(&f.fix, "fix", false, "show also what pschook register would change; nothing is changed")
	cmd.Flags().StringSliceVar(&f.redirectURIs, "redirect-uri", nil, "redirect URI that the app must have, such as Pro Santé Connect's; may be given more than once")
	return cmd
}

func (a *app) doctor(ctx context.Context, c *config.Config, f doctorFlags) error {
	if err := f.complete(c, true); err != nil {
		return err
	}
	found, err := a.doctorReport(ctx, c, f)
	if err != nil {
		return err
	}
	verdict := a.finish(found, f.format)
	if f.fix && found.Verdict != report.StatusPass {
		if err := a.showFix(ctx, f); err != nil {
			return together(verdict, err)
		}
	}
	return verdict
}

// doctorReport checks the org; f is complete.
func (a *app) doctorReport(ctx context.Context, c *config.Config, f doctorFlags) (report.Report, error) {
	u, err := serviceURL(f.hookURL, c)
	if err != nil {
		return report.Report{}, err
	}
	client, err := managementClient(c, doctor.Scopes()...)
	if err != nil {
		return report.Report{}, &exitError{Code: exitUsage, Err: err}
	}
	signOn, err := managementClient(c, doctor.SignOnScope)
	if err != nil {
		return report.Report{}, &exitError{Code: exitUsage, Err: err}
	}
	sample, err := f.sample()
	if err != nil {
		return report.Report{}, err
	}
	lang, _ := words.ParseLanguage(f.lang) // checked before
	found, err := doctor.Run(ctx, doctor.Options{
		Config: c, Okta: client, SignOn: signOn, Wait: a.waitForRateLimit(f.lang), Public: publicClient(), HookURL: u, Issuer: f.issuer, ClientID: f.clientID, RedirectURIs: f.redirects(c),
		Sample: sample, Reserved: commands.ReservedTable(c.Claims.Reserved), Language: lang, Now: time.Now,
		Expect: func(ctx context.Context, orgID string) (doctor.Expected, error) { return f.expected(ctx, c, orgID) },
		Log: func(ctx context.Context) (outcomes.Summary, error) {
			return readOutcomes(ctx, c, outcomesFlags{since: f.logSince, clients: []string{f.clientID}, hookID: c.Outcomes.HookID})
		},
	})
	if err != nil {
		return found, err
	}
	return a.withHomologation(found, c.Claims.Homologation, lang)
}

// showFix shows the plan of register for what doctor checked. The plan lists conflicts; the verdict is doctor's.
func (a *app) showFix(ctx context.Context, f doctorFlags) error {
	defaults := register.Defaults()
	err := a.registerPlan(ctx, registerFlags{
		hookURL: f.hookURL, hookName: defaults.Hook.Name, label: defaults.App.Label, appType: "spa",
		server: oktaread.ServerID(f.issuer), clientID: f.clientID, redirectURIs: f.redirectURIs, lang: f.lang, format: f.format,
	})
	if err != nil && err.Error() == "" {
		return nil
	}
	return err
}

// overview prints a table of all clients.
func (a *app) overview(ctx context.Context, c *config.Config, f doctorFlags) error {
	u, err := serviceURL(f.hookURL, c)
	if err != nil {
		return err
	}
	client, err := managementClient(c, doctor.Scopes()...)
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	rows, err := doctor.Overview(ctx, oktaread.Client{OrgURL: c.Okta.OrgURL, HTTP: client, Now: time.Now, Wait: a.waitForRateLimit(f.lang)}, c, u)
	if err != nil {
		return registerFailed(err, f.lang)
	}
	if f.format == formatJSON {
		return json.MarshalWrite(a.io.out, rows, json.Deterministic(true))
	}
	return writeOverview(a.io.out, rows, f.lang)
}

func writeOverview(out io.Writer, rows []doctor.Row, lang string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head, none := "server\tclient\tclient id\trule\thook\tclaims", "no rule: no token"
	if lang == string(words.French) {
		head, none = "serveur\tclient\tidentifiant\trègle\thook\tclaims", "aucune règle\u00a0: aucun jeton"
	}
	_, err := fmt.Fprintln(w, head)
	for _, r := range rows {
		hook := cmp.Or(r.Hook, "–")
		if r.Ours {
			hook += " *"
		}
		_, writeErr := fmt.Fprintln(w, strings.Join([]string{r.Server, r.Client, r.ClientID, cmp.Or(r.Rule, none), hook, cmp.Or(r.Claims, "–")}, "\t"))
		err = errors.Join(err, writeErr)
	}
	return errors.Join(err, w.Flush())
}

// missing returns everything that doctor needs but was not given, in addition to a good configuration.
func (f *doctorFlags) missing(env config.Source) []error {
	var errs []error
	given := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return env[config.Prefix+name] != "" || env[config.Prefix+name+"_FILE"] != "" })
	}
	if f.hookURL == "" && !given("RP_REDIRECT_URL") {
		errs = append(errs, noHookURL())
	}
	if f.clientID == "" && !f.all && !given("RP_CLIENT_ID", "CLIENT_IDS") {
		errs = append(errs, noClient())
	}
	if !given("OKTA_API_TOKEN", "OKTA_CLIENT_ID", "OKTA_PRIVATE_KEY", "OKTA_PRIVATE_KEY_ID") {
		errs = append(errs, noCredential())
	}
	return errs
}

// together joins several usage errors, each with its hint; nil if all are nil.
func together(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) < 2 {
		return errors.Join(errs...)
	}
	lines := make([]string, 0, len(errs))
	for _, err := range errs {
		line := err.Error()
		if e, ok := errors.AsType[*exitError](err); ok && e.Hint != "" {
			line += " (" + e.Hint + ")"
		}
		lines = append(lines, line)
	}
	return &exitError{Code: exitUsage, Err: errors.New(strings.Join(lines, "\n"))}
}

func noHookURL() error {
	return &exitError{Code: exitUsage, Err: errors.New("the URL of the hook is not known"), Hint: "give --hook-url https://HOST, the address under which Okta reaches the service"}
}

func noCredential() error {
	return &exitError{
		Code: exitUsage, Err: errors.New("there is no credential for Okta's Management API"),
		Hint: "set PSCHOOK_OKTA_API_TOKEN, or PSCHOOK_OKTA_CLIENT_ID with PSCHOOK_OKTA_PRIVATE_KEY_FILE and PSCHOOK_OKTA_PRIVATE_KEY_ID",
	}
}

// serviceURL returns the URL of the service for Okta: the given one, or else one with the host of the relying party.
func serviceURL(given string, c *config.Config) (*url.URL, error) {
	if given == "" && c.RP.RedirectURL != "" {
		u, err := url.Parse(c.RP.RedirectURL)
		if err != nil {
			return nil, err
		}
		return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: hook.Path}, nil
	}
	if given == "" {
		return nil, noHookURL()
	}
	u, err := hookURL(given)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	return u, nil
}

// redirects returns the redirect URIs that the app must have: the given ones, and that of the relying party if it is
// the same client.
func (f *doctorFlags) redirects(c *config.Config) []string {
	uris := slices.Clone(f.redirectURIs)
	if c.RP.RedirectURL != "" && c.RP.ClientID == f.clientID && !slices.Contains(uris, c.RP.RedirectURL) {
		uris = append(uris, c.RP.RedirectURL)
	}
	return uris
}

// managementClient returns an HTTP client that sends the configured credential only to the org.
func managementClient(c *config.Config, scopes ...string) (*http.Client, error) {
	opts, err := server.ManagementOptions(c)
	if err != nil {
		return nil, err
	}
	return orglookup.NewAPIClient(opts, scopes...)
}

// publicClient returns an HTTP client without a credential.
func publicClient() *http.Client {
	return &http.Client{
		Transport: server.NewTransport(), Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
