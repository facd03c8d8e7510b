package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"pschook/commands"
	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// loginWait is how long verify --login waits for the person in front of the browser.
const loginWait = 10 * time.Minute

// maxRefusals is how many refused answers verify --login reports. Anybody on this machine can send more.
const maxRefusals = 20

// exitCancelled is the exit code after Ctrl-C; shells use it for SIGINT.
const exitCancelled = 130

// The formats of verify's report.
const (
	formatText  = "text"
	formatJSON  = "json"
	formatJUnit = "junit"
)

// verifyFlags are the flags of verify. A flag that is not given takes its value from its variable PSCHOOK_RP_…, if it
// has one.
type verifyFlags struct {
	idToken, accessToken, userinfo, nonce string

	issuer, clientID, profile, expectedTID, metadata, scopes, acrValues, kcIDPHint, clientCert, clientKey string

	format, lang string

	metadataText []byte // what is in the file metadata; see completeIssuer

	login       bool
	redirectURL string
	noBrowser   bool

	scenarioFlags
	baselineFlags
}

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check tokens as Pro Santé Connect would, and say what to mend",
		Long: `Check an ID token and an access token, from files or by signing in, and print a report: each check with what
was expected, what was found, what to change and where. The signing keys come from the issuer.

The environment gives what the flags do not: PSCHOOK_RP_ISSUER, PSCHOOK_RP_CLIENT_ID, PSCHOOK_RP_CLIENT_SECRET,
PSCHOOK_RP_PROFILE, PSCHOOK_RP_EXPECTED_TID, PSCHOOK_RP_SCOPES, PSCHOOK_RP_ACR_VALUES, PSCHOOK_RP_METADATA_FILE,
PSCHOOK_RP_CLIENT_CERT_FILE, PSCHOOK_RP_CLIENT_KEY_FILE; and
PSCHOOK_AMR_POLICY_FILE and PSCHOOK_OID_FORMAT what the hook makes of amr and oid. With --metadata no --issuer is
needed: the file holds it.

With --scenario what happens around a sign-in is played, too, one step after the other, by a person in front of the
browser or, with --as, by pschook itself on pages of the Okta emulator or Keycloak. The scenarios:
  ` + strings.Join(scenarioLines(), "\n  ") + `

With --login the browser is opened at the provider and sent back to --redirect-url, which the app must have
registered (Okta Admin Console, Applications, the app, Sign-in redirect URIs). Progress goes to standard error, with
each answer that was refused, and why.

Exit codes: 0 pass, also with warnings; 1 fail, or the provider refused the sign-in; 2 wrong usage, or a file or the
provider could not be read; 130 cancelled (Ctrl-C).`,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			f.fromEnvironment(cmd, a.env)
			return f.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.verify(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.idToken, "id-token", "", "read the ID token, or a whole token response, from this file, or standard input for \"-\"")
	flags.StringVar(&f.accessToken, "access-token", "", "read the access token from this file, or standard input for \"-\"")
	flags.StringVar(&f.userinfo, "userinfo", "", "read the userinfo response (JSON, or a signed JWT) from this file")
	flags.StringVar(&f.nonce, "nonce", "", "nonce of the sign-in that the tokens come from")
	flags.StringVar(&f.format, "format", formatText, "form of the report: text, json or junit")
	flags.BoolVar(&f.login, "login", false, "sign in through the browser instead of reading tokens")
	f.registerProvider(cmd)
	f.scenarioFlags.register(cmd)
	f.baselineFlags.register(cmd)
	return cmd
}

