package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/register"
	"pschook/internal/wait"
	"pschook/verify/words"
)

// registerTimeout bounds a whole run: about forty requests, each up to a second, and waits for the rate limit.
const registerTimeout = 15 * time.Minute

// registerFlags are the flags of register.
type registerFlags struct {
	hookURL, hookName        string
	setSecret                bool
	oauth                    register.HookOAuth
	oauthSecretFile          string
	server                   string
	clientID, label, appType string
	clientSecretFile         string
	redirectURIs, logoutURIs []string
	groups                   []string
	refreshTokens            bool
	signOnPolicy, kcIDPHint  string
	workflows                bool
	replace, yes             bool
	journal, lang, format    string
}

func (a *app) registerCommand() *cobra.Command {
	var f registerFlags
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Set up the Okta org for the hook: plan, apply, undo, export",
		Long: `Make what the hook needs in the Okta org that the configuration names: the app of Pro Santé Connect, its group, an
authorization server, the inline hook, and the policy rule that calls it. Without a subcommand it is plan.

plan shows each object as it is and as it will be, and changes nothing. apply makes the changes, after you typed the org's
name. Each change is written to a journal before it is made; undo takes all of them back from there, also after a run
that broke off. export writes what is there as Terraform configuration.

What others made is not touched unless a flag names it: --server, --client-id. What is in the way, such as another hook on
the rule, is shown and only replaced with --replace.

It needs a credential for the Management API as doctor does; apply and undo need the scopes okta.apps.manage,
okta.authorizationServers.manage and okta.inlineHooks.manage, or an administrator's API token.

Exit codes: 0 done, or nothing to do; 1 something failed or is in the way; 2 wrong usage or environment.`,
		PreRunE: func(*cobra.Command, []string) error { return f.check(a.env) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.registerPlan(cmd.Context(), f) },
	}
	f.register(cmd)
	sub := func(name, short string, run func(context.Context, registerFlags) error) {
		cmd.AddCommand(&cobra.Command{
			Use: name, Short: short,
			PreRunE: func(*cobra.Command, []string) error { return f.check(a.env) },
			RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), f) },
		})
	}
	sub("plan", "Show each object as it is and as it will be; change nothing", a.registerPlan)
	sub("apply", "Make the changes, each written to the journal before it is made", a.registerApply)
	sub("undo", "Undo what apply changed, by the journal", a.registerUndo)
	sub("export", "Write what is there as Terraform configuration, with import blocks", a.registerExport)
	return cmd
}

func (f *registerFlags) register(cmd *cobra.Command) {
	flags, d := cmd.PersistentFlags(), register.Defaults()
	flags.StringVar(&f.hookURL, "hook-url", "", "URL under which Okta reaches the service (default: where PSCHOOK_RP_REDIRECT_URL is)")
	flags.StringVar(&f.hookName, "hook-name", d.Hook.Name, "name of the inline hook")
	flags.BoolVar(&f.setSecret, "set-secret", false, "send the hook's secret again, which Okta never shows; undo cannot restore the former one")
	flags.StringVar(&f.oauth.ClientID, "hook-oauth-client-id", "", "client by which Okta gets its token for an OAuth 2.0 hook (default: the first of PSCHOOK_HOOK_OAUTH_CLIENT_IDS; used when there are no secrets)")
	flags.StringVar(&f.oauth.TokenURL, "hook-oauth-token-url", "", "where it gets it (default PSCHOOK_HOOK_OAUTH_ISSUER/v1/token)")
	flags.StringVar(&f.oauth.Scope, "hook-oauth-scope", "", "scope that it asks for (default PSCHOOK_HOOK_OAUTH_SCOPE)")
	flags.StringVar(&f.oauthSecretFile, "hook-oauth-secret-file", "", "file with that client's secret")
	flags.StringVar(&f.server, "server", "", "name or id of the authorization server to use, such as default (default: that of PSCHOOK_RP_ISSUER, else a new one)")
	flags.StringVar(&f.clientID, "client-id", "", "client id of the app to use (default PSCHOOK_RP_CLIENT_ID, else the first of PSCHOOK_CLIENT_IDS, else a new app)")
	flags.StringVar(&f.label, "app-label", d.App.Label, "name of a new app and of the access policy")
	flags.StringVar(&f.appType, "app-type", "spa", "spa (a public client with PKCE) or web (with a secret)")
	flags.StringVar(&f.clientSecretFile, "client-secret-file", "", "new `file` for the secret of a new web app")
	flags.StringSliceVar(&f.redirectURIs, "redirect-uri", nil, "redirect URI of Pro Santé Connect; may be given more than once")
	flags.StringSliceVar(&f.logoutURIs, "logout-uri", nil, "where to go after a sign-out; may be given more than once")
	flags.StringArrayVar(&f.groups, "group", nil, "name of a group whose members may sign in; may be given more than once")
	flags.BoolVar(&f.refreshTokens, "refresh-tokens", false, "let the app have refresh tokens, rotated at each use")
	flags.StringVar(&f.signOnPolicy, "authentication-policy", "", "id of the app's authentication policy (rst…), which decides what factors a sign-in takes")
	flags.StringVar(&f.kcIDPHint, "kc-idp-hint", "", "value of a claim kc_idp_hint in both tokens, OKTA_<alias>")
	flags.BoolVar(&f.workflows, "from-workflows", false, "replace the hook of a Workflows flow on the rules where it is, and nothing else")
	flags.BoolVar(&f.replace, "replace", false, "change what is in the way: another hook on the rule, objects of the same name")
	flags.BoolVar(&f.yes, "yes", false, "do not ask before changing: for scripts")
	flags.StringVar(&f.journal, "journal", "", "`file` of changes for undo (default pschook-register-HOST.journal)")
	flags.StringVar(&f.format, "format", formatText, "form of the plan: text or json")
	flags.StringVar(&f.lang, "lang", "", "language: en or fr (default: that of LC_ALL, LC_MESSAGES or LANG)")
}