// registerProvider adds the flags for the provider and the profile.
func (f *verifyFlags) registerProvider(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.issuer, "issuer", "", "issuer, such as https://example.okta.com/oauth2/default")
	flags.StringVar(&f.clientID, "client-id", "", "client id of the app")
	flags.StringVar(&f.profile, "profile", verify.DefaultProfile, "what to check for: "+strings.Join(verify.ProfileNames(), ", "))
	flags.StringVar(&f.expectedTID, "expected-tid", "", "what tid must be: the org's id, or the alias agreed with the ANS")
	flags.StringVar(&f.metadata, "metadata", "", "read the provider's metadata (JSON) from this file instead of discovering it")
	flags.StringVar(&f.clientCert, "client-cert", "", "show this certificate (PEM) to a provider that asks for one (tls_client_auth)")
	flags.StringVar(&f.clientKey, "client-key", "", "private key (PEM) of --client-cert")
	flags.StringVar(&f.scopes, "scopes", "", "scopes to ask for with --login (default: those of the profile)")
	flags.StringVar(&f.acrValues, "acr-values", "", "acr_values to ask for with --login, and to check acr against")
	flags.StringVar(&f.kcIDPHint, "kc-idp-hint", "", "kc_idp_hint to send with --login and --scenario, such as OKTA_chu-exemple: PSC goes straight to the establishment")
	flags.StringVar(&f.redirectURL, "redirect-url", "http://127.0.0.1:8976/callback", "where --login waits for the browser; port 0 takes a free one")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "print the address for --login instead of opening the browser")
	flags.StringVar(&f.lang, "lang", "", "language of the report: en or fr (default: that of LC_ALL, LC_MESSAGES or LANG)")
}

// fromEnvironment fills the flags that were not given.
func (f *verifyFlags) fromEnvironment(cmd *cobra.Command, env config.Source) {
	for flag, variable := range map[string]string{
		"issuer": "RP_ISSUER", "client-id": "RP_CLIENT_ID", "profile": "RP_PROFILE", "expected-tid": "RP_EXPECTED_TID",
		"metadata": "RP_METADATA_FILE", "scopes": "RP_SCOPES", "acr-values": "RP_ACR_VALUES",
		"client-cert": "RP_CLIENT_CERT_FILE", "client-key": "RP_CLIENT_KEY_FILE",
	} {
		if value := env[config.Prefix+variable]; value != "" && !cmd.Flags().Changed(flag) {
			_ = cmd.Flags().Set(flag, value) // cannot fail: a string flag accepts every value
		}
	}
	if f.lang == "" {
		f.lang = localeLanguage(env)
	}
}

// localeLanguage is French for a French locale (POSIX order of variables), else English.
func localeLanguage(env config.Source) string {
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := env[variable]; value != "" {
			if strings.HasPrefix(value, "fr") {
				return string(words.French)
			}
			break
		}
	}
	return string(words.English)
}

func (f *verifyFlags) check() error {
	var errs []error
	if f.issuer == "" && f.metadata == "" {
		errs = append(errs, errors.New("--issuer: missing (or --metadata, with a file that holds it)"))
	}
	if f.clientID == "" {
		errs = append(errs, errors.New("--client-id: missing"))
	}
	if (f.clientCert == "") != (f.clientKey == "") {
		errs = append(errs, errors.New("--client-cert and --client-key: one of them is missing"))
	}
	stdin := 0
	for _, file := range []string{f.idToken, f.accessToken, f.userinfo, f.metadata} {
		if file == "-" {
			stdin++
		}
	}
	switch {
	case f.login && f.idToken+f.accessToken+f.userinfo+f.nonce != "":
		errs = append(errs, errors.New("--login fetches the tokens itself: give no token, userinfo or nonce"))
	case f.scenario != "" && (f.login || f.idToken+f.accessToken+f.userinfo+f.nonce != ""):
		errs = append(errs, errors.New("--scenario signs in itself: give no --login, token, userinfo or nonce"))
	case !f.login && f.idToken == "" && f.scenario == "":
		errs = append(errs, errors.New("--id-token: missing (or --login to sign in)"))
	case stdin > 1:
		errs = append(errs, errors.New("standard input can be read once only"))
	}
	_, err := verify.ProfileNamed(f.profile)
	errs = append(errs, err, f.scenarioFlags.check(), f.baselineFlags.check(), oneOf("format", f.format, formatText, formatJSON, formatJUnit), oneOf("lang", f.lang, string(words.English), string(words.French)))
	return errors.Join(errs...)
}

// verify makes the report and prints it.
func (a *app) verify(ctx context.Context, f verifyFlags) error {
	if err := a.completeIssuer(&f); err != nil {
		if cancelled := f.cancelled(ctx); cancelled != nil {
			return cancelled
		}
		return &exitError{Code: exitUsage, Err: err}
	}
	if f.update { // before the person signs in
		if err := canBeMade(f.file); err != nil {
			return &exitError{Code: exitUsage, Err: fmt.Errorf("--baseline: %w", err)}
		}
	}
	found, err := a.examine(ctx, f)
	if cancelled := f.cancelled(ctx); cancelled != nil {
		return cancelled // otherwise it would be reported as a fault of the provider
	}
	if err == nil {
		found, err = a.compareBaseline(ctx, f, found)
	}
	if err == nil && f.profile == verify.DefaultProfile { // other profiles do not use these means
		lang, _ := words.ParseLanguage(f.lang) // checked before
		found, err = a.withHomologation(found, a.env[config.Prefix+"HOMOLOGATION_FILE"], lang)
	}
	if err != nil {
		return err
	}
	return a.finish(found, f.format)
}

// completeIssuer takes the issuer from the metadata. It refuses a different issuer in the flags.
func (a *app) completeIssuer(f *verifyFlags) error {
	if f.metadata == "" {
		return nil
	}
	text, err := a.readInput(f.metadata)
	if err != nil {
		return fmt.Errorf("--metadata (%sRP_METADATA_FILE): %w", config.Prefix, err)
	}
	f.metadataText = text
	issuer, err := rp.MetadataIssuer(text)
	switch {
	case err != nil:
		return fmt.Errorf("--metadata (%sRP_METADATA_FILE): %q: %w", config.Prefix, f.metadata, err)
	case f.issuer == "":
		f.issuer = issuer
	case f.issuer != issuer:
		return fmt.Errorf("--issuer (%sRP_ISSUER) is %q, but --metadata (%sRP_METADATA_FILE) %s is the metadata of %q: leave the issuer out, or take the other file", config.Prefix, f.issuer, config.Prefix, f.metadata, issuer)
	}
	return nil
}

// examine plays scenarios or checks tokens.
func (a *app) examine(ctx context.Context, f verifyFlags) (report.Report, error) {
	if f.scenario != "" {
		return a.scenarios(ctx, f)
	}
	in, err := a.verifyInput(ctx, f)
	if err != nil {
		return report.Report{}, err
	}
	return verify.Run(ctx, in), nil
}

func (a *app) printReport(report report.Report, format string) error {
	switch format {
	case formatJSON:
		out, err := report.JSON()
		if err != nil {
			return err
		}
		_, err = a.io.out.Write(out)
		return err
	case formatJUnit:
		return report.WriteJUnit(a.io.out)
	}
	return report.WriteText(a.io.out)
}

// language returns the language of reports and progress.
func (f verifyFlags) language() words.Language {
	lang, _ := words.ParseLanguage(f.lang) // checked before
	return lang
}

// cancelled returns the error of a run that the user ended; nil if it was not ended.
func (f verifyFlags) cancelled(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	said := words.Say("cancelled: nothing was checked", "annulé : rien n'a été vérifié")
	if f.login {
		said = words.Say("the sign-in was cancelled: nothing was checked", "la connexion a été annulée : rien n'a été vérifié")
	}
	return &exitError{Code: exitCancelled, Err: errors.New(said.In(f.language()))}
}

// verifyInput gathers tokens and expectations.
func (a *app) verifyInput(ctx context.Context, f verifyFlags) (verify.Input, error) {
	opts, err := a.verifyClient(f)
	if err != nil {
		return verify.Input{}, &exitError{Code: exitUsage, Err: err}
	}
	in, err := a.expectations(f, opts)
	if err != nil {
		return in, err
	}
	client, err := a.obtain(ctx, f, opts, &in)
	if err != nil {
		return in, err
	}
	in.Keys = client.Keys()
	in.Provider, err = client.Provider(ctx)
	return in, providerFailure(err, in.Language)
}