func (f *registerFlags) check(env config.Source) error {
	if f.lang == "" {
		f.lang = localeLanguage(env)
	}
	errs := []error{
		oneOf("format", f.format, formatText, formatJSON), oneOf("lang", f.lang, string(words.English), string(words.French)),
		oneOf("app-type", f.appType, "spa", "web"),
	}
	if f.appType == "web" && f.clientID == "" && f.clientSecretFile == "" {
		errs = append(errs, errors.New("--client-secret-file: missing; a new web app has a secret, which Okta shows when it is made"))
	}
	return errors.Join(errs...)
}

// options makes the options from configuration and flags.
func (f *registerFlags) options(c *config.Config, change bool) (register.Options, error) {
	var o register.Options
	if !c.Okta.HasCredential() {
		return o, noCredential()
	}
	client, err := managementClient(c, register.Scopes(change)...)
	if err != nil {
		return o, err
	}
	o = register.Options{
		Okta: oktaread.Client{OrgURL: c.Okta.OrgURL, HTTP: client, Now: time.Now}, Journal: f.journal, Replace: f.replace, Now: time.Now,
	}
	if o.Journal == "" {
		o.Journal = "pschook-register-" + c.Okta.OrgURL.Hostname() + ".journal"
	}
	if f.clientSecretFile != "" {
		o.ClientSecret = func(secret string) error { return writeSecret(f.clientSecretFile, secret) }
	}
	return o, nil
}

// spec returns what the org must have.
func (f *registerFlags) spec(c *config.Config) (register.Spec, error) {
	s := register.Defaults()
	u, err := serviceURL(f.hookURL, c)
	if err != nil {
		return s, err
	}
	s.Hook.URL, s.Hook.Name, s.Hook.SetSecret = u, f.hookName, f.setSecret
	if err := f.authenticate(&s.Hook, c); err != nil {
		return s, err
	}
	s.Server.Existing = f.server
	if s.Server.Existing == "" && c.RP.Issuer != "" {
		s.Server.Existing = oktaread.ServerID(c.RP.Issuer)
	}
	s.App = register.AppSpec{
		ClientID: f.clientID, Label: f.label, Web: f.appType == "web", RedirectURIs: f.redirectURIs, LogoutURIs: f.logoutURIs,
		RefreshTokens: f.refreshTokens, SignOnPolicy: f.signOnPolicy,
	}
	if s.App.ClientID == "" {
		s.App.ClientID = configuredClient(c)
	}
	s.Groups, s.Scopes, s.KCIDPHint, s.Workflows, s.Shadow = f.groups, c.RP.Scopes, f.kcIDPHint, f.workflows, c.Hook.Shadow
	return s, nil
}

// authenticate says how Okta authenticates to the service: as the service requires, with a secret if the service
// accepts one.
func (f *registerFlags) authenticate(h *register.HookSpec, c *config.Config) error {
	if len(c.Hook.Secrets) > 0 {
		h.Header, h.Secret = c.Hook.AuthHeader, c.Hook.Secrets[0]
		return nil
	}
	o := f.oauth
	if o.ClientID == "" {
		o.ClientID = c.Hook.OAuthClientIDs[0] // required with the issuer
	}
	if o.TokenURL == "" {
		o.TokenURL = c.Hook.OAuthIssuer + "/v1/token"
	}
	if o.Scope == "" {
		o.Scope = c.Hook.OAuthScope
	}
	secret, err := readSecret(f.oauthSecretFile)
	if err != nil {
		return &exitError{Code: exitUsage, Err: fmt.Errorf("--hook-oauth-secret-file: %w", err), Hint: "the service takes OAuth 2.0 only, so Okta needs the secret of client " + o.ClientID}
	}
	h.OAuth, h.OAuthSecret = &o, config.Secret(secret)
	return nil
}

// writeSecret writes a new file that only its owner may read.
func writeSecret(path, secret string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--client-secret-file: %w (the app is made; its secret is shown in the Okta Admin Console)", err)
	}
	_, err = fmt.Fprintln(file, secret)
	return errors.Join(err, file.Close())
}

// prepareRegister does what all subcommands need first.
func (a *app) prepareRegister(ctx context.Context, f registerFlags, change bool) (*config.Config, register.Options, error) {
	c, err := a.loadConfig(ctx)
	if err != nil {
		return nil, register.Options{}, err
	}
	o, err := f.options(c, change)
	if err != nil {
		return nil, o, err
	}
	o.Okta.Wait = a.waitForRateLimit(f.lang)
	o.Progress = func(t register.Text) { _, _ = fmt.Fprintln(a.io.err, t.In(f.lang)) } // a failure cannot be reported anywhere else
	return c, o, nil
}

// waitForRateLimit reports that Okta requires a wait, and waits.
func (a *app) waitForRateLimit(lang string) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		text := register.Text{EN: fmt.Sprintf("Okta's rate limit is used up: waiting %v", d.Round(time.Second)), FR: fmt.Sprintf("La limite de débit d’Okta est atteinte : attente de %v", d.Round(time.Second))}
		_, _ = fmt.Fprintln(a.io.err, text.In(lang)) // a failure cannot be reported anywhere else
		return wait.For(ctx, d)
	}
}

// withSpec prepares a run that needs the spec.
func (a *app) withSpec(ctx context.Context, f registerFlags, change bool) (register.Options, error) {
	c, o, err := a.prepareRegister(ctx, f, change)
	if err != nil {
		return o, err
	}
	o.Spec, err = f.spec(c)
	return o, err
}

// makePlan reads the org and changes nothing.
func (a *app) makePlan(ctx context.Context, f registerFlags) (*register.Plan, error) {
	o, err := a.withSpec(ctx, f, false)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	plan, err := register.MakePlan(ctx, o)
	if err != nil {
		return nil, registerFailed(err, f.lang)
	}
	return plan, nil
}

func (a *app) registerPlan(ctx context.Context, f registerFlags) error {
	plan, err := a.makePlan(ctx, f)
	if err != nil {
		return err
	}
	if err := a.printPlan(plan, f); err != nil {
		return err
	}
	if plan.Conflicts() > 0 {
		return &exitError{Code: exitFailure} // the plan says why
	}
	return nil
}

func (a *app) printPlan(p *register.Plan, f registerFlags) error {
	if f.format == formatJSON {
		return p.WriteJSON(a.io.out)
	}
	if err := p.WriteText(a.io.out, f.lang); err != nil || !f.workflows {
		return err
	}
	text := register.Text{
		EN: "\nBefore the swap:\n  1. rehearse with PSCHOOK_SHADOW=true and a testers' rule;\n  2. compare the answers to a recorded call: pschook preview call.json --compare FLOW-URL --compare-secret-file FILE;\n  3. unset PSCHOOK_SHADOW, then register apply --from-workflows --replace. The way back: register undo.\n",
		FR: "\nAvant l’échange :\n  1. répétez avec PSCHOOK_SHADOW=true et une règle pour testeurs ;\n  2. comparez les réponses à un appel enregistré : pschook preview call.json --compare URL-DU-FLUX --compare-secret-file FICHIER ;\n  3. retirez PSCHOOK_SHADOW, puis register apply --from-workflows --replace. Le retour : register undo.\n",
	}
	_, err := fmt.Fprint(a.io.out, text.In(f.lang))
	return err
}

func (a *app) registerApply(ctx context.Context, f registerFlags) error {
	o, err := a.withSpec(ctx, f, true)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	o.Confirm = func(p *register.Plan) error {
		if err := a.printPlan(p, f); err != nil || p.Changes() == 0 {
			return err
		}
		return a.confirm(o.Okta.OrgURL, f)
	}
	plan, err := register.Apply(ctx, o)
	if err != nil {
		return registerFailed(err, f.lang)
	}
	if plan.Conflicts() > 0 {
		return &exitError{Code: exitFailure} // the plan says why
	}
	text := register.Text{
		EN: "\nFor the service: PSCHOOK_CLIENT_IDS=%s\nFor the ANS: issuer %s, client id %[1]s\nThen: pschook doctor --hook-url %[3]s --issuer %[2]s --client-id %[1]s\n",
		FR: "\nPour le service : PSCHOOK_CLIENT_IDS=%s\nPour l’ANS : émetteur %s, identifiant client %[1]s\nEnsuite : pschook doctor --hook-url %[3]s --issuer %[2]s --client-id %[1]s\n",
	}
	if f.format == formatJSON {
		return nil
	}
	_, err = fmt.Fprintf(a.io.out, text.In(f.lang), plan.ClientID, plan.Issuer, o.Spec.Hook.URL)
	return err
}