// expectations returns what tokens are checked against.
func (a *app) expectations(f verifyFlags, opts rp.ClientOptions) (verify.Input, error) {
	profile, err := verify.ProfileNamed(f.profile)
	if err != nil {
		return verify.Input{}, err
	}
	policy, _, err := server.ReadPolicy(a.env[config.Prefix+"AMR_POLICY_FILE"])
	if err != nil {
		return verify.Input{}, &exitError{Code: exitUsage, Err: fmt.Errorf("cannot use the AMR policy: %w", err)}
	}
	builder, err := commands.New(commands.Options{Policy: policy, OIDFormat: commands.Format(a.env[config.Prefix+"OID_FORMAT"])})
	if err != nil {
		return verify.Input{}, &exitError{Code: exitUsage, Err: err}
	}
	return verify.Input{
		AMRSets: server.AMRSets(policy), OIDForSub: builder.OID,
		Issuer: f.issuer, ClientID: f.clientID, Confidential: opts.ClientSecret != "" || opts.Certificate != nil, Nonce: f.nonce, ExpectedTID: f.expectedTID,
		ACRValues: opts.ACRValues, Profile: profile, Language: f.language(),
	}, nil
}

// obtain fills in the tokens, from files or by signing in.
func (a *app) obtain(ctx context.Context, f verifyFlags, opts rp.ClientOptions, in *verify.Input) (*rp.Client, error) {
	if f.login {
		return a.login(ctx, f, opts, in)
	}
	client, err := rp.NewClient(opts)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	in.Pasted = true
	for _, file := range []struct {
		flag, name string
		use        func(text []byte)
	}{
		{"--id-token", f.idToken, func(text []byte) { in.IDToken = string(text) }},
		{"--access-token", f.accessToken, func(text []byte) { in.AccessToken = string(text) }},
		{"--userinfo", f.userinfo, func(text []byte) { in.UserInfo = text }},
	} {
		if file.name == "" {
			continue
		}
		text, err := a.readInput(file.name)
		if err != nil {
			return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("%s: %w", file.flag, err)}
		}
		file.use(text)
	}
	return client, nil
}

// verifyClient reads what the client needs from flags and environment.
func (a *app) verifyClient(f verifyFlags) (rp.ClientOptions, error) {
	opts := rp.ClientOptions{
		Issuer: f.issuer, ClientID: f.clientID, Scopes: strings.Fields(cmp.Or(f.scopes, config.ScopesOf(f.profile))), ACRValues: strings.Fields(f.acrValues), Hint: f.kcIDPHint,
		WellKnown:          rp.WellKnown(f.profile),
		ClientSecret:       rp.Secret(a.env[config.Prefix+"RP_CLIENT_SECRET"]),
		InsecureAnyAddress: a.env[config.Prefix+"RP_INSECURE_ANY_ADDRESS"] == "true",
	}
	if file := a.env[config.Prefix+"RP_CLIENT_SECRET_FILE"]; file != "" && opts.ClientSecret == "" {
		text, err := a.readInput(file)
		if err != nil {
			return opts, fmt.Errorf("%sRP_CLIENT_SECRET_FILE: %w", config.Prefix, err)
		}
		opts.ClientSecret = rp.Secret(bytes.TrimSpace(text))
	}
	if f.clientCert != "" {
		pair, err := server.ReadClientCertificate(f.clientCert, f.clientKey)
		if err != nil {
			return opts, err
		}
		opts.Certificate = func() *tls.Certificate { return pair }
	}
	if f.metadata != "" {
		opts.Metadata = f.metadataText
	}
	return opts, nil
}

// login listens at the redirect URL, sends the browser to the provider and waits.
func (a *app) login(ctx context.Context, f verifyFlags, opts rp.ClientOptions, in *verify.Input) (*rp.Client, error) {
	listener, redirect, err := listenLoopback(ctx, f.redirectURL)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	opts.RedirectURL = redirect
	client, err := rp.NewClient(opts)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: errors.Join(err, listener.Close())}
	}
	waiting, cancel := context.WithTimeout(ctx, loginWait)
	defer cancel()
	result, err := client.SignInLoopback(waiting, rp.LoopbackOptions{
		Listener: listener, Language: in.Language, Refused: a.tellRefused(in.Language),
		Open: func(address string) error {
			a.invite(ctx, f, address)
			return nil
		},
	})
	if err != nil {
		return nil, loginFailure(err, in.Language)
	}
	a.progress(in.Language, words.Say("Signed in; checking the tokens.", "Connexion faite ; vérification des jetons."))
	in.IDToken, in.AccessToken, in.Nonce = result.Tokens.IDToken, result.Tokens.AccessToken, result.Nonce
	in.UserInfo, in.UserInfoFault, in.Scopes = result.Tokens.UserInfo, result.Tokens.UserInfoFault, opts.Scopes
	return client, nil
}