// confirm asks for the org's name.
func (a *app) confirm(org *url.URL, f registerFlags) error {
	if f.yes {
		return nil
	}
	ask := register.Text{EN: "Type the org's name, %s, to change it: ", FR: "Tapez le nom de l’organisation, %s, pour la modifier : "}
	if _, err := fmt.Fprintf(a.io.err, ask.In(f.lang), org.Host); err != nil {
		return err
	}
	line, _ := bufio.NewReader(a.io.in).ReadString('\n') // at its end, nothing was typed
	if strings.TrimSpace(line) == org.Host {
		return nil
	}
	declined := register.Text{EN: "nothing was changed: the org's name was not typed", FR: "rien n’a été modifié : le nom de l’organisation n’a pas été tapé"}
	return &exitError{Code: exitUsage, Err: errors.New(declined.In(f.lang)), Hint: register.Text{EN: "--yes skips the question, for scripts", FR: "--yes s’en passe, pour les scripts"}.In(f.lang)}
}

func (a *app) registerUndo(ctx context.Context, f registerFlags) error {
	_, o, err := a.prepareRegister(ctx, f, true)
	if err != nil {
		return err
	}
	if err := a.confirm(o.Okta.OrgURL, f); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	undone, err := register.Undo(ctx, o)
	if err != nil {
		return registerFailed(err, f.lang)
	}
	for _, text := range undone.Left {
		a.warn(text.In(f.lang))
	}
	if n := len(undone.Left); n > 0 {
		failed := register.Text{EN: "%d changes could not be taken back", FR: "%d modifications n’ont pas pu être défaites"}
		return &exitError{Err: fmt.Errorf(failed.In(f.lang), n)} //nolint:err113 // a text in the reader's language
	}
	return nil
}

func (a *app) registerExport(ctx context.Context, f registerFlags) error {
	plan, err := a.makePlan(ctx, f)
	if err != nil {
		return err
	}
	if err := plan.WriteTerraform(a.io.out); err != nil {
		return registerFailed(err, f.lang)
	}
	return nil
}

// missingRight names what a refused request lacks: the scope for an API service app, or the permission in the role of
// the app or of the API token's owner.
func missingRight(scope string) register.Text {
	role := register.Text{EN: "a standard role such as Read-Only Administrator", FR: "un rôle standard comme Read-Only Administrator"}
	if permission := oktaread.Permission(scope); permission != "" {
		role = register.Text{EN: "the permission " + permission + " of a custom admin role, with the object in its resource set", FR: "la permission " + permission + " d’un rôle d’administration personnalisé, avec l’objet dans son ensemble de ressources"}
	}
	return register.Text{
		EN: "an API service app lacks the scope " + scope + " (Applications › the app › Okta API Scopes), or its role, or that of the API token's owner, lacks " + role.EN + " (Security › Administrators › Roles)",
		FR: "il manque à l’application de service la portée " + scope + " (Applications › l’application › Okta API Scopes), ou à son rôle, ou à celui du propriétaire du jeton d’API, " + role.FR + " (Security › Administrators › Roles)",
	}
}

// registerFailed says in the language what went wrong and what to do.
func registerFailed(err error, lang string) error {
	if failed, ok := errors.AsType[*exitError](err); ok {
		return failed
	}
	out := &exitError{Err: errors.New(register.Localize(err, lang))}
	failed, ok := errors.AsType[*oktaread.Error](err)
	switch {
	case ok && oktaread.Forbidden(err):
		out.Hint = missingRight(failed.Scope).In(lang)
	case ok && oktaread.Refused(err):
		out.Hint = register.Text{EN: "Okta does not accept the credential: create another (Okta Admin Console › Security › API › Tokens)", FR: "Okta n’accepte pas le jeton ou la clé : créez-en un autre (Okta Admin Console › Security › API › Tokens)"}.In(lang)
	case ok && failed.Unclear() && strings.HasPrefix(failed.Op, "GET "): // nothing was to change
		out.Hint = register.Text{EN: "check PSCHOOK_OKTA_ORG_URL, and that this machine can reach it; then run it again", FR: "vérifiez PSCHOOK_OKTA_ORG_URL, et que cette machine peut joindre cette adresse ; puis relancez la commande"}.In(lang)
	case ok && failed.Unclear():
		out.Hint = register.Text{EN: "run it again: it looks at what Okta did before it goes on; or register undo", FR: "relancez la commande, qui regarde d’abord ce qu’Okta a fait ; ou lancez register undo"}.In(lang)
	case !ok:
		out.Code = exitUsage
	}
	return out
}