// invite opens the browser. It always prints the URL too, because the browser may open on another screen, or not at
// all.
func (a *app) invite(ctx context.Context, f verifyFlags, address string) {
	text := words.Say("Sign in at this address:", "Connectez-vous à cette adresse :")
	if !f.noBrowser && openBrowser(ctx, address) == nil {
		text = words.Say("Sign in in the browser that opens, or at this address:", "Connectez-vous dans le navigateur qui s'ouvre, ou à cette adresse :")
	}
	a.progress(f.language(), text)
	a.progress(f.language(), words.Literal(address))
}

// progress writes a line about what the program is doing.
func (a *app) progress(lang words.Language, text words.Text) {
	_, _ = fmt.Fprintln(a.io.err, text.In(lang)) // a failure cannot be reported anywhere else
}

// tellRefused reports each refused answer at once, because the person may be looking at a page that says less. Several
// goroutines may call it.
func (a *app) tellRefused(lang words.Language) func(*rp.RefusedError) {
	var mu sync.Mutex
	told := 0
	return func(e *rp.RefusedError) {
		mu.Lock()
		defer mu.Unlock()
		told++
		switch {
		case told < maxRefusals:
			a.progress(lang, words.Say("Refused, still waiting. %s", "Refusé, l'attente continue. %s", e.Text()))
		case told == maxRefusals:
			a.progress(lang, words.Say("Further answers are refused without a word.", "D'autres réponses sont refusées sans le dire."))
		}
	}
}

// openBrowser asks the desktop to open the address, and does not wait for it.
func openBrowser(ctx context.Context, address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...) //nolint:gosec // no shell; the address is https or loopback by verify's rules
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // wait for it, so that it leaves no zombie
	return nil
}

// listenLoopback listens at the redirect URL and returns the URL with the actual port. It accepts only loopback
// addresses (RFC 8252 §7.3).
func listenLoopback(ctx context.Context, redirect string) (net.Listener, string, error) {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return nil, "", fmt.Errorf("--redirect-url: got %q, wanted http://127.0.0.1:PORT/PATH", redirect)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, "", fmt.Errorf("--redirect-url: %q is not a loopback address", u.Host)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", u.Host)
	if err != nil {
		return nil, "", fmt.Errorf("--redirect-url: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, "", errors.Join(err, listener.Close())
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	return listener, u.String(), nil
}

// loginFailure distinguishes a refusal, which is a verdict, from other failures.
func loginFailure(err error, lang words.Language) error {
	var answered *rp.ProviderError
	switch {
	case errors.As(err, &answered):
		return &exitError{Err: errors.New(answered.Text().In(lang)), Hint: answered.Remedy().In(lang)}
	case errors.As(err, new(*rp.UnavailableError)): // it may be slow, which is no fault of the person
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{Code: exitUsage, Err: errors.New(words.Say("nobody signed in within %s", "personne ne s'est connecté en %s", loginWait).In(lang))}
	}
	return providerFailure(err, lang)
}

func providerFailure(err error, lang words.Language) error {
	if err == nil {
		return nil
	}
	if unavailable, ok := errors.AsType[*rp.UnavailableError](err); ok {
		err = errors.New(unavailable.Text().In(lang))
		if remedy := unavailable.Remedy(); remedy != (words.Text{}) {
			return &exitError{Code: exitUsage, Err: err, Hint: remedy.In(lang)}
		}
	}
	return &exitError{Code: exitUsage, Err: err, Hint: words.Say("check --issuer, and that this machine may reach it", "vérifiez --issuer, et que cette machine peut le joindre").In(lang)}
}
